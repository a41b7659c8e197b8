import {
  authorizersOf,
  bad,
  type DocumentedOperation,
  isPart,
  list,
  openApi,
  operationsOf,
  type Part,
  part,
  rolesOf,
  securityOf,
  text,
  texts,
} from '../../gateway/openapi.ts'
import { passedRole } from '../../gateway/pass-role.ts'
import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { checkCors, defaultSelection, describe } from './apis.ts'
import { authorizerSettings } from './authorizers.ts'
import { apiArn, findApi, newId, refuse } from './find.ts'
import { integrationSettings } from './integration-settings.ts'
import { publish } from './publish.ts'
import { checkKey } from './route-keys.ts'
import { type Api, api, authorizer, integration, type Route, route, routeKey } from './state.ts'

const refused = {
  Basepath: 'paths are taken as they are.',
  FailOnWarnings: 'a document is taken as a whole or not at all.',
}

/** APIs from OpenAPI 3 documents. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html */
export const imports = operations<ApiGatewayV2>()({
  ImportApi: {
    authorize: ({ Body }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'apis') },
      ...rolesOf(Body).flatMap(passedRole),
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const document = openApi(input.Body)
      const made: Api = {
        ...described(document),
        id: newId(ctx, 10),
        createdAtMs: ctx.nowMs,
        disableExecuteApiEndpoint: false,
        routeSelectionExpression: defaultSelection,
        tags: texts(Object.fromEntries(list(document.tags).flatMap(tagOf))) ?? {},
      }
      tx.set(api(made.id), made)
      await fill(tx, made.id, document, ctx)
      return describe(made, ctx)
    },
  },

  ReimportApi: {
    authorize: ({ ApiId, Body }, ctx) => [
      { action: 'apigateway:PUT', resource: apiArn(ctx, `apis/${ApiId}`) },
      ...rolesOf(Body).flatMap(passedRole),
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const before = await findApi(tx, input.ApiId)
      const document = openApi(input.Body)
      const next: Api = { ...before, ...described(document) }
      tx.set(api(next.id), next)
      for (const record of [route, integration, authorizer]) tx.clear(record.under(next.id))
      tx.clear(routeKey.under(next.id))
      await fill(tx, next.id, document, ctx)
      await publish(tx, next, ctx)
      return describe(next, ctx)
    },
  },
})

function tagOf(one: unknown): [string, string][] {
  if (!isPart(one)) return []
  const value = text(one['x-amazon-apigateway-tag-value'])
  return value === undefined ? [] : [[String(one.name), value]]
}

function described(document: Part): Pick<Api, 'name' | 'description' | 'version' | 'cors'> {
  if (document.swagger !== undefined) throw bad('HTTP APIs are imported from OpenAPI 3.0 documents.')
  const info = part(document, document, 'info')
  const name = text(info.title)
  if (!name) throw bad('The document must have a title in its info.')
  const cors = part(document, document, 'x-amazon-apigateway-cors')
  const texted = (key: string) => (cors[key] === undefined ? undefined : [cors[key]].flat().map(String))
  const settings =
    Object.keys(cors).length === 0
      ? undefined
      : {
          AllowOrigins: texted('allowOrigins'),
          AllowMethods: texted('allowMethods'),
          AllowHeaders: texted('allowHeaders'),
          ExposeHeaders: texted('exposeHeaders'),
          AllowCredentials: cors.allowCredentials === true,
          MaxAge: typeof cors.maxAge === 'number' ? cors.maxAge : undefined,
        }
  checkCors(settings)
  return { name, description: text(info.description), version: text(info.version), cors: settings }
}

