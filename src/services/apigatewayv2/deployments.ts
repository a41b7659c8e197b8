import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found, page } from './find.ts'
import { serveStage, snapshot } from './publish.ts'
import { type Deployment, deployment, stage } from './state.ts'

/** What an API was at a time, for its stages to serve. */
export const deployments = operations<ApiGatewayV2>()({
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

  UpdateDeployment: {
    authorize: ({ ApiId, DeploymentId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/deployments/${DeploymentId}`) },
    ],
    async write(tx, { ApiId, DeploymentId, Description }) {
      const before = await found(tx, deployment(ApiId, DeploymentId), 'Deployment', DeploymentId)
      const next = { ...before, description: Description ?? before.description }
      tx.set(deployment(ApiId, DeploymentId), next)
      return describeDeployment(next)
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

function describeDeployment({ id, createdAtMs, description, autoDeployed }: Deployment) {
  return {
    DeploymentId: id,
    CreatedDate: new Date(createdAtMs),
    Description: description,
    AutoDeployed: autoDeployed,
    DeploymentStatus: 'DEPLOYED' as const,
  }
}
