import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found, newId, page, refuse } from './find.ts'
import { publish } from './publish.ts'
import { integration, type Route, route, routeKey } from './state.ts'

const websocket = 'it belongs to WebSocket APIs.'
const refused = {
  ApiKeyRequired: websocket,
  ModelSelectionExpression: websocket,
  RequestModels: websocket,
  RequestParameters: websocket,
  RouteResponseSelectionExpression: websocket,
  AuthorizerId: 'authorizers come with the HTTP issue.',
  AuthorizationScopes: 'authorizers come with the HTTP issue.',
}

/** Routes of HTTP APIs: `METHOD /path`, `ANY /path/{proxy+}`, `$default`. */
export const routes = operations<ApiGatewayV2>()({
  CreateRoute: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/routes`) }],
    async write(tx, input, ctx) {
      checkSettings(input)
      const api = await findApi(tx, input.ApiId)
      checkKey(input.RouteKey)
      if (await tx.get(routeKey(api.id, input.RouteKey)))
        throw awsError('ConflictException', `Route with key ${input.RouteKey} already exists for this API`)
      const made: Route = {
        id: newId(ctx, 7),
        key: input.RouteKey,
        target: await checkTarget(tx, api.id, input.Target),
        operationName: input.OperationName,
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
      checkSettings(input)
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
      const next: Route = { ...before, key, target, operationName: input.OperationName ?? before.operationName }
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

function checkSettings(input: { AuthorizationType?: string }): void {
  refuse(input, refused)
  if (input.AuthorizationType !== undefined && input.AuthorizationType !== 'NONE') {
    throw awsError(
      'BadRequestException',
      `AuthorizationType ${input.AuthorizationType} is not supported by Landfall yet; routes are open (NONE).`,
    )
  }
}

function checkKey(key: string): void {
  if (key === '$default') return
  const match = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) (\/\S*)$/.exec(key)
  const segments = match?.[2]?.slice(1).split('/') ?? []
  const well = segments.every(
    (part, index) =>
      /^(\{[\w.:-]+\}|[^{}]*)$/.test(part) || (/^\{[\w.:-]+\+\}$/.test(part) && index === segments.length - 1),
  )
  if (!match || !well) {
    throw awsError(
      'BadRequestException',
      `The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default", not "${key.slice(0, 200)}".`,
    )
  }
}

async function checkTarget(tx: ReadTx, apiId: string, target: string | undefined): Promise<string | undefined> {
  if (target === undefined) return undefined
  const id = /^integrations\/(\w+)$/.exec(target)?.[1]
  if (id === undefined || !(await tx.get(integration(apiId, id))))
    throw awsError(
      'BadRequestException',
      `Target must be integrations/<id> of an integration of this API, not ${target}.`,
    )
  return target
}

function describe({ id, key, target, operationName }: Route) {
  return {
    RouteId: id,
    RouteKey: key,
    Target: target,
    OperationName: operationName,
    AuthorizationType: 'NONE' as const,
    ApiKeyRequired: false,
  }
}
