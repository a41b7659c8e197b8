import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page, refuse } from './find.ts'
import { publish } from './publish.ts'
import { checkKey } from './route-keys.ts'
import { authorizer, integration, type Route, route, routeKey } from './state.ts'

const websocket = 'it belongs to WebSocket APIs.'
const refused = {
  ApiKeyRequired: websocket,
  ModelSelectionExpression: websocket,
  RequestModels: websocket,
  RequestParameters: websocket,
  RouteResponseSelectionExpression: websocket,
}

/** Routes of HTTP APIs: `METHOD /path`, `ANY /path/{proxy+}`, `$default`. */
export const routes = operations<ApiGatewayV2>()({
  CreateRoute: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/routes`) }],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const api = await findApi(tx, input.ApiId)
      checkKey(input.RouteKey)
      if (await tx.get(routeKey(api.id, input.RouteKey)))
        throw awsError('ConflictException', `Route with key ${input.RouteKey} already exists for this API`)
      const made: Route = {
        id: newId(ctx, 7),
        key: input.RouteKey,
        target: await checkTarget(tx, api.id, input.Target),
        operationName: input.OperationName,
        ...(await authorization(tx, api.id, input)),
      }
      tx.set(route(api.id, made.id), made)
      tx.set(routeKey(api.id, made.key), { id: made.id })
      await publish(tx, api, ctx)
      return describe(made)
    },
  },

  GetRoute: {
    authorize: ({ ApiId, RouteId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/routes/${RouteId}`) },
    ],
    async read(tx, { ApiId, RouteId }) {
      return describe(await found(tx, route(ApiId, RouteId), 'Route', RouteId))
    },
  },

  GetRoutes: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/routes`) }],
    async read(tx, input) {
      await findApi(tx, input.ApiId)
      const { values, NextToken } = await page(tx, (bounds) => route.between([input.ApiId], bounds), input)
      return { Items: values.map(describe), NextToken }
    },
  },

  UpdateRoute: {
    authorize: ({ ApiId, RouteId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/routes/${RouteId}`) },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const api = await findApi(tx, input.ApiId)
      const before = await found(tx, route(api.id, input.RouteId), 'Route', input.RouteId)
      const key = input.RouteKey ?? before.key
      checkKey(key)
      if (key !== before.key) {
        if (await tx.get(routeKey(api.id, key)))
          throw awsError('ConflictException', `Route with key ${key} already exists for this API`)
        tx.delete(routeKey(api.id, before.key))
        tx.set(routeKey(api.id, key), { id: before.id })
      }
      const target = input.Target === undefined ? before.target : await checkTarget(tx, api.id, input.Target)
      const next: Route = {
        ...before,
        key,
        target,
        operationName: input.OperationName ?? before.operationName,
        ...(await authorization(tx, api.id, {
          AuthorizationType: input.AuthorizationType ?? before.authorizationType,
          AuthorizerId: input.AuthorizerId ?? before.authorizerId,
          AuthorizationScopes: input.AuthorizationScopes ?? before.authorizationScopes,
        })),
      }
      tx.set(route(api.id, next.id), next)
      await publish(tx, api, ctx)
      return describe(next)
    },
  },

  DeleteRoute: {
    authorize: ({ ApiId, RouteId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/routes/${RouteId}`) },
    ],
    async write(tx, { ApiId, RouteId }, ctx) {
      const api = await findApi(tx, ApiId)
      const before = await found(tx, route(ApiId, RouteId), 'Route', RouteId)
      tx.delete(route(ApiId, RouteId))
      tx.delete(routeKey(ApiId, before.key))
      await publish(tx, api, ctx)
      return {}
    },
  },
})

interface GivenAuthorization {
  readonly AuthorizationType?: string | undefined
  readonly AuthorizerId?: string | undefined
  readonly AuthorizationScopes?: readonly string[] | undefined
}

async function authorization(
  tx: ReadTx,
  apiId: string,
  { AuthorizationType: type = 'NONE', AuthorizerId: id, AuthorizationScopes: scopes }: GivenAuthorization,
): Promise<Pick<Route, 'authorizationType' | 'authorizerId' | 'authorizationScopes'>> {
  if (type === 'NONE' || type === 'AWS_IAM')
    return { authorizationType: type, authorizerId: undefined, authorizationScopes: undefined }
  if (type !== 'JWT' && type !== 'CUSTOM')
    throw badRequest(`AuthorizationType must be NONE, AWS_IAM, JWT or CUSTOM, not ${type}.`)
  const found = id === undefined ? undefined : await tx.get(authorizer(apiId, id))
  if (found?.AuthorizerType !== (type === 'JWT' ? 'JWT' : 'REQUEST'))
    throw badRequest(`AuthorizerId must name an authorizer of this API for the type ${type}.`)
  if (type === 'CUSTOM' && scopes && scopes.length > 0)
    throw badRequest('AuthorizationScopes belong to JWT authorizers.')
  return { authorizationType: type, authorizerId: id, authorizationScopes: scopes }
}

async function checkTarget(tx: ReadTx, apiId: string, target: string | undefined): Promise<string | undefined> {
  // The console detaches an integration with an empty one.
  if (target === undefined || target === '') return undefined
  const id = /^integrations\/(\w+)$/.exec(target)?.[1]
  if (id === undefined || !(await tx.get(integration(apiId, id))))
    throw awsError(
      'BadRequestException',
      `Target must be integrations/<id> of an integration of this API, not ${target}.`,
    )
  return target
}

function describe({ id, key, target, operationName, ...one }: Route) {
  return {
    RouteId: id,
    RouteKey: key,
    Target: target,
    OperationName: operationName,
    AuthorizationType: one.authorizationType ?? ('NONE' as const),
    AuthorizerId: one.authorizerId,
    AuthorizationScopes: one.authorizationScopes && [...one.authorizationScopes],
    ApiGatewayManaged: one.managed,
    ApiKeyRequired: false,
  }
}
