import type { Principal } from '../kernel/principal.ts'
import { commonLogTime, headerLists, type Incoming, queryLists } from './incoming.ts'

/** What texts with variables (gateway responses, access logs) and expressions may ask of a request. */
export interface Variables {
  /** Without `context.` */
  readonly context: Readonly<Record<string, string | number | undefined>>
  readonly stageVariables: Readonly<Record<string, string>>
  /** `method.request.header.x`, `context.requestId`, `stageVariables.y`; undefined when there is none. */
  expression(text: string): string | undefined
}

/** Who is calling, as far as authorization found out. */
export interface Caller {
  readonly principal?: Principal | undefined
  /** What the authorizer says: `principalId` and the rest of its context; claims of a JWT. */
  readonly authorizer?: Readonly<Record<string, unknown>> | undefined
  readonly apiKey?: { readonly id: string; readonly value: string } | undefined
}

/** A request on which nothing but its route may be known yet. */
export type Asked = Omit<Incoming, 'route' | 'pathParameters' | 'body' | 'isBase64Encoded'> & {
  readonly route?: Incoming['route'] | undefined
  readonly pathParameters?: Incoming['pathParameters']
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html */
export function variablesOf(asked: Asked, caller: Caller = {}): Variables {
  const { wire, stage, route, requestId, nowMs, host } = asked
  const { principal, authorizer = {}, apiKey } = caller
  const context: Record<string, string | number | undefined> = {
    accountId: stage.account,
    apiId: stage.apiId,
    deploymentId: stage.deploymentId,
    domainName: host,
    domainPrefix: host.split('.', 1)[0],
    extendedRequestId: requestId,
    httpMethod: wire.method,
    'identity.accountId': principal?.account,
    'identity.apiKey': apiKey?.value,
    'identity.apiKeyId': apiKey?.id,
    'identity.caller': principal?.userId,
    'identity.sourceIp': wire.remoteAddress,
    'identity.user': principal?.userId,
    'identity.userAgent': wire.headers['user-agent'],
    'identity.userArn': principal?.arn,
    path: asked.fullPath,
    protocol: 'HTTP/1.1',
    requestId,
    requestTime: commonLogTime(nowMs),
    requestTimeEpoch: nowMs,
    resourceId: route?.resourceId,
    resourcePath: route?.path,
    routeKey: route?.key,
    stage: stage.stage,
  }
  for (const [name, value] of Object.entries(authorizer)) {
    if (name === 'claims' && value !== null && typeof value === 'object') {
      for (const [claim, of] of Object.entries(value)) context[`authorizer.claims.${claim}`] = String(of)
    } else if (value !== undefined && value !== null) {
      context[`authorizer.${name}`] = typeof value === 'object' ? JSON.stringify(value) : String(value)
    }
  }
  const stageVariables = stage.stageVariables ?? {}
  return {
    context,
    stageVariables,
    expression(text) {
      if (text.startsWith('context.')) return textOf(context, text.slice('context.'.length))
      if (text.startsWith('stageVariables.')) return textOf(stageVariables, text.slice('stageVariables.'.length))
      return parameter(asked, text)
    },
  }
}

/** A parameter of the request: `method.request.header.x`, `…querystring.x`, `…path.x` and the multi-value ones. */
export function parameter(
  { wire, pathParameters = {} }: Pick<Asked, 'wire' | 'pathParameters'>,
  text: string,
): string | undefined {
  const [, kind, name = ''] = /^method\.request\.(\w+)\.(.+)$/.exec(text) ?? []
  switch (kind) {
    case 'header':
      return headerLists(wire).get(name.toLowerCase())?.values.at(-1)
    case 'multivalueheader':
      return headerLists(wire).get(name.toLowerCase())?.values.join(',')
    case 'querystring':
      return queryLists(wire.query).get(name)?.at(-1)
    case 'multivaluequerystring':
      return queryLists(wire.query).get(name)?.join(',')
    case 'path':
      return Object.hasOwn(pathParameters, name) ? pathParameters[name] : undefined
    default:
      return undefined
  }
}

/** A text with its variables replaced, those that have no value by `missing`. */
export function substitute(text: string, { context, stageVariables, expression }: Variables, missing = ''): string {
  return text.replaceAll(
    /\$(?:\{(context|stageVariables|method)\.([\w.-]+)\}|(context|stageVariables|method)\.([\w-]+(?:\.[\w-]+)*))/g,
    (_, inBraces: string | undefined, braced: string, kind = inBraces, name = braced) =>
      (kind === 'context'
        ? textOf(context, name)
        : kind === 'stageVariables'
          ? textOf(stageVariables, name)
          : expression(`method.${name}`)) ?? missing,
  )
}

function textOf(values: Readonly<Record<string, string | number | undefined>>, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  return value === undefined ? undefined : String(value)
}
