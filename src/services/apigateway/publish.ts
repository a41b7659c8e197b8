import { functionOfUri } from '../../gateway/function-uri.ts'
import { type DeployedStage, deployed, type Mock, type Route } from '../../gateway/state.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { badRequest, newId } from './find.ts'
import { headerOf, staticValue } from './integration-settings.ts'
import { fitting, withinQuota } from './limits.ts'
import { resourcesOf } from './path-resources.ts'
import {
  type DeployedMethod,
  type Deployment,
  deployment,
  type Integration,
  method,
  type RestApi,
  type Stage,
  stage,
} from './state.ts'
import { requestTemplateStatus, responseTemplateBody } from './templates.ts'

/** Keeps an API's methods as they are now as a deployment. Throws BadRequestException for an API that can't be deployed. */
export async function snapshot(tx: Tx, apiId: string, ctx: Ctx, description: string | undefined): Promise<Deployment> {
  const paths = new Map((await resourcesOf(tx, apiId)).map(({ id, path }) => [id, path]))
  const methods: DeployedMethod[] = []
  for await (const { key, value } of tx.range(method.under(apiId))) {
    const [, resourceId] = key
    const { httpMethod, operationName, integration } = value
    if (!integration) throw badRequest('No integration defined for method')
    methods.push({ path: paths.get(resourceId) ?? '/', resourceId, httpMethod, operationName, integration })
  }
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods")
  await withinQuota(tx, deployment.under(apiId), 'deployments')
  const made = fitting({ id: newId(ctx, 6), createdAtMs: ctx.nowMs, description, methods }, 'The deployment')
  tx.set(deployment(apiId, made.id), made)
  return made
}

/** Brings what changed of the API itself (its name, binary media types) to its stages. */
export async function serveStages(tx: Tx, api: RestApi, ctx: Ctx): Promise<void> {
  for await (const { value } of tx.range(stage.under(api.id))) await serveStage(tx, api, value, ctx)
}

/** Makes a stage answer requests by its deployment. */
export async function serveStage(tx: Tx, api: RestApi, of: Stage, ctx: Ctx, known?: Deployment): Promise<void> {
  const { methods } = known ?? (await tx.get(deployment(api.id, of.deploymentId))) ?? {}
  if (!methods || api.disableExecuteApiEndpoint) {
    tx.delete(deployed(api.id, of.name))
    return
  }
  const served: DeployedStage = {
    kind: 'rest',
    account: ctx.account,
    region: ctx.region,
    apiId: api.id,
    stage: of.name,
    apiName: api.name,
    deploymentId: of.deploymentId,
    routes: methods.map((one) => route(one, of.variables)),
    stageVariables: of.variables,
    binaryMediaTypes: api.binaryMediaTypes,
    revision: newId(ctx, 12),
  }
  tx.set(deployed(api.id, of.name), fitting(served, 'The stage'))
}

function route(
  { path, resourceId, httpMethod, operationName, integration }: DeployedMethod,
  variables: Readonly<Record<string, string>>,
): Route {
  return {
    key: `${httpMethod} ${path}`,
    method: httpMethod,
    path,
    resourceId,
    operationName,
    integration: integration.type === 'MOCK' ? mock(integration) : lambdaProxy(integration, variables),
  }
}

function lambdaProxy({ uri = '', timeoutMs }: Integration, variables: Readonly<Record<string, string>>) {
  const resolved = uri.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  )
  // A variable that is missing leaves no function's ARN: calling it fails, and the log says what was called.
  const functionArn = functionOfUri(resolved) ?? resolved
  return { type: 'lambda-proxy' as const, functionArn, payloadFormat: '1.0' as const, timeoutMs }
}

function mock({ requestTemplates = {}, passthroughBehavior, responses }: Integration): Mock {
  return {
    type: 'mock',
    requests: mapped(requestTemplates, requestTemplateStatus),
    passthrough: passthroughBehavior,
    responses: Object.entries(responses).map(([status, one]) => ({
      pattern: one.selectionPattern ?? '',
      status: Number(status),
      headers: Object.fromEntries(
        Object.entries(one.responseParameters ?? {}).map(([name, value]) => [headerOf(name), staticValue(value) ?? '']),
      ),
      bodies: mapped(one.responseTemplates ?? {}, responseTemplateBody),
    })),
  }
}

/** Content types in lower case, as requests are compared with them. */
function mapped<T>(templates: Readonly<Record<string, string>>, meaning: (template: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(templates).map(([type, text]) => [type.toLowerCase(), meaning(text)]))
}
