import { functionOfUri } from '../../gateway/function-uri.ts'
import { awsError } from '../../kernel/errors.ts'
import { badRequest, refuse } from './find.ts'
import { invalidMapping } from './invalid-mapping.ts'
import type { Patchable } from './patch.ts'
import type { Integration, IntegrationResponse, Method } from './state.ts'
import { requestTemplateStatus, responseTemplateBody } from './templates.ts'

const later = 'it is planned, and not here yet.'
const refused = {
  connectionId: 'private integrations come with networking.',
  integrationTarget: 'private integrations come with networking.',
  tlsConfig: later,
}
const defaultTimeoutMs = 29_000
const passthroughs = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const

export interface GivenIntegration {
  readonly resourceId: string
  readonly type: string
  readonly integrationHttpMethod?: string | undefined
  readonly uri?: string | undefined
  readonly credentials?: string | undefined
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  readonly connectionType?: string | undefined
  readonly requestTemplates?: Readonly<Record<string, string>> | undefined
  readonly passthroughBehavior?: string | undefined
  readonly contentHandling?: string | undefined
  readonly timeoutInMillis?: number | undefined
  readonly cacheNamespace?: string | undefined
  readonly cacheKeyParameters?: readonly string[] | undefined
  readonly responseTransferMode?: string | undefined
}

/** An integration as it is asked for, everything that can't be done refused by name. */
export function integrationSettings(input: GivenIntegration): Integration {
  refuse(input, refused)
  const { type } = input
  if (type !== 'AWS_PROXY' && type !== 'HTTP_PROXY' && type !== 'MOCK') {
    throw badRequest(
      `Integration type ${type} is not supported by Landfall yet; use AWS_PROXY with a function, HTTP_PROXY or MOCK.`,
    )
  }
  if (input.connectionType !== undefined && input.connectionType !== 'INTERNET')
    throw badRequest('connectionType must be INTERNET: private integrations come with networking.')
  if (input.responseTransferMode !== undefined && input.responseTransferMode !== 'BUFFERED')
    throw badRequest('responseTransferMode must be BUFFERED: streamed answers are not supported by Landfall yet.')
  if (input.credentials?.startsWith('arn:aws:iam::*'))
    throw badRequest('credentials of the caller are not supported by Landfall yet: name a role.')
  refuseContentHandling(input.contentHandling)
  const passthroughBehavior = passthroughs.find((one) => one === (input.passthroughBehavior ?? 'WHEN_NO_MATCH'))
  if (passthroughBehavior === undefined)
    throw badRequest(
      `Invalid passthroughBehavior ${input.passthroughBehavior}: must be one of ${passthroughs.join(', ')}.`,
    )
  return {
    type,
    credentials: input.credentials || undefined,
    requestParameters: input.requestParameters,
    httpMethod: input.integrationHttpMethod,
    uri: input.uri,
    requestTemplates: input.requestTemplates,
    passthroughBehavior,
    contentHandling: input.contentHandling === undefined ? undefined : 'CONVERT_TO_TEXT',
    timeoutMs: input.timeoutInMillis ?? defaultTimeoutMs,
    cacheNamespace: input.cacheNamespace ?? input.resourceId,
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    responses: {},
  }
}

/** Throws unless the integration could be served. */
export function checkedIntegration(one: Integration): Integration {
  if (one.timeoutMs < 50 || one.timeoutMs > defaultTimeoutMs)
    throw badRequest(`Timeout should be between 50 ms and ${defaultTimeoutMs} ms`)
  for (const [name, value] of Object.entries(one.requestParameters ?? {})) {
    if (!/^integration\.request\.(header|querystring|path)\.[\w.$-]+$/.test(name)) throw invalidMapping(name)
    if (staticValue(value) === undefined && !/^(method\.request\.\w+|context|stageVariables)\.[\w.$-]+$/.test(value))
      throw invalidMapping(value)
  }
  if (one.type !== 'HTTP_PROXY' && Object.keys(one.requestParameters ?? {}).length > 0)
    throw badRequest(`requestParameters of ${one.type} integrations are not supported by Landfall yet.`)
  if (one.type === 'MOCK') {
    for (const template of Object.values(one.requestTemplates ?? {})) requestTemplateStatus(template)
    return one
  }
  if (one.httpMethod === undefined) throw badRequest('Enumeration value for HttpMethod must be non-empty')
  if (one.type === 'HTTP_PROXY') {
    if (!/^https?:\/\/[^/\s]/.test(one.uri ?? '')) throw badRequest('Invalid HTTP endpoint specified for URI')
    return one
  }
  if (one.httpMethod !== 'POST') throw badRequest('Functions are called by POST: integrationHttpMethod must be POST.')
  if (!isFunctionUri(one.uri)) {
    throw badRequest(
      'Invalid ARN specified in the request: uri must be arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations.',
    )
  }
  return one
}

