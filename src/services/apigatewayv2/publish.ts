import { functionOfUri } from '../../gateway/function-uri.ts'
import { type Cors, type Route as DeployedRoute, deployed } from '../../gateway/state.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { newId } from './find.ts'
import {
  type Api,
  type Deployment,
  deployment,
  type Integration,
  integration,
  type Route,
  route,
  type Stage,
  stage,
} from './state.ts'

/** Deploys the stages of an API that deploy themselves, after it changed; brings its CORS to all. */
export async function publish(tx: Tx, api: Api, ctx: Ctx): Promise<void> {
  const stages: Stage[] = []
  for await (const { value } of tx.range(stage.under(api.id))) stages.push(value)
  if (stages.length === 0) return
  const auto = stages.some(({ autoDeploy }) => autoDeploy)
    ? await snapshot(tx, api.id, ctx, { autoDeployed: true })
    : undefined
  for (const one of stages) {
    if (one.autoDeploy && auto) {
      if (one.deploymentId !== undefined) tx.delete(deployment(api.id, one.deploymentId))
      const next = { ...one, deploymentId: auto.id, updatedAtMs: ctx.nowMs }
      tx.set(stage(api.id, one.name), next)
      await serveStage(tx, api, next, ctx, auto)
    } else {
      await serveStage(tx, api, one, ctx)
    }
  }
}

/** Keeps routes and integrations as they are now as a deployment. */
export async function snapshot(
  tx: Tx,
  apiId: string,
  ctx: Ctx,
  { autoDeployed, description }: { autoDeployed: boolean; description?: string | undefined },
): Promise<Deployment> {
  const routes: Route[] = []
  const integrations: Integration[] = []
  for await (const { value } of tx.range(route.under(apiId))) routes.push(value)
  for await (const { value } of tx.range(integration.under(apiId))) integrations.push(value)
  const made: Deployment = {
    id: newId(ctx, 6),
    createdAtMs: ctx.nowMs,
    description,
    autoDeployed,
    routes,
    integrations,
  }
  tx.set(deployment(apiId, made.id), made)
  return made
}

/** Makes a stage answer requests by its deployment; one without any answers none. */
export async function serveStage(
  tx: Tx,
  api: Api,
  { name, deploymentId, variables }: Stage,
  ctx: Ctx,
  known?: Deployment,
): Promise<void> {
  const of = known ?? (deploymentId === undefined ? undefined : await tx.get(deployment(api.id, deploymentId)))
  if (!of || api.disableExecuteApiEndpoint) {
    tx.delete(deployed(api.id, name))
    return
  }
  tx.set(deployed(api.id, name), {
    kind: 'http',
    account: ctx.account,
    region: ctx.region,
    apiId: api.id,
    stage: name,
    apiName: api.name,
    routes: of.routes.flatMap((one) => deployedRoute(one, of.integrations, variables)),
    cors: corsOf(api),
    stageVariables: variables,
    binaryMediaTypes: [],
    revision: newId(ctx, 12),
  })
}

function deployedRoute(
  { key, target, operationName }: Route,
  integrations: readonly Integration[],
  variables: Readonly<Record<string, string>>,
): DeployedRoute[] {
  const found = integrations.find(({ id }) => target === `integrations/${id}`)
  if (!found) return []
  const uri = found.uri.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  )
  const functionArn = functionOfUri(uri) ?? uri
  const space = key.indexOf(' ')
  const [method, path] = space === -1 ? ['ANY', key] : [key.slice(0, space), key.slice(space + 1)]
  return [
    {
      key,
      method,
      path,
      operationName,
      integration: {
        type: 'lambda-proxy',
        functionArn,
        payloadFormat: found.payloadFormat,
        timeoutMs: found.timeoutMs,
      },
    },
  ]
}

function corsOf({ cors }: Api): Cors | undefined {
  return (
    cors && {
      allowOrigins: cors.AllowOrigins ?? [],
      allowMethods: cors.AllowMethods ?? [],
      allowHeaders: cors.AllowHeaders ?? [],
      exposeHeaders: cors.ExposeHeaders ?? [],
      allowCredentials: cors.AllowCredentials ?? false,
      maxAgeSec: cors.MaxAge,
    }
  )
}
