import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { defined } from './resource-function.ts'
import { type ProvisionedConfig, provision } from './resource-provisioned.ts'
import { ignoreMissing, readAlias, readVersion } from './resource-reads.ts'

interface VersionProperties {
  FunctionName: string
  CodeSha256?: string
  Description?: string
  RuntimePolicy?: { UpdateRuntimeOn: string; RuntimeVersionArn?: string }
  ProvisionedConcurrencyConfig?: ProvisionedConfig
}

interface AliasProperties {
  FunctionName: string
  FunctionVersion: string
  Name: string
  Description?: string
  ProvisionedConcurrencyConfig?: ProvisionedConfig
  RoutingConfig?: { AdditionalVersionWeights?: { FunctionVersion: string; FunctionWeight: number }[] }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-version.html */
export const versionResource = resource<VersionProperties>({
  properties: ['FunctionName', 'CodeSha256', 'Description', 'RuntimePolicy', 'ProvisionedConcurrencyConfig'],
  async create({ FunctionName, CodeSha256, Description, RuntimePolicy, ProvisionedConcurrencyConfig }, rx) {
    const before = await versionsOf(FunctionName, rx)
    const made = await rx.invoke<{ FunctionArn: string; Version: string }>(
      'lambda:PublishVersion',
      defined({ FunctionName, CodeSha256, Description }) as object,
    )
    if (before.has(made.Version)) {
      throw awsError(
        'AlreadyExists',
        `A version for this Lambda function exists ( ${made.Version} ). Modify the function to create a new version.`,
      )
    }
    if (RuntimePolicy) {
      rx.created(made.FunctionArn)
      await rx.invoke('lambda:PutRuntimeManagementConfig', { FunctionName: made.FunctionArn, ...RuntimePolicy })
    }
    if (ProvisionedConcurrencyConfig) {
      rx.created(made.FunctionArn)
      await provision({ FunctionName, Qualifier: made.Version }, ProvisionedConcurrencyConfig, rx)
    }
    return { id: made.FunctionArn, attributes: { FunctionArn: made.FunctionArn, Version: made.Version } }
  },
  async delete(arn, _props, rx) {
    await rx.invoke('lambda:DeleteFunction', { FunctionName: arn }).catch(ignoreMissing)
  },
  read: (arn, { FunctionName = arn.split(':').slice(0, 7).join(':') }, rx) => readVersion(arn, FunctionName, rx),
  adopt(arn) {
    // The ARN of a function, or of an alias, would do for the operation that reads it.
    const Version = /^arn:.*:function:[^:]+:([0-9]+)$/.exec(arn)?.[1]
    return Version === undefined ? undefined : { id: arn, attributes: { FunctionArn: arn, Version } }
  },
})

async function versionsOf(FunctionName: string, rx: ResourceCtx): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let Marker: string | undefined
  do {
    const page = await rx.invoke<{ Versions?: { Version: string }[]; NextMarker?: string }>(
      'lambda:ListVersionsByFunction',
      defined({ FunctionName, Marker }) as object,
    )
    for (const { Version } of page.Versions ?? []) found.add(Version)
    Marker = page.NextMarker
  } while (Marker !== undefined)
  return found
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-alias.html */
export const aliasResource = resource<AliasProperties>({
  properties: [
    ...(['FunctionName', 'FunctionVersion', 'Name', 'Description', 'RoutingConfig'] as const),
    'ProvisionedConcurrencyConfig',
  ],
  async create(props, rx) {
    const { FunctionName, FunctionVersion, Name, Description } = props
    const { AliasArn } = await rx.invoke<{ AliasArn: string }>(
      'lambda:CreateAlias',
      defined({ FunctionName, FunctionVersion, Name, Description, RoutingConfig: routing(props) }),
    )
    if (props.ProvisionedConcurrencyConfig) {
      rx.created(AliasArn)
      await provision({ FunctionName, Qualifier: Name }, props.ProvisionedConcurrencyConfig, rx)
    }
    return { id: AliasArn, attributes: { AliasArn } }
  },
  async update(id, props, previous, rx) {
    const { FunctionName, FunctionVersion, Name, Description = '' } = props
    await rx.invoke('lambda:UpdateAlias', {
      ...{ FunctionName, FunctionVersion, Name, Description },
      RoutingConfig: routing(props) ?? { AdditionalVersionWeights: {} },
    })
    const of = { FunctionName, Qualifier: Name }
    if (props.ProvisionedConcurrencyConfig) await provision(of, props.ProvisionedConcurrencyConfig, rx)
    else if (previous.ProvisionedConcurrencyConfig) await rx.invoke('lambda:DeleteProvisionedConcurrencyConfig', of)
    return { id, attributes: { AliasArn: id } }
  },
  async delete(_id, { FunctionName, Name }, rx) {
    await rx.invoke('lambda:DeleteAlias', { FunctionName, Name }).catch((error: unknown) => {
      if (!isAwsError(error, 'ResourceNotFoundException')) throw error
    })
  },
  read(id, props, rx) {
    const [functionName, name] = [id.slice(0, id.lastIndexOf(':')), id.slice(id.lastIndexOf(':') + 1)]
    return readAlias({ FunctionName: props.FunctionName ?? functionName, Name: props.Name ?? name }, rx)
  },
  adopt: (id) => (/^arn:.*:function:[^:]+:[^:]+$/.test(id) ? { id, attributes: { AliasArn: id } } : undefined),
})

function routing({ RoutingConfig }: AliasProperties) {
  const weights = RoutingConfig?.AdditionalVersionWeights
  if (!weights || weights.length === 0) return undefined
  return {
    AdditionalVersionWeights: Object.fromEntries(
      weights.map(({ FunctionVersion, FunctionWeight }) => [FunctionVersion, FunctionWeight]),
    ),
  }
}
