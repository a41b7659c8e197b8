import { deployed } from '../../gateway/state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found, page, refuse } from './find.ts'
import { serveStage, snapshot } from './publish.ts'
import { type Deployment, deployment, type Stage, stage } from './state.ts'

const later = 'it comes with the HTTP issue.'
const refused = { AccessLogSettings: later, ClientCertificateId: later, RouteSettings: later }

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
        detailedMetrics: detailedMetrics(input.DefaultRouteSettings) ?? false,
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
        detailedMetrics: detailedMetrics(input.DefaultRouteSettings) ?? before.detailedMetrics,
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

  CreateDeployment: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/deployments`) }],
    async write(tx, { ApiId, Description, StageName }, ctx) {
      const api = await findApi(tx, ApiId)
      const made = await snapshot(tx, ApiId, ctx, { autoDeployed: false, description: Description })
      if (StageName !== undefined) {
        const next = {
          ...(await found(tx, stage(ApiId, StageName), 'stage', StageName)),
          deploymentId: made.id,
          updatedAtMs: ctx.nowMs,
        }
        if (next.autoDeploy) throw awsError('BadRequestException', 'A stage with AutoDeploy deploys itself.')
        tx.set(stage(ApiId, StageName), next)
        await serveStage(tx, api, next, ctx, made)
      }
      return describeDeployment(made)
    },
  },

  GetDeployment: {
    authorize: ({ ApiId, DeploymentId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/deployments/${DeploymentId}`) },
    ],
    async read(tx, { ApiId, DeploymentId }) {
      return describeDeployment(await found(tx, deployment(ApiId, DeploymentId), 'Deployment', DeploymentId))
    },
  },

  GetDeployments: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/deployments`) }],
    async read(tx, input) {
      await findApi(tx, input.ApiId)
      const { values, NextToken } = await page(tx, (bounds) => deployment.between([input.ApiId], bounds), input)
      return { Items: values.map(describeDeployment), NextToken }
    },
  },

  DeleteDeployment: {
    authorize: ({ ApiId, DeploymentId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/deployments/${DeploymentId}`) },
    ],
    async write(tx, { ApiId, DeploymentId }) {
      await found(tx, deployment(ApiId, DeploymentId), 'Deployment', DeploymentId)
      for await (const { value } of tx.range(stage.under(ApiId))) {
        if (value.deploymentId === DeploymentId)
          throw awsError('BadRequestException', 'Active stages pointing to this deployment must be moved or deleted')
      }
      tx.delete(deployment(ApiId, DeploymentId))
      return {}
    },
  },
})

/** Of the settings for all routes, only whether metrics are detailed is known so far; the others are refused by name. */
function detailedMetrics(settings: { DetailedMetricsEnabled?: boolean } | undefined): boolean | undefined {
  if (!settings) return undefined
  const { DetailedMetricsEnabled, ...others } = settings
  refuse(others, {
    DataTraceEnabled: later,
    LoggingLevel: later,
    ThrottlingBurstLimit: later,
    ThrottlingRateLimit: later,
  })
  return DetailedMetricsEnabled
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
    DefaultRouteSettings: { DetailedMetricsEnabled: one.detailedMetrics },
    RouteSettings: {},
    Tags: { ...one.tags },
    LastDeploymentStatusMessage: one.autoDeploy
      ? `Successfully deployed stage with deployment ID '${one.deploymentId}'`
      : undefined,
  }
}

function describeDeployment({ id, createdAtMs, description, autoDeployed }: Deployment) {
  return {
    DeploymentId: id,
    CreatedDate: new Date(createdAtMs),
    Description: description,
    AutoDeployed: autoDeployed,
    DeploymentStatus: 'DEPLOYED' as const,
  }
}
