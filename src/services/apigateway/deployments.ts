import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, page, refuse } from './find.ts'
import { withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { serveStage, snapshot } from './publish.ts'
import { checkCanary, checkStageName, checkVariables } from './stage-settings.ts'
import { type Deployment, deployment, type Stage, stage } from './state.ts'

const cache = 'answers are not cached.'
const refused = {
  cacheClusterEnabled: cache,
  cacheClusterSize: cache,
}
const missing = 'Invalid Deployment identifier specified'

/** What an API was at a time, for its stages to serve. https://docs.aws.amazon.com/apigateway/latest/api/API_Deployment.html */
export const deployments = operations<Api>()({
  CreateDeployment: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/deployments`) },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const { restApiId, stageName, stageDescription, variables, tracingEnabled } = input
      const api = await findApi(tx, restApiId)
      const made = await snapshot(tx, api, ctx, input.description)
      if (stageName === undefined) {
        if (stageDescription !== undefined || variables !== undefined || tracingEnabled !== undefined)
          throw badRequest('Stage name should be given together with settings of the stage.')
        return describe(made)
      }
      checkStageName(stageName)
      const before = await tx.get(stage(restApiId, stageName))
      if (!before) await withinQuota(tx, stage.under(restApiId), 'stages')
      const { canarySettings } = input
      if (canarySettings && !before) throw badRequest('A canary needs a stage that is deployed already.')
      const canary = canarySettings && checkCanary({ ...canarySettings, deploymentId: made.id })
      const next: Stage = {
        ...before,
        name: stageName,
        createdAtMs: before?.createdAtMs ?? ctx.nowMs,
        updatedAtMs: ctx.nowMs,
        // A canary leaves the stage as it is; a deployment without one ends it.
        deploymentId: canary && before ? before.deploymentId : made.id,
        canarySettings: canary,
        description: stageDescription ?? before?.description,
        variables: checkVariables(variables ?? before?.variables ?? {}),
        tracingEnabled: tracingEnabled ?? before?.tracingEnabled ?? false,
        methodSettings: before?.methodSettings ?? {},
        tags: before?.tags ?? {},
      }
      tx.set(stage(restApiId, stageName), next)
      await serveStage(tx, api, next, ctx)
      return describe(made)
    },
  },

  GetDeployment: {
    authorize: ({ restApiId, deploymentId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/deployments/${deploymentId}`) },
    ],
    async read(tx, { restApiId, deploymentId, embed = [] }) {
      const wrong = embed.find((one) => one !== 'apisummary')
      if (wrong !== undefined) throw badRequest(`Invalid embed parameter ${wrong}: it can be apisummary.`)
      await findApi(tx, restApiId)
      const one = await found(tx, deployment(restApiId, deploymentId), missing)
      return { ...describe(one), apiSummary: embed.length > 0 ? summary(one) : undefined }
    },
  },

  GetDeployments: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/deployments`) },
    ],
    async read(tx, input) {
      await findApi(tx, input.restApiId)
      const { values, position } = await page(tx, (bounds) => deployment.between([input.restApiId], bounds), input)
      return { items: values.map(describe), position }
    },
  },

  UpdateDeployment: {
    authorize: ({ restApiId, deploymentId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `restapis/${restApiId}/deployments/${deploymentId}`) },
    ],
    async write(tx, { restApiId, deploymentId, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, deployment(restApiId, deploymentId), missing)
      const next = patched(before, patchOperations, { '/description': 'text' })
      tx.set(deployment(restApiId, deploymentId), next)
      return describe(next)
    },
  },

  DeleteDeployment: {
    authorize: ({ restApiId, deploymentId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `restapis/${restApiId}/deployments/${deploymentId}`) },
    ],
    async write(tx, { restApiId, deploymentId }) {
      await findApi(tx, restApiId)
      await found(tx, deployment(restApiId, deploymentId), missing)
      for await (const { value } of tx.range(stage.under(restApiId))) {
        if (value.deploymentId === deploymentId || value.canarySettings?.deploymentId === deploymentId)
          throw badRequest('Active stages pointing to this deployment must be moved or deleted')
      }
      tx.delete(deployment(restApiId, deploymentId))
      return {}
    },
  },
})

function describe({ id, createdAtMs, description }: Deployment) {
  return { id, createdDate: new Date(createdAtMs), description }
}

function summary({ methods }: Deployment) {
  const paths = new Map<string, Record<string, { authorizationType: string; apiKeyRequired: boolean }>>()
  for (const { path, httpMethod, authorizationType = 'NONE', apiKeyRequired = false } of methods) {
    const known = paths.get(path) ?? {}
    known[httpMethod] = { authorizationType, apiKeyRequired }
    paths.set(path, known)
  }
  return Object.fromEntries(paths)
}