async function fill(tx: Tx, apiId: string, document: Part, ctx: Ctx): Promise<void> {
  const ids = new Map<string, { id: string; jwt: boolean }>()
  for (const [name, { scheme, authorizer: given }] of authorizersOf(document)) {
    const jwt = given.type === 'jwt'
    const configuration = part(document, given, 'jwtConfiguration')
    const source = given.identitySource ?? (jwt ? '$request.header.Authorization' : undefined)
    const made = authorizerSettings({
      id: newId(ctx, 6),
      Name: name,
      AuthorizerType: jwt ? 'JWT' : String(given.type ?? scheme.type).toUpperCase(),
      IdentitySource: [source ?? []].flat().flatMap((one) =>
        String(one)
          .split(',')
          .map((each) => each.trim()),
      ),
      ...(jwt && {
        JwtConfiguration: { Issuer: text(configuration.issuer), Audience: list(configuration.audience).map(String) },
      }),
      AuthorizerUri: text(given.authorizerUri),
      AuthorizerCredentialsArn: text(given.authorizerCredentials),
      AuthorizerPayloadFormatVersion: text(given.authorizerPayloadFormatVersion),
      AuthorizerResultTtlInSeconds: number(given.authorizerResultTtlInSeconds),
      EnableSimpleResponses: given.enableSimpleResponses === true,
    })
    tx.set(authorizer(apiId, made.id), made)
    ids.set(name, { id: made.id, jwt })
  }
  for (const one of operationsOf(document)) {
    const key = one.path === '/$default' && one.method === 'ANY' ? '$default' : `${one.method} ${one.path}`
    checkKey(key)
    const target = importIntegration(tx, apiId, document, one, ctx)
    const made: Route = {
      id: newId(ctx, 7),
      key,
      target,
      operationName: text(one.operation.operationId),
      ...authorization(document, one.operation, ids),
    }
    tx.set(route(apiId, made.id), made)
    tx.set(routeKey(apiId, key), { id: made.id })
  }
}

function importIntegration(tx: Tx, apiId: string, document: Part, { operation }: DocumentedOperation, ctx: Ctx) {
  const given = part(document, operation, 'x-amazon-apigateway-integration')
  if (Object.keys(given).length === 0) return undefined
  const responses = Object.entries(part(document, given, 'responseParameters')).map(
    ([status, changes]) => [status, texts(changes) ?? {}] as const,
  )
  const settings = {
    IntegrationType: String(given.type ?? '').toUpperCase(),
    ...optional('IntegrationSubtype', text(given.integrationSubtype)),
    ...optional('IntegrationUri', text(given.uri)),
    ...optional('IntegrationMethod', text(given.httpMethod)?.replace('x-amazon-apigateway-any-method', 'ANY')),
    ...optional('PayloadFormatVersion', text(given.payloadFormatVersion)),
    ...optional('TimeoutInMillis', number(given.timeoutInMillis)),
    ...optional('ConnectionType', text(given.connectionType)),
    ...optional('CredentialsArn', text(given.credentials)),
    ...optional('RequestParameters', texts(given.requestParameters)),
    ...(responses.length > 0 && { ResponseParameters: Object.fromEntries(responses) }),
  }
  const made = integrationSettings(settings, { id: newId(ctx, 7) })
  tx.set(integration(apiId, made.id), made)
  return `integrations/${made.id}`
}

function authorization(
  document: Part,
  operation: Part,
  ids: ReadonlyMap<string, { id: string; jwt: boolean }>,
): Pick<Route, 'authorizationType' | 'authorizerId' | 'authorizationScopes'> {
  for (const { name, scheme, scopes } of securityOf(document, operation)) {
    const known = ids.get(name)
    if (known) {
      return {
        authorizationType: known.jwt ? 'JWT' : 'CUSTOM',
        authorizerId: known.id,
        ...(scopes.length > 0 && { authorizationScopes: scopes }),
      }
    }
    if (text(scheme['x-amazon-apigateway-authtype'])?.toLowerCase() === 'awssigv4')
      return { authorizationType: 'AWS_IAM' }
    throw bad(`Security scheme ${name.slice(0, 100)} has no authorizer that Landfall knows.`)
  }
  const auth = part(document, operation, 'x-amazon-apigateway-auth')
  return text(auth.type)?.toUpperCase() === 'AWS_IAM' ? { authorizationType: 'AWS_IAM' } : {}
}

function number(value: unknown): number | undefined {
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value)
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V })
}
