import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import { mappingArn } from './names.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

type Tags = Readonly<Record<string, string>>
const tagList = (tags: Tags = {}) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

interface Policy {
  readonly Statement: readonly {
    readonly Sid: string
    readonly Action: string
    readonly Principal: string | Readonly<Record<string, string>>
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
  }[]
}

/** What a condition of a policy that AddPermission or AddLayerVersionPermission has written is about. */
function conditionOf(condition: Policy['Statement'][number]['Condition'] = {}): Readonly<Record<string, string>> {
  return Object.assign({}, ...Object.values(condition)) as Record<string, string>
}

/** Whom a statement lets in, as it was given. */
/** An account may be named by its number or as ARN of its root: as it is `wanted`, and by its number where nobody has said. */
function principalOf(principal: Policy['Statement'][number]['Principal'], wanted?: string): string | undefined {
  const one = typeof principal === 'string' ? principal : Object.values(principal)[0]
  const account = one && /^arn:aws:iam::(\d{12}):root$/.exec(one)?.[1]
  return account && (wanted ?? account) === account ? account : one
}

/** A permission as its properties would say it. */
export async function readPermission(
  id: string,
  { FunctionName, Principal }: { FunctionName: string; Principal: string },
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await rx.invoke<{ Policy: string }>('lambda:GetPolicy', { FunctionName }).catch(ignoreMissing)
  const statement = found && (JSON.parse(found.Policy) as Policy).Statement.find(({ Sid }) => Sid === id)
  if (!statement) return undefined
  const condition = conditionOf(statement.Condition)
  return {
    FunctionName,
    Action: statement.Action,
    Principal: principalOf(statement.Principal, Principal),
    EventSourceToken: condition['lambda:EventSourceToken'],
    FunctionUrlAuthType: condition['lambda:FunctionUrlAuthType'],
    InvokedViaFunctionUrl: condition['lambda:InvokedViaFunctionUrl'],
    PrincipalOrgID: condition['aws:PrincipalOrgID'],
    SourceAccount: condition['AWS:SourceAccount'] ?? condition['aws:SourceAccount'],
    SourceArn: condition['AWS:SourceArn'] ?? condition['aws:SourceArn'],
  }
}

/** A permission of a layer's version as its properties would say it. */
export async function readLayerPermission(
  StatementId: string,
  version: object,
  { LayerVersionArn, Principal }: { LayerVersionArn: string; Principal?: string },
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const statement = (await layerStatements(version, rx)).find(({ Sid }) => Sid === StatementId)
  if (!statement) return undefined
  return {
    LayerVersionArn,
    Action: statement.Action,
    Principal: principalOf(statement.Principal, Principal),
    OrganizationId: conditionOf(statement.Condition)['aws:PrincipalOrgID'],
  }
}

/** Who may use a version of a layer, said one by one. */
export async function layerStatements(version: object, rx: ResourceReader): Promise<Policy['Statement']> {
  const found = await rx.invoke<{ Policy: string }>('lambda:GetLayerVersionPolicy', version).catch(ignoreMissing)
  return found ? (JSON.parse(found.Policy) as Policy).Statement : []
}

const mappingMembers = [
  ...['EventSourceArn', 'BatchSize', 'FilterCriteria', 'FunctionResponseTypes', 'MaximumBatchingWindowInSeconds'],
  ...['ScalingConfig', 'StartingPosition', 'ParallelizationFactor', 'BisectBatchOnFunctionError'],
  ...['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'TumblingWindowInSeconds', 'DestinationConfig'],
  'ProvisionedPollerConfig',
]

/** An event source mapping as its properties would say it; the function in the form in which its template names it. */
export async function readMapping(
  UUID: string,
  { FunctionName }: { FunctionName: string },
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ State: string; FunctionArn: string }>('lambda:GetEventSourceMapping', { UUID })
    .catch(ignoreMissing)
  if (!found || found.State === 'Deleting') return undefined
  const { Tags: tags } = await rx.invoke<{ Tags?: Tags }>('lambda:ListTags', {
    Resource: mappingArn({ account: rx.account, region: rx.region }, UUID),
  })
  return {
    ...members(found, mappingMembers),
    FunctionName: found.FunctionArn.endsWith(`:${FunctionName}`) ? FunctionName : found.FunctionArn,
    Enabled: /^Enabl|^Creat|^Updat/.test(found.State),
    Tags: tagList(tags),
  }
}

