import { functionOfUri } from '../../gateway/function-uri.ts'
import { logGroupOf } from '../../gateway/log-group.ts'
import {
  type Cors,
  type Authorizer as DeployedAuthorizer,
  type Route as DeployedRoute,
  deployed,
} from '../../gateway/state.ts'
import { throttleOf } from '../../gateway/throttle-settings.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { newId } from './find.ts'
import {
  type Api,
  type Authorizer,
  authorizer,
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
  const authorizers: Authorizer[] = []
  for await (const { value } of tx.range(authorizer.under(apiId))) authorizers.push(value)
  const made: Deployment = {
    id: newId(ctx, 6),
    createdAtMs: ctx.nowMs,
    description,
    autoDeployed,
    routes,
    integrations,
    authorizers,
  }
  tx.set(deployment(apiId, made.id), made)
  return made
}

/** Makes a stage answer requests by its deployment; one without any answers none. */
export async function serveStage(tx: Tx, api: Api, of: Stage, ctx: Ctx, known?: Deployment): Promise<void> {
  const { name, deploymentId, variables } = of
  const from = known ?? (deploymentId === undefined ? undefined : await tx.get(deployment(api.id, deploymentId)))
  if (!from || api.disableExecuteApiEndpoint) {
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
    routes: from.routes.flatMap((one) => deployedRoute(one, from.integrations, of)),
    cors: corsOf(api),
    stageVariables: variables,
    binaryMediaTypes: [],
    authorizers: Object.fromEntries(
      (from.authorizers ?? []).map((one) => [one.id, deployedAuthorizer(one, variables)]),
    ),
    authorizersEpoch: of.authorizersEpoch,
    accessLog: accessLog(of),
    revision: newId(ctx, 12),
  })
}

type Variables = Readonly<Record<string, string>>

function deployedRoute(one: Route, integrations: readonly Integration[], of: Stage): DeployedRoute[] {
  const { key, target, operationName } = one
  const found = integrations.find(({ id }) => target === `integrations/${id}`)
  if (!found) return []
  const space = key.indexOf(' ')
  const [method, path] = space === -1 ? ['ANY', key] : [key.slice(0, space), key.slice(space + 1)]
  const settings = { ...of.defaultThrottle, ...present(of.routeSettings?.[key]) }
  return [
    {
      key,
      method,
      path,
      operationName,
      authorization: authorization(one),
      throttle: throttleOf({ rateLimit: settings.ThrottlingRateLimit, burstLimit: settings.ThrottlingBurstLimit }),
      integration: deployedIntegration(found, of.variables),
    },
  ]
}

function authorization({
  authorizationType,
  authorizerId,
  authorizationScopes,
}: Route): DeployedRoute['authorization'] {
  if (authorizationType === 'AWS_IAM') return { type: 'iam' }
  return authorizerId === undefined ? undefined : { type: 'authorizer', id: authorizerId, scopes: authorizationScopes }
}

function deployedIntegration(one: Integration, variables: Variables): DeployedRoute['integration'] {
  const { timeoutMs, credentialsArn, requestParameters = {}, responseParameters = {} } = one
  const uri = resolved(one.uri, variables)
  if (one.subtype !== undefined) {
    const { subtype } = one
    return { type: 'service', subtype, roleArn: credentialsArn ?? '', parameters: requestParameters, timeoutMs }
  }
  const mapping = { request: requestParameters, responses: responseParameters }
  if (one.type === 'HTTP_PROXY') return { type: 'http-proxy', url: uri, method: one.method, timeoutMs, mapping }
  return {
    type: 'lambda-proxy',
    functionArn: functionOfUri(uri) ?? uri,
    payloadFormat: one.payloadFormat,
    timeoutMs,
    roleArn: credentialsArn,
    mapping,
  }
}

function deployedAuthorizer(one: Authorizer, variables: Variables): DeployedAuthorizer {
  if (one.AuthorizerType === 'JWT') {
    const { Issuer = '', Audience = [] } = one.JwtConfiguration ?? {}
    return { type: 'jwt', identitySource: one.IdentitySource[0] ?? '', issuer: Issuer, audience: Audience }
  }
  const uri = resolved(one.AuthorizerUri ?? '', variables)
  return {
    type: 'lambda',
    kind: 'REQUEST',
    functionArn: functionOfUri(uri) ?? uri,
    roleArn: one.AuthorizerCredentialsArn,
    identitySources: one.IdentitySource,
    ttlSec: one.AuthorizerResultTtlInSeconds ?? 0,
    payloadFormat: one.AuthorizerPayloadFormatVersion === '2.0' ? '2.0' : '1.0',
    simpleResponses: one.EnableSimpleResponses ?? false,
  }
}

function accessLog({ accessLog: given }: Stage) {
  const group = given?.DestinationArn === undefined ? undefined : logGroupOf(given.DestinationArn)
  return group === undefined || given?.Format === undefined ? undefined : { group, format: given.Format }
}

/** A text with the stage's variables in it; one that is missing leaves nothing. */
function resolved(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  )
}

function present<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
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
