import { functionOfUri } from '../../gateway/function-uri.ts'
import { logGroupOf } from '../../gateway/log-group.ts'
import {
  type Canary,
  type DeployedStage,
  deployed,
  type HttpProxy,
  type LambdaAuthorizer,
  type LambdaProxy,
  type Mock,
  type Route,
  type Throttle,
  type Validation,
} from '../../gateway/state.ts'
import { throttleOf } from '../../gateway/throttle-settings.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { badRequest, newId } from './find.ts'
import { responsesOf } from './gateway-responses.ts'
import { headerOf, staticValue } from './integration-settings.ts'
import { fitting, withinQuota } from './limits.ts'
import { escaped } from './patch.ts'
import { resourcesOf } from './path-resources.ts'
import {
  type Authorizer,
  authorizer,
  type DeployedMethod,
  type Deployment,
  deployment,
  type Integration,
  type Method,
  method,
  model,
  type PathResource,
  type RequestValidator,
  type RestApi,
  requestValidator,
  type Stage,
  stage,
} from './state.ts'
import { requestTemplateStatus, responseTemplateBody } from './templates.ts'
import { testStage } from './test-stage.ts'

/** One method of an API as it is now, as a stage of these variables would serve it. */
export async function methodAsServed(
  tx: ReadTx,
  api: RestApi,
  one: Method,
  at: PathResource,
  ctx: Ctx,
  variables: Variables,
): Promise<{ stage: DeployedStage; route: Route }> {
  if (!one.integration) throw badRequest('No integration defined for method')
  const validator =
    one.requestValidatorId === undefined ? undefined : await tx.get(requestValidator(api.id, one.requestValidatorId))
  const { httpMethod, operationName, integration } = one
  const method = { path: at.path, resourceId: at.id, httpMethod, operationName, integration }
  const served = route({ ...method, validation: validationOf(one, validator) }, variables, undefined)
  return { stage: { ...(await testStage(tx, api, ctx, variables)), routes: [served] }, route: served }
}

/** Keeps an API's methods as they are now as a deployment. Throws BadRequestException for an API that can't be deployed. */
export async function snapshot(tx: Tx, api: RestApi, ctx: Ctx, description: string | undefined): Promise<Deployment> {
  const apiId = api.id
  const validators = new Map<string, RequestValidator>()
  for await (const { value } of tx.range(requestValidator.under(apiId))) validators.set(value.id, value)
  const schemas: Record<string, string> = {}
  for await (const { value } of tx.range(model.under(apiId))) schemas[value.name] = value.schema
  const authorizers: Record<string, Authorizer> = {}
  for await (const { value } of tx.range(authorizer.under(apiId))) authorizers[value.id] = value
  const paths = new Map((await resourcesOf(tx, apiId)).map(({ id, path }) => [id, path]))
  const methods: DeployedMethod[] = []
  for await (const { key, value } of tx.range(method.under(apiId))) {
    const [, resourceId] = key
    const { httpMethod, operationName, integration } = value
    if (!integration) throw badRequest('No integration defined for method')
    methods.push({
      path: paths.get(resourceId) ?? '/',
      resourceId,
      httpMethod,
      operationName,
      authorizationType: value.authorizationType,
      authorizerId: value.authorizerId,
      apiKeyRequired: value.apiKeyRequired,
      validation: validationOf(value, validators.get(value.requestValidatorId ?? '')),
      integration,
      requestParameters: value.requestParameters,
      requestModels: value.requestModels,
      responses: value.responses,
    })
  }
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods")
  await withinQuota(tx, deployment.under(apiId), 'deployments')
  const gatewayResponses = await responsesOf(tx, apiId)
  const { policy } = api
  const made = fitting(
    {
      id: newId(ctx, 6),
      createdAtMs: ctx.nowMs,
      description,
      methods,
      policy,
      authorizers,
      models: schemas,
      gatewayResponses,
    },
    'The deployment',
  )
  tx.set(deployment(apiId, made.id), made)
  return made
}

/** Brings what changed of the API itself (its name, binary media types) to its stages. */
export async function serveStages(tx: Tx, api: RestApi, ctx: Ctx): Promise<void> {
  for await (const { value } of tx.range(stage.under(api.id))) await serveStage(tx, api, value, ctx)
}

/** Makes a stage answer requests by its deployment. */
export async function serveStage(tx: Tx, api: RestApi, of: Stage, ctx: Ctx): Promise<void> {
  const from = await tx.get(deployment(api.id, of.deploymentId))
  if (!from || api.disableExecuteApiEndpoint) {
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
    ...deployedPart(from, of, of.variables),
    policy: from.policy,
    gatewayResponses: from.gatewayResponses,
    apiKeySource: api.apiKeySource,
    authorizersEpoch: of.authorizersEpoch,
    accessLog: accessLog(of),
    clientCertificateId: of.clientCertificateId,
    canary: await canary(tx, api, of),
    binaryMediaTypes: api.binaryMediaTypes,
    revision: newId(ctx, 12),
  }
  tx.set(deployed(api.id, of.name), fitting(served, 'The stage'))
}

