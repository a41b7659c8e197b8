import { isAwsError } from '../../kernel/errors.ts'
import { capitalised } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'NotFoundException')) throw error
}

/** What an operation answers about one thing, by the names of properties; undefined when it is not there. */
export async function readOne(
  operation: string,
  input: object,
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await rx.invoke<object>(`apigateway:${operation}`, input).catch(ignoreMissing)
  return found ? capitalised(found, names) : undefined
}

type Tags = Readonly<Record<string, string>> | undefined
const tagList = (tags: Tags) => Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))

/** The same of what has tags: the API has a map of them, templates a list. */
export async function readTagged(
  operation: string,
  input: object,
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await readOne(operation, input, [...names, 'Tags'], rx)
  return found && { ...found, Tags: tagList(found.Tags as Tags) }
}

const apiNames = ['Name', 'Description', 'BinaryMediaTypes', 'DisableExecuteApiEndpoint', 'EndpointConfiguration']

/** An API as its properties would say it, without the document that it was made of. */
export async function readApi(restApiId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await readTagged('GetRestApi', { restApiId }, [...apiNames, 'ApiKeySource', 'Policy'], rx)
  if (!found) return undefined
  const { EndpointConfiguration, ApiKeySource, Policy, ...same } = found
  const endpoint = (EndpointConfiguration ?? {}) as object
  return {
    ...same,
    EndpointConfiguration: capitalised(endpoint, ['Types', 'IpAddressType', 'VpcEndpointIds']),
    ApiKeySourceType: ApiKeySource,
    // JSON within JSON: quotes are escaped once more.
    Policy: typeof Policy === 'string' ? Policy.replaceAll('\\"', '"').replaceAll('\\/', '/') : undefined,
  }
}

interface MethodId {
  readonly RestApiId: string
  readonly ResourceId: string
  readonly HttpMethod: string
}

const methodNames = [
  ...['AuthorizationType', 'ApiKeyRequired', 'AuthorizerId', 'RequestValidatorId', 'OperationName'],
  ...['RequestModels', 'RequestParameters'],
]
const integrationNames = [
  ...['Type', 'Uri', 'Credentials', 'RequestParameters', 'RequestTemplates', 'PassthroughBehavior', 'CacheNamespace'],
  ...['ContentHandling', 'TimeoutInMillis', 'CacheKeyParameters', 'ConnectionType', 'ConnectionId', 'TlsConfig'],
]
const responseNames = ['StatusCode', 'ResponseParameters', 'ResponseTemplates', 'SelectionPattern', 'ContentHandling']

interface Method {
  readonly methodResponses?: Readonly<Record<string, object>>
  readonly methodIntegration?: {
    readonly httpMethod?: string
    readonly integrationResponses?: Readonly<Record<string, object>>
  }
}

/** A method with its integration and responses as its properties would say it. */
export async function readMethod({ RestApiId, ResourceId, HttpMethod }: MethodId, rx: ResourceReader) {
  const input = { restApiId: RestApiId, resourceId: ResourceId, httpMethod: HttpMethod }
  const found = await rx.invoke<Method>('apigateway:GetMethod', input).catch(ignoreMissing)
  if (!found) return undefined
  const { methodIntegration: integration } = found
  return {
    RestApiId,
    ResourceId,
    HttpMethod,
    ...capitalised(found, methodNames),
    MethodResponses: Object.values(found.methodResponses ?? {}).map((one) =>
      capitalised(one, ['StatusCode', 'ResponseModels', 'ResponseParameters']),
    ),
    Integration: integration && {
      ...capitalised(integration, integrationNames),
      IntegrationHttpMethod: integration.httpMethod,
      IntegrationResponses: Object.values(integration.integrationResponses ?? {}).map((one) =>
        capitalised(one, responseNames),
      ),
    },
  }
}

interface Plan {
  readonly apiStages?: readonly { readonly throttle?: Readonly<Record<string, object>> }[]
  readonly quota?: object
  readonly throttle?: object
  readonly tags?: Tags
}

const throttleNames = ['BurstLimit', 'RateLimit']

/** A usage plan as its properties would say it. */
export async function readPlan(usagePlanId: string, rx: ResourceReader) {
  const found = await rx.invoke<Plan>('apigateway:GetUsagePlan', { usagePlanId }).catch(ignoreMissing)
  if (!found) return undefined
  const { Name, ...rest } = capitalised(found, ['Name', 'Description'])
  return {
    ...rest,
    UsagePlanName: Name,
    ApiStages: (found.apiStages ?? []).map((one) => ({
      ...capitalised(one, ['ApiId', 'Stage']),
      Throttle:
        one.throttle &&
        Object.fromEntries(Object.entries(one.throttle).map(([path, of]) => [path, capitalised(of, throttleNames)])),
    })),
    Quota: found.quota && capitalised(found.quota, ['Limit', 'Offset', 'Period']),
    Throttle: found.throttle && capitalised(found.throttle, throttleNames),
    Tags: tagList(found.tags),
  }
}

/** The key of a plan as its properties would say it. */
export async function readPlanKey(id: string, rx: ResourceReader) {
  const [KeyId, UsagePlanId] = id.split(':')
  if (UsagePlanId === undefined) return undefined
  const found = await readOne('GetUsagePlanKey', { usagePlanId: UsagePlanId, keyId: KeyId }, ['Type'], rx)
  return found && { UsagePlanId, KeyId, KeyType: found.Type }
}

const stageNames = [
  ...['StageName', 'DeploymentId', 'Description', 'Variables', 'TracingEnabled', 'ClientCertificateId'],
  'DocumentationVersion',
]
const settingNames = [
  ...['MetricsEnabled', 'DataTraceEnabled', 'LoggingLevel', 'ThrottlingBurstLimit', 'ThrottlingRateLimit'],
  ...['CachingEnabled', 'CacheTtlInSeconds', 'CacheDataEncrypted'],
]

/** A stage as its properties would say it. */
export async function readStage(RestApiId: string, stageName: string, rx: ResourceReader) {
  const names = [...stageNames, 'MethodSettings', 'AccessLogSettings', 'CanarySettings']
  const found = await readTagged('GetStage', { restApiId: RestApiId, stageName }, names, rx)
  if (!found) return undefined
  const { MethodSettings, AccessLogSettings, CanarySettings, ...same } = found
  const canary = ['DeploymentId', 'PercentTraffic', 'StageVariableOverrides', 'UseStageCache']
  return {
    RestApiId,
    ...same,
    MethodSettings: Object.entries((MethodSettings ?? {}) as Record<string, object>).map(settingOf),
    AccessLogSetting: AccessLogSettings
      ? capitalised(AccessLogSettings as object, ['DestinationArn', 'Format'])
      : undefined,
    CanarySetting: CanarySettings ? capitalised(CanarySettings as object, canary) : undefined,
  }
}

/** Settings are under `<path with ~1 for slashes>/<method>`. */
function settingOf([key, settings]: [string, object]) {
  const slash = key.lastIndexOf('/')
  const path = key.slice(0, slash).replaceAll('~1', '/')
  return {
    ResourcePath: path.startsWith('/') ? path : `/${path}`,
    HttpMethod: key.slice(slash + 1),
    ...capitalised(settings, settingNames),
  }
}
