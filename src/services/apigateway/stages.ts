import { clientCertificate } from '../../gateway/client-certificate.ts'
import { deployed } from '../../gateway/state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { missingVersion } from './documentation-versions.ts'
import { apiArn, findApi, found, refuse } from './find.ts'
import { withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { serveStage } from './publish.ts'
import { checkAccessLog, checkCanary, checkStageName, checkVariables, patchMethodSettings } from './stage-settings.ts'
import { deployment, documentationVersion, type Stage, stage } from './state.ts'
import { checkTags } from './tag-limits.ts'

const cache = 'answers are not cached.'
const refused = {
  cacheClusterEnabled: cache,
  cacheClusterSize: cache,
}

/** Named deployments of an API, each with a URL. https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html */
export const stages = operations<Api>()({
  CreateStage: {
    authorize: ({ restApiId, tags }, ctx) => [
      {
        action: 'apigateway:POST',
        resource: apiArn(ctx, `restapis/${restApiId}/stages`),
        context: requestTags(tags),
      },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const { restApiId, stageName, deploymentId } = input
      const api = await findApi(tx, restApiId)
      checkStageName(stageName)
      await found(tx, deployment(restApiId, deploymentId), 'Invalid Deployment identifier specified')
      if (await tx.get(stage(restApiId, stageName))) throw awsError('ConflictException', 'Stage already exists')
      await withinQuota(tx, stage.under(restApiId), 'stages')
      const made: Stage = {
        name: stageName,
        deploymentId,
        createdAtMs: ctx.nowMs,
        updatedAtMs: ctx.nowMs,
        description: input.description,
        variables: checkVariables(input.variables ?? {}),
        tracingEnabled: input.tracingEnabled ?? false,
        methodSettings: {},
        canarySettings: checkCanary(input.canarySettings),
        documentationVersion: await checkedVersion(tx, restApiId, input.documentationVersion),
        tags: checkTags(input.tags ?? {}),
      }
      tx.set(stage(restApiId, stageName), made)
      await serveStage(tx, api, made, ctx)
      return describe(made)
    },
  },

  GetStage: {
    authorize: ({ restApiId, stageName }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}`) },
    ],
    async read(tx, { restApiId, stageName }) {
      return describe(await findStage(tx, restApiId, stageName))
    },
  },

  GetStages: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/stages`) },
    ],
    async read(tx, { restApiId, deploymentId }) {
      await findApi(tx, restApiId)
      const item: ReturnType<typeof describe>[] = []
      for await (const { value } of tx.range(stage.under(restApiId))) {
        if (deploymentId === undefined || value.deploymentId === deploymentId) item.push(describe(value))
      }
      return { item }
    },
  },

  UpdateStage: {
    authorize: ({ restApiId, stageName }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}`) },
    ],
    async write(tx, { restApiId, stageName, patchOperations }, ctx) {
      const api = await findApi(tx, restApiId)
      const before = await findStage(tx, restApiId, stageName)
      const { methodSettings, others } = patchMethodSettings(before.methodSettings, patchOperations)
      const settings = patched(before, others, {
        '/deploymentId': 'text',
        '/description': 'text',
        '/tracingEnabled': 'boolean',
        '/clientCertificateId': 'text',
        '/documentationVersion': 'text',
        '/variables/*': 'map',
        '/accessLogSettings': 'object',
        '/accessLogSettings/destinationArn': 'text',
        '/accessLogSettings/format': 'text',
        '/canarySettings': 'object',
        '/canarySettings/percentTraffic': 'number',
        '/canarySettings/deploymentId': 'text',
        '/canarySettings/useStageCache': 'boolean',
        '/canarySettings/stageVariableOverrides/*': 'map',
      })
      await found(tx, deployment(restApiId, settings.deploymentId ?? ''), 'Invalid Deployment identifier specified')
      // None by an empty text, too.
      const clientCertificateId = settings.clientCertificateId || undefined
      if (clientCertificateId !== undefined)
        await found(tx, clientCertificate(clientCertificateId), 'Invalid Client Certificate Identifier specified')
      const next: Stage = {
        ...settings,
        clientCertificateId,
        documentationVersion: await checkedVersion(tx, restApiId, settings.documentationVersion),
        tracingEnabled: settings.tracingEnabled ?? false,
        variables: checkVariables(settings.variables),
        methodSettings,
        accessLogSettings: checkAccessLog(settings.accessLogSettings),
        canarySettings: checkCanary(settings.canarySettings),
        updatedAtMs: ctx.nowMs,
      }
      tx.set(stage(restApiId, stageName), next)
      await serveStage(tx, api, next, ctx)
      return describe(next)
    },
  },

  FlushStageAuthorizersCache: {
    authorize: ({ restApiId, stageName }, ctx) => [
      {
        action: 'apigateway:DELETE',
        resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}/cache/authorizers`),
      },
    ],
    async write(tx, { restApiId, stageName }, ctx) {
      const api = await findApi(tx, restApiId)
      const before = await findStage(tx, restApiId, stageName)
      const next: Stage = { ...before, authorizersEpoch: (before.authorizersEpoch ?? 0) + 1 }
      tx.set(stage(restApiId, stageName), next)
      await serveStage(tx, api, next, ctx)
      return {}
    },
  },

  FlushStageCache: {
    authorize: ({ restApiId, stageName }, ctx) => [
      {
        action: 'apigateway:DELETE',
        resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}/cache/data`),
      },
    ],
    async read(tx, { restApiId, stageName }) {
      await findStage(tx, restApiId, stageName)
      // Answers are not cached: there is nothing of it to be answered afterwards.
      return {}
    },
  },

  DeleteStage: {
    authorize: ({ restApiId, stageName }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}`) },
    ],
    async write(tx, { restApiId, stageName }) {
      await findStage(tx, restApiId, stageName)
      tx.delete(stage(restApiId, stageName))
      tx.delete(deployed(restApiId, stageName))
      return {}
    },
  },
})

async function findStage(tx: ReadTx, apiId: string, name: string): Promise<Stage> {
  await findApi(tx, apiId)
  return found(tx, stage(apiId, name), 'Invalid stage identifier specified')
}

/** None by an empty text, too. Throws NotFoundException. */
async function checkedVersion(tx: ReadTx, apiId: string, version: string | undefined): Promise<string | undefined> {
  if (!version) return undefined
  return (await found(tx, documentationVersion(apiId, version), missingVersion)).version
}

function describe(one: Stage) {
  return {
    stageName: one.name,
    deploymentId: one.deploymentId,
    description: one.description,
    clientCertificateId: one.clientCertificateId,
    documentationVersion: one.documentationVersion,
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE' as const,
    methodSettings: Object.fromEntries(
      Object.entries(one.methodSettings).map(([key, settings]) => [key, { ...settings }]),
    ),
    variables: Object.keys(one.variables).length > 0 ? { ...one.variables } : undefined,
    tracingEnabled: one.tracingEnabled,
    accessLogSettings: one.accessLogSettings && { ...one.accessLogSettings },
    canarySettings: one.canarySettings && {
      ...one.canarySettings,
      stageVariableOverrides: { ...one.canarySettings.stageVariableOverrides },
    },
    tags: Object.keys(one.tags).length > 0 ? { ...one.tags } : undefined,
    createdDate: new Date(one.createdAtMs),
    lastUpdatedDate: new Date(one.updatedAtMs),
  }
}
