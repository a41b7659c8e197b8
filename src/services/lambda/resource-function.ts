import { isDeepStrictEqual } from 'node:util'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { lookUntil } from '../../kernel/look-again.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import { inlinePackage } from './inline-code.ts'
import { functionArn } from './names.ts'
import { type OwnSettings, putOwnSettings } from './resource-function-settings.ts'
import { ignoreMissing, readFunction } from './resource-reads.ts'

interface FunctionProperties extends OwnSettings {
  FunctionName?: string
  Code: {
    ZipFile?: string
    S3Bucket?: string
    S3Key?: string
    S3ObjectVersion?: string
    S3ObjectStorageMode?: string
    SourceKMSKeyArn?: string
    ImageUri?: string
  }
  Role: string
  Runtime?: string
  Handler?: string
  Description?: string
  Timeout?: number
  MemorySize?: number
  Environment?: { Variables?: Record<string, string> }
  Architectures?: string[]
  DeadLetterConfig?: { TargetArn?: string }
  DurableConfig?: { ExecutionTimeout: number; RetentionPeriodInDays?: number; KMSKeyArn?: string }
  EphemeralStorage?: { Size: number }
  FileSystemConfigs?: object[]
  ImageConfig?: { Command?: string[]; EntryPoint?: string[]; WorkingDirectory?: string }
  KmsKeyArn?: string
  Layers?: string[]
  LoggingConfig?: { LogFormat?: string; LogGroup?: string; ApplicationLogLevel?: string; SystemLogLevel?: string }
  PackageType?: string
  SnapStart?: { ApplyOn?: string }
  Tags?: { Key: string; Value: string }[]
  TracingConfig?: { Mode?: string }
  VpcConfig?: { SubnetIds?: string[]; SecurityGroupIds?: string[]; Ipv6AllowedForDualStack?: boolean }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
export const functionResource = resource<FunctionProperties>({
  properties: [
    ...(['FunctionName', 'Code', 'Role', 'Runtime', 'Handler', 'Description', 'Timeout', 'MemorySize'] as const),
    ...(['Environment', 'Architectures', 'DeadLetterConfig', 'EphemeralStorage', 'FileSystemConfigs'] as const),
    ...(['KmsKeyArn', 'Layers', 'LoggingConfig', 'PackageType', 'ReservedConcurrentExecutions'] as const),
    ...(['SnapStart', 'Tags', 'TracingConfig', 'VpcConfig', 'CodeSigningConfigArn', 'ImageConfig'] as const),
    ...(['RecursiveLoop', 'RuntimeManagementConfig', 'DurableConfig'] as const),
  ],
  async create(props, rx) {
    const name = props.FunctionName ?? rx.name({ maxLength: 64 })
    const { Architectures, PackageType, Runtime, CodeSigningConfigArn } = props
    await rx
      .invoke('lambda:CreateFunction', {
        FunctionName: name,
        ...settings(props),
        Code: await codeOf(props),
        Tags: resourceTags(props.Tags, rx),
        ...defined({ Architectures, PackageType, Runtime, CodeSigningConfigArn }),
      })
      .catch(async (error: unknown) => {
        // Made by an attempt that was broken off before it could say so.
        if (!isAwsError(error, 'ResourceConflictException') || !(await isOurs(name, rx))) throw error
      })
    rx.created(name)
    await stabilized(name, props, rx)
    await putOwnSettings(name, props, {}, rx, afterCode)
    return state(name, rx)
  },
  async update(name, props, previous, rx) {
    if (previous.DurableConfig && !props.DurableConfig) {
      throw awsError('InvalidRequest', `The function ${name} is durable, which it is for good: give it another name.`)
    }
    // An attempt that was broken off may have begun an update.
    await stabilized(name, props, rx)
    await putOwnSettings(name, props, previous, rx, ['CodeSigningConfigArn'])
    const code = [props.Code, props.Architectures] as const
    if (!isDeepStrictEqual(code, [previous.Code, previous.Architectures])) {
      const { ZipFile, ...rest } = await codeOf(props)
      await rx.invoke('lambda:UpdateFunctionCode', {
        FunctionName: name,
        ...rest,
        ...defined({ ZipFile, Architectures: props.Architectures ?? ['x86_64'] }),
      })
      await stabilized(name, props, rx, true)
    }
    // What packages are not even to be given as empty.
    const noImage = previous.ImageConfig && !props.ImageConfig ? { ImageConfig: {} } : {}
    const next = { ...defaults, ...noImage, ...settings(props), ...defined({ Runtime: props.Runtime }) }
    const before = { ...defaults, ...settings(previous), ...defined({ Runtime: previous.Runtime }) }
    if (!isDeepStrictEqual(next, before)) {
      await rx.invoke('lambda:UpdateFunctionConfiguration', { FunctionName: name, ...next })
    }
    await putOwnSettings(name, props, previous, rx, afterCode)
    await retag(functionArn({ scope: { account: rx.account, region: rx.region }, name }), props, previous, rx)
    return state(name, rx)
  },
  async delete(name, _props, rx) {
    await rx.invoke('lambda:DeleteFunction', { FunctionName: name }).catch(ignoreMissing)
  },
  read: (name, _props, rx) => readFunction(name, rx),
  adopt: state,
  list: listing('lambda:ListFunctions', {
    items: 'Functions',
    id: 'FunctionName',
    token: ['NextMarker', 'Marker'],
  }),
})

interface Stability {
  readonly State?: string
  readonly StateReason?: string
  readonly LastUpdateStatus?: string
  readonly LastUpdateStatusReason?: string
}

/** Waits for what is done to an image after the answer; packages are there with it. `updated`: a failed update fails this. */
async function stabilized(name: string, { PackageType }: FunctionProperties, rx: ResourceCtx, updated = false) {
  if (PackageType !== 'Image') return
  await lookUntil(rx, async () => {
    const found = await rx.invoke<Stability>('lambda:GetFunctionConfiguration', { FunctionName: name })
    if (found.State === 'Pending' || found.LastUpdateStatus === 'InProgress') return undefined
    const reason = found.State === 'Failed' ? found.StateReason : found.LastUpdateStatusReason
    if (found.State === 'Failed' || (updated && found.LastUpdateStatus === 'Failed')) {
      throw awsError('NotStabilized', `The function ${name} failed: ${reason}`)
    }
    return true
  })
}

/** Code is signed, or not, before it is deployed; these come after. */
const afterCode = ['RecursiveLoop', 'RuntimeManagementConfig', 'ReservedConcurrentExecutions'] as const

/** What settings go back to when they are removed from the template. */
const defaults = {
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  Environment: { Variables: {} },
  DeadLetterConfig: {},
  EphemeralStorage: { Size: 512 },
  TracingConfig: { Mode: 'PassThrough' },
  LoggingConfig: { LogFormat: 'Text' },
  KMSKeyArn: '',
  Layers: [],
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
}

function settings(props: FunctionProperties): Record<string, unknown> {
  const { Role, Handler, Description, Timeout, MemorySize, Environment, DeadLetterConfig, EphemeralStorage } = props
  const { FileSystemConfigs, KmsKeyArn: KMSKeyArn, Layers, LoggingConfig, SnapStart, TracingConfig, VpcConfig } = props
  const { ImageConfig, DurableConfig } = props
  return defined({
    ...{ Role, Handler, Description, Timeout, MemorySize, Environment, DeadLetterConfig, EphemeralStorage },
    ...{ FileSystemConfigs, KMSKeyArn, Layers, LoggingConfig, SnapStart, TracingConfig, VpcConfig, ImageConfig },
    DurableConfig,
  })
}

/** Without the members that are undefined. */
export function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

async function codeOf({ Code, Runtime = '' }: FunctionProperties): Promise<Record<string, unknown>> {
  const { ZipFile, ...rest } = Code
  return defined({
    ZipFile: ZipFile === undefined ? undefined : await inlinePackage(ZipFile, Runtime),
    ...rest,
  })
}

interface Tagged {
  Tags?: { Key: string; Value: string }[]
}

/** Gives a resource of Lambda the tags of its template and its stack, and takes away those that it had by them. */
export async function retag(Resource: string, props: Tagged, previous: Tagged, rx: ResourceCtx): Promise<void> {
  const TagKeys = removedTags(props.Tags, previous.Tags, rx)
  if (TagKeys.length > 0) await rx.invoke('lambda:UntagResource', { Resource, TagKeys })
  const Tags = resourceTags(props.Tags, rx)
  if (Object.keys(Tags).length > 0) await rx.invoke('lambda:TagResource', { Resource, Tags })
}

const stackTag = 'aws:cloudformation:stack-id'
const logicalTag = 'aws:cloudformation:logical-id'

async function isOurs(name: string, rx: ResourceCtx): Promise<boolean> {
  const { Tags = {} } = await rx.invoke<{ Tags?: Record<string, string> }>('lambda:GetFunction', { FunctionName: name })
  return (
    Tags[stackTag] !== undefined && Tags[stackTag] === rx.tags[stackTag] && Tags[logicalTag] === rx.tags[logicalTag]
  )
}

function state(name: string, rx: ResourceReader) {
  const Arn = functionArn({ scope: { account: rx.account, region: rx.region }, name })
  // Nothing but None is taken.
  const snapStart = { ApplyOn: 'None', OptimizationStatus: 'Off' }
  return {
    id: name,
    attributes: {
      Arn,
      SnapStartResponse: snapStart,
      'SnapStartResponse.ApplyOn': snapStart.ApplyOn,
      'SnapStartResponse.OptimizationStatus': snapStart.OptimizationStatus,
    },
  }
}