/** Stage variables in it are not known yet: anything can come of them that a function can be called. */
function isFunctionUri(uri = ''): boolean {
  const sample = uri.replaceAll(/\$\{stageVariables\.\w+\}/g, 'x')
  return sample.startsWith('arn:aws:apigateway:') && functionOfUri(sample) !== undefined
}

export const integrationPatchable: Patchable = {
  '/type': 'text',
  '/httpMethod': 'text',
  '/uri': 'text',
  '/credentials': 'text',
  '/connectionType': 'text',
  '/requestTemplates/*': 'map',
  '/requestParameters/*': 'map',
  '/passthroughBehavior': 'text',
  '/contentHandling': 'text',
  '/timeoutInMillis': 'integer',
  '/cacheNamespace': 'text',
  '/cacheKeyParameters/*': 'list',
}

/** An integration in the form in which patches name its settings, and `integrationSettings` takes them. */
export function patchedSettings(one: Integration) {
  const { timeoutMs, httpMethod, responses: _, ...rest } = one
  return {
    ...rest,
    type: one.type as string,
    passthroughBehavior: one.passthroughBehavior as string,
    contentHandling: one.contentHandling as string | undefined,
    httpMethod,
    timeoutInMillis: timeoutMs,
  }
}

export const responsePatchable: Patchable = {
  '/selectionPattern': 'text',
  '/responseParameters/*': 'map',
  '/responseTemplates/*': 'map',
  '/contentHandling': 'text',
}

export function refuseResponse({ contentHandling }: { contentHandling?: string | undefined }): void {
  refuseContentHandling(contentHandling)
}

function refuseContentHandling(given: string | undefined): void {
  if (given !== undefined && given !== 'CONVERT_TO_TEXT')
    throw badRequest(`contentHandling ${given} is not supported by Landfall yet; use binaryMediaTypes of the API.`)
}

const prefix = 'method.response.header.'

/** Throws unless the response could be served by this method. */
export function checkedResponse(one: IntegrationResponse, method: Method, statusCode: string): IntegrationResponse {
  if (!method.integration) throw awsError('NotFoundException', 'Invalid Integration identifier specified')
  const declared = Object.hasOwn(method.responses, statusCode) ? method.responses[statusCode] : undefined
  if (!declared) throw awsError('NotFoundException', 'Invalid Response status code specified')
  checkPattern(one.selectionPattern)
  for (const [name, value] of Object.entries(one.responseParameters ?? {})) {
    if (!name.startsWith(prefix) || !Object.hasOwn(declared.responseParameters ?? {}, name))
      throw badRequest(`Invalid mapping expression parameter specified: ${name.slice(0, 200)}`)
    if (/^(integration\.response|context\.|stageVariables\.)/.test(value)) {
      throw badRequest(
        `responseParameters ${name} = ${value.slice(0, 200)} is not supported by Landfall yet; give a text in single quotes.`,
      )
    }
    if (staticValue(value) === undefined) throw invalidMapping(value)
  }
  // Answers of functions are passed on as they are, so templates of theirs say nothing.
  if (method.integration.type === 'MOCK')
    for (const template of Object.values(one.responseTemplates ?? {})) responseTemplateBody(template)
  return one
}

/** `'…'`: the text between the quotes, fit for a header. */
export function staticValue(value: string): string | undefined {
  return /^'([\t\x20-\x7e\x80-\xff]*)'$/.exec(value)?.[1]
}

/** The header a response parameter sets, in lower case. */
export function headerOf(parameter: string): string {
  return parameter.slice(prefix.length).toLowerCase()
}

function checkPattern(pattern = ''): void {
  if (pattern.length > 500) throw badRequest('selectionPattern must have at most 500 characters.')
  try {
    new RegExp(pattern)
  } catch (error) {
    throw badRequest(`Invalid selection pattern specified: ${error instanceof Error ? error.message : pattern}`)
  }
}