/** How often and how long a function's events are tried, as its properties would say it. */
export async function readEventInvokeConfig(of: { FunctionName: string; Qualifier: string }, rx: ResourceReader) {
  const found = await rx.invoke<object>('lambda:GetFunctionEventInvokeConfig', of).catch(ignoreMissing)
  return (
    found && { ...of, ...members(found, ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig']) }
  )
}

async function provisionedOf(of: { FunctionName: string; Qualifier: string }, rx: ResourceReader) {
  const found = await rx
    .invoke<{ RequestedProvisionedConcurrentExecutions?: number }>('lambda:GetProvisionedConcurrencyConfig', of)
    .catch((error: unknown) => {
      if (!isAwsError(error, 'ProvisionedConcurrencyConfigNotFoundException', 'ResourceNotFoundException')) throw error
    })
  return found && { ProvisionedConcurrentExecutions: found.RequestedProvisionedConcurrentExecutions }
}

/** A version as its properties would say it. */
export async function readVersion(arn: string, FunctionName: string, rx: ResourceReader) {
  const found = await rx
    .invoke<{ Version: string }>('lambda:GetFunctionConfiguration', { FunctionName: arn })
    .catch(ignoreMissing)
  if (!found) return undefined
  const { UpdateRuntimeOn, RuntimeVersionArn } = await rx.invoke<{
    UpdateRuntimeOn: string
    RuntimeVersionArn?: string
  }>('lambda:GetRuntimeManagementConfig', { FunctionName: arn })
  return {
    FunctionName,
    ...members(found, ['CodeSha256', 'Description']),
    RuntimePolicy: { UpdateRuntimeOn, RuntimeVersionArn },
    ProvisionedConcurrencyConfig: await provisionedOf({ FunctionName, Qualifier: found.Version }, rx),
  }
}

/** An alias as its properties would say it. */
export async function readAlias(of: { FunctionName: string; Name: string }, rx: ResourceReader) {
  const found = await rx
    .invoke<{ RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> } }>('lambda:GetAlias', of)
    .catch(ignoreMissing)
  if (!found) return undefined
  const weights = Object.entries(found.RoutingConfig?.AdditionalVersionWeights ?? {})
  return {
    ...of,
    ...members(found, ['FunctionVersion', 'Description']),
    RoutingConfig:
      weights.length === 0
        ? undefined
        : {
            AdditionalVersionWeights: weights.map(([FunctionVersion, FunctionWeight]) => ({
              FunctionVersion,
              FunctionWeight,
            })),
          },
    ProvisionedConcurrencyConfig: await provisionedOf({ FunctionName: of.FunctionName, Qualifier: of.Name }, rx),
  }
}

/** A URL as its properties would say it; the function in the form in which its template names it. */
export async function readUrl(
  FunctionName: string,
  { TargetFunctionArn, Qualifier }: { TargetFunctionArn: string; Qualifier?: string },
  rx: ResourceReader,
) {
  const found = await rx.invoke<object>('lambda:GetFunctionUrlConfig', { FunctionName }).catch(ignoreMissing)
  return found && { TargetFunctionArn, Qualifier, ...members(found, ['AuthType', 'Cors', 'InvokeMode']) }
}

/** A code signing configuration as its properties would say it. */
export async function readCodeSigning(CodeSigningConfigArn: string, rx: ResourceReader) {
  const found = await rx
    .invoke<{ CodeSigningConfig: object }>('lambda:GetCodeSigningConfig', { CodeSigningConfigArn })
    .catch(ignoreMissing)
  if (!found) return undefined
  const { Tags: tags } = await rx.invoke<{ Tags?: Tags }>('lambda:ListTags', { Resource: CodeSigningConfigArn })
  const names = ['AllowedPublishers', 'CodeSigningPolicies', 'Description']
  return { ...members(found.CodeSigningConfig, names), Tags: tagList(tags) }
}

/** A version of a layer as its properties would say it, without its content. */
export async function readLayerVersion(arn: string, rx: ResourceReader) {
  const found = await rx.invoke<object>('lambda:GetLayerVersionByArn', { Arn: arn }).catch(ignoreMissing)
  if (!found) return undefined
  const names = ['Description', 'LicenseInfo', 'CompatibleRuntimes', 'CompatibleArchitectures']
  return { ...members(found, names), LayerName: arn.split(':').at(-2) }
}

/** The policy of a function as its properties would say it, without the id that one without gets. */
export async function readResourcePolicy(
  ResourceArn: string,
  { PolicyDocument: wanted = {} }: { PolicyDocument?: object | string },
  rx: ResourceReader,
) {
  const found = await rx.invoke<{ Policy: string }>('lambda:GetResourcePolicy', { ResourceArn }).catch(ignoreMissing)
  if (!found) return undefined
  const { Id, ...document } = JSON.parse(found.Policy) as { Id?: string }
  const named = (typeof wanted === 'string' ? (JSON.parse(wanted) as object) : wanted) as { Id?: string }
  return { ResourceArn, PolicyDocument: { ...(named.Id === undefined && Id === 'default' ? {} : { Id }), ...document } }
}

const functionMembers = [
  ...['FunctionName', 'Role', 'Runtime', 'Handler', 'Description', 'Timeout', 'MemorySize', 'Architectures'],
  ...['DeadLetterConfig', 'EphemeralStorage', 'FileSystemConfigs', 'LoggingConfig', 'PackageType', 'TracingConfig'],
  ...['SnapStart', 'VpcConfig', 'DurableConfig'],
]

interface Configuration {
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> }
  readonly KMSKeyArn?: string
  readonly Layers?: readonly { readonly Arn: string }[]
  readonly ImageConfigResponse?: { readonly ImageConfig?: object }
}

