import { logGroupOf } from '../../gateway/log-group.ts'
import { deployed } from '../../gateway/state.ts'
import { throttleOf } from '../../gateway/throttle-settings.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, badRequest, findApi, found, page, refuse } from './find.ts'
import { serveStage, snapshot } from './publish.ts'
import { deployment, type RouteSettings, routeKey, type Stage, stage } from './state.ts'

const later = 'it is planned, and not here yet.'
const websocket = 'it belongs to WebSocket APIs.'
const refused = { ClientCertificateId: later }

/** Stages and what is deployed to them. A stage with AutoDeploy follows every change of its API. */
export const stages = operations<ApiGatewayV2>()({
  CreateStage: {
    authorize: ({ ApiId, Tags }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/stages`), context: requestTags(Tags) },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const api = await findApi(tx, input.ApiId)
      if (!/^([\w-]{1,128}|\$default)$/.test(input.StageName))
        throw awsError(
          'BadRequestException',
          'Stage name only allows a-zA-Z0-9_- and $default, at most 128 characters.',
        )
      if (await tx.get(stage(api.id, input.StageName))) throw awsError('ConflictException', 'Stage already exists')
      if (input.DeploymentId !== undefined)
        await found(tx, deployment(api.id, input.DeploymentId), 'Deployment', input.DeploymentId)
      const autoDeploy = input.AutoDeploy ?? false
      const auto = autoDeploy ? await snapshot(tx, api.id, ctx, { autoDeployed: true }) : undefined
      const made: Stage = {
        name: input.StageName,
        createdAtMs: ctx.nowMs,
        updatedAtMs: ctx.nowMs,
        description: input.Description,
        autoDeploy,
        detailedMetrics: input.DefaultRouteSettings?.DetailedMetricsEnabled ?? false,
        defaultThrottle: routeSettings(input.DefaultRouteSettings),
        routeSettings: await settingsOfRoutes(tx, api.id, input.RouteSettings),
        accessLog: accessLog(input.AccessLogSettings),
        deploymentId: auto?.id ?? input.DeploymentId,
        variables: input.StageVariables ?? {},
        tags: input.Tags ?? {},
      }
      tx.set(stage(api.id, made.name), made)
      await serveStage(tx, api, made, ctx, auto)
      return describe(made)
    },
  },

  GetStage: {
    authorize: ({ ApiId, StageName }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}`) },
    ],
    async read(tx, { ApiId, StageName }) {
      return describe(await found(tx, stage(ApiId, StageName), 'stage', StageName))
    },
  },

  GetStages: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/stages`) }],
    async read(tx, input) {
      await findApi(tx, input.ApiId)
      const { values, NextToken } = await page(tx, (bounds) => stage.between([input.ApiId], bounds), input)
      return { Items: values.map(describe), NextToken }
    },
  },

  UpdateStage: {
    authorize: ({ ApiId, StageName }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}`) },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const api = await findApi(tx, input.ApiId)
      const before = await found(tx, stage(api.id, input.StageName), 'stage', input.StageName)
      if (input.DeploymentId !== undefined)
        await found(tx, deployment(api.id, input.DeploymentId), 'Deployment', input.DeploymentId)
      const autoDeploy = input.AutoDeploy ?? before.autoDeploy
      const auto = autoDeploy ? await snapshot(tx, api.id, ctx, { autoDeployed: true }) : undefined
      const next: Stage = {
        ...before,
        updatedAtMs: ctx.nowMs,
        description: input.Description ?? before.description,
        autoDeploy,
        detailedMetrics: input.DefaultRouteSettings?.DetailedMetricsEnabled ?? before.detailedMetrics,
        defaultThrottle: input.DefaultRouteSettings
          ? { ...before.defaultThrottle, ...routeSettings(input.DefaultRouteSettings) }
          : before.defaultThrottle,
        routeSettings: { ...before.routeSettings, ...(await settingsOfRoutes(tx, api.id, input.RouteSettings)) },
        accessLog: input.AccessLogSettings
          ? accessLog({ ...before.accessLog, ...input.AccessLogSettings })
          : before.accessLog,
        deploymentId: auto?.id ?? input.DeploymentId ?? before.deploymentId,
        variables: input.StageVariables ?? before.variables,
      }
      tx.set(stage(api.id, next.name), next)
      await serveStage(tx, api, next, ctx, auto)
      return describe(next)
    },
  },

  DeleteStage: {
    authorize: ({ ApiId, StageName }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}`) },
    ],
    async write(tx, { ApiId, StageName }) {
      await found(tx, stage(ApiId, StageName), 'stage', StageName)
      tx.delete(stage(ApiId, StageName))
      tx.delete(deployed(ApiId, StageName))
      return {}
    },
  },

  DeleteAccessLogSettings: {
    authorize: ({ ApiId, StageName }, ctx) => [
      {
        action: 'apigateway:DELETE',
        resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}/accesslogsettings`),
      },
    ],
    async write(tx, { ApiId, StageName }, ctx) {
      const api = await findApi(tx, ApiId)
      const before = await found(tx, stage(ApiId, StageName), 'stage', StageName)
      const next: Stage = { ...before, accessLog: undefined, updatedAtMs: ctx.nowMs }
      tx.set(stage(ApiId, StageName), next)
      await serveStage(tx, api, next, ctx)
      return {}
    },
  },

  DeleteRouteSettings: {
    authorize: ({ ApiId, StageName, RouteKey }, ctx) => [
      {
        action: 'apigateway:DELETE',
        resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}/routesettings/${encodeURIComponent(RouteKey)}`),
      },
    ],
    async write(tx, { ApiId, StageName, RouteKey }, ctx) {
      const api = await findApi(tx, ApiId)
      const before = await found(tx, stage(ApiId, StageName), 'stage', StageName)
      const { [RouteKey]: gone, ...routeSettings } = before.routeSettings ?? {}
      if (!gone) throw awsError('NotFoundException', `Unable to find Route by key ${RouteKey} within the stage`)
      const next: Stage = { ...before, routeSettings, updatedAtMs: ctx.nowMs }
      tx.set(stage(ApiId, StageName), next)
      await serveStage(tx, api, next, ctx)
      return {}
    },
  },
})

/** Throttles work and detailed metrics are inert; the others belong to WebSocket APIs. */
function routeSettings(given: (RouteSettings & object) | undefined): RouteSettings | undefined {
  if (!given) return undefined
  refuse(given, { DataTraceEnabled: websocket, LoggingLevel: websocket })
  const { DetailedMetricsEnabled, ThrottlingBurstLimit, ThrottlingRateLimit } = given
  throttleOf({ burstLimit: ThrottlingBurstLimit, rateLimit: ThrottlingRateLimit })
  return { DetailedMetricsEnabled, ThrottlingBurstLimit, ThrottlingRateLimit }
}

async function settingsOfRoutes(
  tx: ReadTx,
  apiId: string,
  given: Readonly<Record<string, RouteSettings>> = {},
): Promise<Readonly<Record<string, RouteSettings>>> {
  const all: Record<string, RouteSettings> = {}
  for (const [key, settings] of Object.entries(given)) {
    if (!(await tx.get(routeKey(apiId, key))))
      throw awsError('NotFoundException', `Unable to find Route by key ${key} within the provided RouteSettings`)
    all[key] = routeSettings(settings) ?? {}
  }
  return all
}

function accessLog(given: Stage['accessLog']): Stage['accessLog'] {
  const { DestinationArn, Format } = given ?? {}
  if (DestinationArn === undefined && Format === undefined) return undefined
  if (DestinationArn !== undefined && logGroupOf(DestinationArn) === undefined)
    throw badRequest('AccessLogSettings.DestinationArn must be the ARN of a log group.')
  if (Format !== undefined && (Format.length > 3_072 || !/\$context\.(requestId|extendedRequestId)\b/.test(Format)))
    throw badRequest('AccessLogSettings.Format must have $context.requestId in it, and at most 3072 characters.')
  return { DestinationArn, Format }
}

function describe(one: Stage) {
  return {
    StageName: one.name,
    AutoDeploy: one.autoDeploy,
    CreatedDate: new Date(one.createdAtMs),
    LastUpdatedDate: new Date(one.updatedAtMs),
    DeploymentId: one.deploymentId,
    Description: one.description,
    StageVariables: { ...one.variables },
    DefaultRouteSettings: { ...one.defaultThrottle, DetailedMetricsEnabled: one.detailedMetrics },
    RouteSettings: Object.fromEntries(Object.entries(one.routeSettings ?? {}).map(([key, of]) => [key, { ...of }])),
    AccessLogSettings: one.accessLog && { ...one.accessLog },
    Tags: { ...one.tags },
    LastDeploymentStatusMessage: one.autoDeploy
      ? `Successfully deployed stage with deployment ID '${one.deploymentId}'`
      : undefined,
  }
}
