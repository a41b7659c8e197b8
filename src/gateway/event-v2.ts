import { commonLogTime, forwarding, headerLists, type Incoming, queryLists, traceId } from './incoming.ts'
import type { DeployedStage, Route } from './state.ts'

/** What goes into an event of format 2.0: of a request to an HTTP API, or to a function's URL. */
export interface EventV2Source
  extends Pick<Incoming, 'wire' | 'requestId' | 'nowMs' | 'host' | 'body' | 'isBase64Encoded' | 'fullPath'> {
  readonly stage: Pick<DeployedStage, 'account' | 'apiId' | 'stage' | 'stageVariables'>
  readonly route: Pick<Route, 'key'>
  readonly pathParameters: Incoming['pathParameters']
}

/**
 * The event of payload format 2.0: header names in lower case, repeated values joined by commas, cookies apart.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventV2(incoming: EventV2Source, authorizer?: Record<string, unknown>): Record<string, unknown> {
  const { wire, stage, route, requestId, nowMs, host } = incoming
  const headers: Record<string, string> = {}
  let cookies: string[] | undefined
  for (const [name, { values }] of headerLists(wire)) {
    if (name === 'connection' || name === 'transfer-encoding') continue
    if (name === 'cookie') cookies = values.flatMap((value) => value.split(/;\s*/)).filter(Boolean)
    else headers[name] = values.join(',')
  }
  Object.assign(headers, forwarding(incoming), { 'x-amzn-trace-id': traceId(incoming) })
  headers['content-length'] ??= String(wire.body.length)
  const query = Object.fromEntries([...queryLists(wire.query)].map(([name, values]) => [name, values.join(',')]))
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: decodePath(incoming.fullPath),
    rawQueryString: wire.query,
    ...(cookies && { cookies }),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: stage.account,
      apiId: stage.apiId,
      ...(authorizer && { authorizer }),
      domainName: host,
      domainPrefix: host.split('.', 1)[0],
      http: {
        method: wire.method,
        path: decodePath(incoming.fullPath),
        protocol: 'HTTP/1.1',
        sourceIp: wire.remoteAddress,
        userAgent: wire.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.key,
      stage: stage.stage,
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(Object.keys(incoming.pathParameters).length > 0 && {
      pathParameters: Object.fromEntries(
        Object.entries(incoming.pathParameters).map(([name, value]) => [name, decodePath(value)]),
      ),
    }),
    ...(stage.stageVariables &&
      Object.keys(stage.stageVariables).length > 0 && { stageVariables: stage.stageVariables }),
    ...(incoming.body !== undefined && { body: incoming.body }),
    isBase64Encoded: incoming.isBase64Encoded,
  }
}

/** Percent-encoding undone where it is one. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // A stray percent sign: handed on as it came.
    return path
  }
}