/** A function as its properties would say it, without its code, which can't be compared with where it came from. */
export async function readFunction(FunctionName: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const asked = { FunctionName }
  const found = await rx
    .invoke<{ Configuration: Configuration; Tags?: Tags; Concurrency?: object }>('lambda:GetFunction', asked)
    .catch(ignoreMissing)
  if (!found) return undefined
  const { Configuration: is, Tags: tags, Concurrency } = found
  const signing = await rx.invoke<{ CodeSigningConfigArn?: string }>('lambda:GetFunctionCodeSigningConfig', asked)
  const recursion = await rx.invoke<{ RecursiveLoop?: string }>('lambda:GetFunctionRecursionConfig', asked)
  const runtime = await rx.invoke<object>('lambda:GetRuntimeManagementConfig', asked)
  return {
    ...members(is, functionMembers),
    Environment: is.Environment && { Variables: is.Environment.Variables },
    KmsKeyArn: is.KMSKeyArn,
    Layers: is.Layers?.map(({ Arn }) => Arn),
    ImageConfig: is.ImageConfigResponse?.ImageConfig,
    ...members(Concurrency ?? {}, ['ReservedConcurrentExecutions']),
    CodeSigningConfigArn: signing.CodeSigningConfigArn,
    RecursiveLoop: recursion.RecursiveLoop,
    RuntimeManagementConfig: members(runtime, ['UpdateRuntimeOn', 'RuntimeVersionArn']),
    Tags: tagList(tags),
  }
}