type Variables = Readonly<Record<string, string>>

/** What a deployment and the variables make of a stage, or of its canary. */
function deployedPart(from: Deployment, of: Stage, variables: Variables) {
  return {
    deploymentId: from.id,
    routes: from.methods.map((one) => route(one, variables, throttleFor(one, of))),
    stageVariables: variables,
    authorizers: Object.fromEntries(
      Object.entries(from.authorizers ?? {}).map(([id, one]) => [id, lambdaAuthorizer(one, variables)]),
    ),
    models: from.models ?? {},
  }
}

async function canary(tx: Tx, api: RestApi, of: Stage): Promise<Canary | undefined> {
  const { percentTraffic = 0, deploymentId = of.deploymentId, stageVariableOverrides = {} } = of.canarySettings ?? {}
  const from = percentTraffic > 0 ? await tx.get(deployment(api.id, deploymentId)) : undefined
  if (!from) return undefined
  return { percent: percentTraffic, ...deployedPart(from, of, { ...of.variables, ...stageVariableOverrides }) }
}

function accessLog({ accessLogSettings }: Stage): DeployedStage['accessLog'] {
  const { destinationArn, format } = accessLogSettings ?? {}
  const group = destinationArn === undefined ? undefined : logGroupOf(destinationArn)
  return group === undefined || format === undefined ? undefined : { group, format }
}

/** The throttle of a method: its own settings, else those for all methods. */
function throttleFor({ path, httpMethod }: DeployedMethod, { methodSettings }: Stage): Throttle | undefined {
  const key = `${escaped(path)}/${httpMethod}`
  const { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit } = {
    ...methodSettings['*/*'],
    ...(Object.hasOwn(methodSettings, key) ? methodSettings[key] : {}),
  }
  return throttleOf({ rateLimit, burstLimit })
}

function validationOf(
  { requestModels = {}, requestParameters = {} }: Method,
  validator: RequestValidator | undefined,
): Validation | undefined {
  if (!validator) return undefined
  const required = Object.entries(requestParameters).flatMap(([name, is]) => (is ? [name] : []))
  return {
    required: validator.validateRequestParameters ? required : [],
    bodies: validator.validateRequestBody
      ? Object.fromEntries(Object.entries(requestModels).map(([type, name]) => [type.toLowerCase(), name]))
      : undefined,
  }
}

/** An authorizer as it is asked in a stage of these variables. */
export function lambdaAuthorizer(one: Authorizer, variables: Variables): LambdaAuthorizer {
  const uri = resolved(one.authorizerUri, variables)
  return {
    type: 'lambda',
    kind: one.type,
    functionArn: functionOfUri(uri) ?? uri,
    roleArn: one.authorizerCredentials,
    identitySources: one.identitySource?.split(',') ?? [],
    validation: one.identityValidationExpression,
    ttlSec: one.authorizerResultTtlInSeconds,
    payloadFormat: '1.0',
    simpleResponses: false,
  }
}

/** A text with the stage's variables in it; one that is missing leaves nothing. */
function resolved(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  )
}

function route(method: DeployedMethod, variables: Variables, throttle: Throttle | undefined): Route {
  const { path, resourceId, httpMethod, operationName, integration, authorizationType, authorizerId = '' } = method
  return {
    key: `${httpMethod} ${path}`,
    method: httpMethod,
    path,
    resourceId,
    operationName,
    authorization:
      authorizationType === 'AWS_IAM'
        ? { type: 'iam' }
        : authorizationType === 'CUSTOM'
          ? { type: 'authorizer', id: authorizerId }
          : undefined,
    apiKeyRequired: method.apiKeyRequired,
    validation: method.validation,
    throttle,
    integration:
      integration.type === 'MOCK'
        ? mock(integration)
        : integration.type === 'HTTP_PROXY'
          ? httpProxy(integration, variables)
          : lambdaProxy(integration, variables),
  }
}

function httpProxy(one: Integration, variables: Variables): HttpProxy {
  const { uri = '', httpMethod = 'ANY', timeoutMs, requestParameters } = one
  return {
    type: 'http-proxy',
    url: resolved(uri, variables),
    method: httpMethod,
    timeoutMs,
    parameters: requestParameters,
  }
}

function lambdaProxy({ uri = '', timeoutMs, credentials }: Integration, variables: Variables): LambdaProxy {
  const called = resolved(uri, variables)
  // A variable that is missing leaves no function's ARN: calling it fails, and the log says what was called.
  const functionArn = functionOfUri(called) ?? called
  return { type: 'lambda-proxy', functionArn, payloadFormat: '1.0', timeoutMs, roleArn: credentials }
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
