import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { badRequest, newId } from './find.ts'
import { integrationSettings } from './integration-settings.ts'
import { publish } from './publish.ts'
import { checkKey } from './route-keys.ts'
import { type Api, type Integration, integration, type Route, route, routeKey, type Stage, stage } from './state.ts'

export interface QuickTarget {
  readonly Target?: string
  readonly RouteKey?: string
  readonly CredentialsArn?: string
}

/**
 * An API with one target: its route (`$default` unless it is named), integration and a stage that deploys itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
 */
export async function quickCreate(tx: Tx, api: Api, given: QuickTarget, ctx: Ctx): Promise<void> {
  const { Target, RouteKey = '$default' } = given
  if (Target === undefined) {
    if (given.RouteKey !== undefined || given.CredentialsArn !== undefined)
      throw badRequest('RouteKey and CredentialsArn need a Target.')
    return
  }
  checkKey(RouteKey)
  const made = integrationSettings(targetSettings(Target, given.CredentialsArn), {
    id: newId(ctx, 7),
    managed: true,
  })
  const first: Route = { id: newId(ctx, 7), key: RouteKey, target: `integrations/${made.id}`, managed: true }
  const only: Stage = {
    name: '$default',
    createdAtMs: ctx.nowMs,
    updatedAtMs: ctx.nowMs,
    autoDeploy: true,
    detailedMetrics: false,
    variables: {},
    tags: {},
  }
  tx.set(integration(api.id, made.id), made)
  tx.set(route(api.id, first.id), first)
  tx.set(routeKey(api.id, RouteKey), { id: first.id })
  tx.set(stage(api.id, only.name), only)
  await publish(tx, api, ctx)
}

/** Gives the route that was made so another key, or its integration another target. */
export async function changeQuickly(tx: Tx, apiId: string, given: QuickTarget): Promise<void> {
  if (given.Target === undefined && given.RouteKey === undefined && given.CredentialsArn === undefined) return
  let made: Route | undefined
  for await (const { value } of tx.range(route.under(apiId))) if (value.managed) made = value
  if (!made) throw badRequest('Target, RouteKey and CredentialsArn are for APIs that were made with a Target.')
  const { RouteKey = made.key } = given
  if (RouteKey !== made.key) {
    checkKey(RouteKey)
    if (await tx.get(routeKey(apiId, RouteKey)))
      throw badRequest(`Route with key ${RouteKey} already exists for this API`)
    tx.delete(routeKey(apiId, made.key))
    tx.set(routeKey(apiId, RouteKey), { id: made.id })
    tx.set(route(apiId, made.id), { ...made, key: RouteKey })
  }
  const id = made.target?.slice('integrations/'.length) ?? ''
  const before: Integration | undefined = await tx.get(integration(apiId, id))
  if (!before) return
  const { Target = before.uri, CredentialsArn = before.credentialsArn } = given
  tx.set(integration(apiId, id), integrationSettings(targetSettings(Target, CredentialsArn), { id, managed: true }))
}

function targetSettings(target: string, role: string | undefined) {
  const server = /^https?:/.test(target)
  return {
    IntegrationUri: target,
    IntegrationType: server ? 'HTTP_PROXY' : 'AWS_PROXY',
    PayloadFormatVersion: server ? '1.0' : '2.0',
    ...(server && { IntegrationMethod: 'ANY' }),
    ...(role !== undefined && { CredentialsArn: role }),
  }
}
