import type { Admitted } from './admit.ts'
import { decodePath } from './event-v2.ts'
import { commonLogTime, forwarding, headerLists, type Incoming, queryLists, traceId } from './incoming.ts'

/**
 * The event of payload format 1.0, as REST APIs send it and HTTP APIs can: every header and parameter with its last
 * value and with all. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function eventV1(incoming: Incoming, { event, principal, apiKey }: Admitted = {}): Record<string, unknown> {
  const { wire, stage, route, requestId, nowMs, host } = incoming
  const multiValueHeaders: Record<string, string[]> = {}
  for (const [lower, { name, values }] of headerLists(wire)) {
    if (lower !== 'connection' && lower !== 'transfer-encoding') multiValueHeaders[name] = values
  }
  const added: Record<string, string> = { ...forwarding(incoming), 'x-amzn-trace-id': traceId(incoming) }
  for (const [name, value] of Object.entries(added)) {
    const given = Object.keys(multiValueHeaders).find((key) => key.toLowerCase() === name)
    if (given !== undefined) delete multiValueHeaders[given]
    multiValueHeaders[canonicalName(name)] = [value]
  }
  const query = Object.fromEntries(queryLists(wire.query))
  const http = stage.kind === 'http'
  const fullPath = decodePath(incoming.fullPath)
  const authorizer = http ? event?.flat : event && { ...event, integrationLatency: 0 }
  return {
    ...(http && { version: '1.0' }),
    resource: http && route.path === '$default' ? '$default' : route.path,
    path: http ? fullPath : decodePath(incoming.path),
    httpMethod: wire.method,
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: orNull(lastValues(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(
      Object.fromEntries(Object.entries(incoming.pathParameters).map(([name, value]) => [name, decodePath(value)])),
    ),
    stageVariables: orNull(stage.stageVariables ?? {}),
    requestContext: {
      accountId: stage.account,
      apiId: stage.apiId,
      ...(authorizer !== undefined && { authorizer }),
      ...(stage.deploymentId !== undefined && { deploymentId: stage.deploymentId }),
      domainName: host,
      domainPrefix: host.split('.', 1)[0],
      extendedRequestId: requestId,
      httpMethod: wire.method,
      identity: {
        accessKey: principal?.accessKeyId ?? null,
        accountId: principal?.account ?? null,
        ...(apiKey && { apiKey: apiKey.value, apiKeyId: apiKey.id }),
        caller: principal?.userId ?? null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: wire.remoteAddress,
        user: principal?.userId ?? null,
        userAgent: wire.headers['user-agent'] ?? null,
        userArn: principal?.arn ?? null,
      },
      ...(route.operationName !== undefined && { operationName: route.operationName }),
      path: fullPath,
      protocol: 'HTTP/1.1',
      requestId,
      requestTime: commonLogTime(nowMs),
      requestTimeEpoch: nowMs,
      resourceId: route.resourceId ?? null,
      resourcePath: route.path,
      stage: stage.stage,
    },
    body: incoming.body ?? null,
    isBase64Encoded: incoming.isBase64Encoded,
  }
}

function lastValues(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']))
}

function orNull<T extends object>(value: T): T | null {
  return Object.keys(value).length > 0 ? value : null
}

function canonicalName(name: string): string {
  return name.replaceAll(/(^|-)(\w)/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
}
