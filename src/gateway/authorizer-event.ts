import { eventV1 } from './event-v1.ts'
import { eventV2 } from './event-v2.ts'
import { headerLists, type Incoming, queryLists } from './incoming.ts'
import type { LambdaAuthorizer } from './state.ts'
import { variablesOf } from './variables.ts'

/** The values of an authorizer's identity sources in a request, each undefined when it is not there. */
export function identityOf({ identitySources }: LambdaAuthorizer, incoming: Incoming): (string | undefined)[] {
  const variables = variablesOf(incoming)
  return identitySources.map((source) =>
    source.startsWith('$') ? selected(source, incoming) : variables.expression(source),
  )
}

/** A selection expression of HTTP APIs: `$request.header.x`, `$request.querystring.y`, `$context.z`, `$stageVariables.v`. */
export function selected(expression: string, incoming: Incoming): string | undefined {
  const [, kind, name = ''] = /^\$request\.(header|querystring|path|body)\.?(.*)$/.exec(expression) ?? []
  switch (kind) {
    case 'header':
      return headerLists(incoming.wire).get(name.toLowerCase())?.values.join(',')
    case 'querystring':
      return queryLists(incoming.wire.query).get(name)?.join(',')
    case 'path':
      if (name === '') return incoming.fullPath
      return Object.hasOwn(incoming.pathParameters, name) ? incoming.pathParameters[name] : undefined
    case 'body':
      return undefined
    default:
      return variablesOf(incoming).expression(expression.slice(1))
  }
}

/** The ARN that policies name a request by: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<path>`. */
export function methodArn({ stage, wire, path }: Pick<Incoming, 'stage' | 'wire' | 'path'>): string {
  return `arn:aws:execute-api:${stage.region}:${stage.account}:${stage.apiId}/${stage.stage}/${wire.method}${path}`
}

/** What an authorizer's function is called with. */
export function authorizerEvent(
  authorizer: LambdaAuthorizer,
  incoming: Incoming,
  identity: readonly string[],
): Record<string, unknown> {
  const arn = methodArn(incoming)
  if (authorizer.kind === 'TOKEN') return { type: 'TOKEN', authorizationToken: identity[0], methodArn: arn }
  if (authorizer.payloadFormat === '2.0') {
    const { body: _, isBase64Encoded: _binary, version, ...event } = eventV2(incoming)
    return { version, type: 'REQUEST', routeArn: arn, identitySource: identity, ...event }
  }
  const { body: _, isBase64Encoded: _binary, version, ...event } = eventV1(incoming)
  const source = identity.join(',')
  return {
    ...(version !== undefined && { version }),
    type: 'REQUEST',
    methodArn: arn,
    ...(version !== undefined && { identitySource: source, authorizationToken: source }),
    ...event,
    // Empty here, where integrations get null.
    ...Object.fromEntries(
      ['queryStringParameters', 'multiValueQueryStringParameters', 'pathParameters', 'stageVariables'].map((name) => [
        name,
        event[name] ?? {},
      ]),
    ),
  }
}
