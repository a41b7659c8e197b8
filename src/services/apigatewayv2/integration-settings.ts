import { functionOfUri } from '../../gateway/function-uri.ts'
import { subtypes } from '../../gateway/service-call.ts'
import { badRequest } from './find.ts'
import type { Integration } from './state.ts'

export interface GivenIntegration {
  IntegrationType?: string
  IntegrationSubtype?: string
  IntegrationUri?: string
  IntegrationMethod?: string
  PayloadFormatVersion?: string
  TimeoutInMillis?: number
  ConnectionType?: string
  CredentialsArn?: string
  Description?: string
  RequestParameters?: Readonly<Record<string, string>>
  ResponseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const longestMs = 30_000

/** An integration as it was and is asked to be, everything that can't be done refused by name. */
export function integrationSettings(
  input: GivenIntegration,
  before: Partial<Integration> & { readonly id: string },
): Integration {
  const type = input.IntegrationType ?? before.type ?? 'AWS_PROXY'
  if (type !== 'AWS_PROXY' && type !== 'HTTP_PROXY')
    throw badRequest(`IntegrationType ${type} is not supported by Landfall yet; use AWS_PROXY or HTTP_PROXY.`)
  if (input.ConnectionType !== undefined && input.ConnectionType !== 'INTERNET')
    throw badRequest('ConnectionType must be INTERNET.')
  const subtype = input.IntegrationSubtype ?? before.subtype
  const next: Integration = {
    id: before.id,
    managed: before.managed,
    type,
    subtype,
    uri: input.IntegrationUri ?? before.uri ?? '',
    method: input.IntegrationMethod ?? before.method ?? (type === 'HTTP_PROXY' ? '' : 'POST'),
    payloadFormat: payloadFormat(input.PayloadFormatVersion ?? before.payloadFormat, type, subtype),
    timeoutMs: input.TimeoutInMillis ?? before.timeoutMs ?? longestMs,
    // An empty one takes the role away.
    credentialsArn: (input.CredentialsArn ?? before.credentialsArn) || undefined,
    requestParameters: merged(before.requestParameters, input.RequestParameters),
    responseParameters: merged(before.responseParameters, input.ResponseParameters),
    description: input.Description ?? before.description,
  }
  if (next.timeoutMs < 50 || next.timeoutMs > longestMs)
    throw badRequest('Timeout should be between 50 ms and 30000 ms')
  if (next.credentialsArn?.startsWith('arn:aws:iam::*'))
    throw badRequest('Credentials of the caller are not supported by Landfall yet: name a role in CredentialsArn.')
  if (subtype !== undefined) return checkedCall(next, subtype)
  for (const [target, value] of Object.entries(next.requestParameters ?? {})) checkMapping(target, value, false)
  for (const [status, changes] of Object.entries(next.responseParameters ?? {})) {
    if (!/^[2-5]\d\d$/.test(status))
      throw badRequest(`ResponseParameters: ${status} is no status code from 200 to 599.`)
    for (const [target, value] of Object.entries(changes)) checkMapping(target, value, true)
  }
  return type === 'HTTP_PROXY' ? checkedProxy(next) : checkedFunction(next)
}

function payloadFormat(given: string | undefined, type: string, subtype: string | undefined): '1.0' | '2.0' {
  if (given === undefined && (type === 'HTTP_PROXY' || subtype !== undefined)) return '1.0'
  if (given === undefined) throw badRequest('PayloadFormatVersion must be 1.0 or 2.0 for AWS_PROXY integrations.')
  if (given !== '1.0' && given !== '2.0') throw badRequest('PayloadFormatVersion must be 1.0 or 2.0.')
  return given
}

function checkedFunction(one: Integration): Integration {
  if (one.uri === '') throw badRequest('IntegrationUri is required.')
  if (functionOfUri(one.uri.replaceAll(/\$\{stageVariables\.\w+\}/g, 'x')) === undefined)
    throw badRequest('Invalid function ARN or invalid uri: IntegrationUri must name a Lambda function.')
  return one
}

function checkedProxy(one: Integration): Integration {
  if (!/^https?:\/\/[^/\s]/.test(one.uri)) throw badRequest('IntegrationUri must be an http or https URL.')
  if (!/^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY)$/.test(one.method))
    throw badRequest('IntegrationMethod must be a method of HTTP, or ANY.')
  if (one.payloadFormat !== '1.0') throw badRequest('PayloadFormatVersion of HTTP_PROXY integrations must be 1.0.')
  return one
}

function checkedCall(one: Integration, name: string): Integration {
  const subtype = Object.hasOwn(subtypes, name) ? subtypes[name] : undefined
  if (!subtype)
    throw badRequest(
      `IntegrationSubtype ${name} is not supported by Landfall yet; there are ${Object.keys(subtypes).join(', ')}.`,
    )
  if (one.credentialsArn === undefined) throw badRequest('CredentialsArn must name the role that makes the call.')
  const given = Object.keys(one.requestParameters ?? {})
  const missing = subtype.required.filter((parameter) => !given.includes(parameter))
  if (missing.length > 0) throw badRequest(`RequestParameters must have ${missing.join(', ')} for ${name}.`)
  const unknown = given.find((parameter) => ![...subtype.required, ...subtype.optional].includes(parameter))
  if (unknown !== undefined) throw badRequest(`RequestParameters: ${unknown} is not supported for ${name}.`)
  if (one.responseParameters && Object.keys(one.responseParameters).length > 0)
    throw badRequest('ResponseParameters belong to integrations with functions and servers.')
  return one
}

const headerTarget = /^(append|overwrite|remove):header\.[\w!#$%&'*+.^`|~-]+$/
const requestTarget = /^((append|overwrite|remove):querystring\.[^\s]+|overwrite:path)$/
/** Headers that are not an API's to change. */
const reserved =
  /^(access-control-.*|apigw-.*|authorization|connection|content-.*|expect|forwarded|host|max-forwards|proxy-authenticate|server|te|trailers|transfer-encoding|upgrade|via|x-amz-.*|x-amzn-.*|x-apigateway-api-id|x-forwarded-for|x-forwarded-host|x-forwarded-proto)$/i

function checkMapping(target: string, value: string, response: boolean): void {
  const fits = headerTarget.test(target) || (response ? target === 'overwrite:statuscode' : requestTarget.test(target))
  if (!fits) throw badRequest(`Invalid mapping expression specified: ${target.slice(0, 200)}`)
  const header = /^\w+:header\.(.+)$/.exec(target)?.[1]
  if (header !== undefined && reserved.test(header)) throw badRequest(`Operations on header ${header} are restricted.`)
  if (value.length > 1_024) throw badRequest(`The value for ${target.slice(0, 200)} is too long.`)
}

/** An empty text, or an empty map of a status, takes the entry away. */
function merged<T extends string | object>(
  before: Readonly<Record<string, T>> | undefined,
  given: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> | undefined {
  if (!given) return before
  const entries = Object.entries({ ...before, ...given }).filter(([, value]) => Object.keys(value).length > 0)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
