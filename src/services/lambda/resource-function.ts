import { isDeepStrictEqual } from 'node:util'
import { isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { inlinePackage } from './inline-code.ts'
import { functionArn } from './names.ts'

interface FunctionProperties {
  FunctionName?: string
  Code: { ZipFile?: string; S3Bucket?: string; S3Key?: string; S3ObjectVersion?: string; ImageUri?: string }
  Role: string
  Runtime?: string
  Handler?: string
  Description?: string
  Timeout?: number
  MemorySize?: number
  Environment?: { Variables?: Record<string, string> }
  Architectures?: string[]
  DeadLetterConfig?: { TargetArn?: string }
  EphemeralStorage?: { Size: number }
  FileSystemConfigs?: object[]
  KmsKeyArn?: string
  Layers?: string[]
  LoggingConfig?: { LogFormat?: string; LogGroup?: string; ApplicationLogLevel?: string; SystemLogLevel?: string }
  PackageType?: string
  ReservedConcurrentExecutions?: number
  SnapStart?: { ApplyOn?: string }
  Tags?: { Key: string; Value: string }[]
  TracingConfig?: { Mode?: string }
  VpcConfig?: { SubnetIds?: string[]; SecurityGroupIds?: string[] }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
export const functionResource = resource<FunctionProperties>({
  properties: [
    ...(['FunctionName', 'Code', 'Role', 'Runtime', 'Handler', 'Description', 'Timeout', 'MemorySize'] as const),
    ...(['Environment', 'Architectures', 'DeadLetterConfig', 'EphemeralStorage', 'FileSystemConfigs'] as const),
    ...(['KmsKeyArn', 'Layers', 'LoggingConfig', 'PackageType', 'ReservedConcurrentExecutions'] as const),
    ...(['SnapStart', 'Tags', 'TracingConfig', 'VpcConfig'] as const),
  ],
  async create(props, rx) {
    const name = props.FunctionName ?? rx.name({ maxLength: 64 })
    const { Architectures, PackageType, Runtime } = props
    await rx
      .invoke('lambda:CreateFunction', {
        FunctionName: name,
        ...settings(props),
        Code: await codeOf(props),
        Tags: tagsOf(props, rx),
        ...defined({ Architectures, PackageType, Runtime }),
      })
      .catch(async (error: unknown) => {
        // Made by an attempt that was broken off before it could say so.
        if (!isAwsError(error, 'ResourceConflictException') || !(await isOurs(name, rx))) throw error
      })
    rx.created(name)
    if (props.ReservedConcurrentExecutions !== undefined) await reserve(name, props, rx)
    return state(name, rx)
  },
  async update(name, props, previous, rx) {
    const code = [props.Code, props.Architectures] as const
    if (!isDeepStrictEqual(code, [previous.Code, previous.Architectures])) {
      const { ZipFile, ...rest } = await codeOf(props)
      await rx.invoke('lambda:UpdateFunctionCode', {
        FunctionName: name,
        ...rest,
        ...defined({ ZipFile, Architectures: props.Architectures ?? ['x86_64'] }),
      })
    }
    const next = { ...defaults, ...settings(props), ...defined({ Runtime: props.Runtime }) }
    const before = { ...defaults, ...settings(previous), ...defined({ Runtime: previous.Runtime }) }
    if (!isDeepStrictEqual(next, before)) {
      await rx.invoke('lambda:UpdateFunctionConfiguration', { FunctionName: name, ...next })
    }
    if (props.ReservedConcurrentExecutions !== previous.ReservedConcurrentExecutions) await reserve(name, props, rx)
    await retag(name, props, previous, rx)
    return state(name, rx)
  },
  async delete(name, _props, rx) {
    await rx.invoke('lambda:DeleteFunction', { FunctionName: name }).catch(ignoreMissing)
  },
})

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
}

function settings(props: FunctionProperties): Record<string, unknown> {
  const { Role, Handler, Description, Timeout, MemorySize, Environment, DeadLetterConfig, EphemeralStorage } = props
  const { FileSystemConfigs, KmsKeyArn: KMSKeyArn, Layers, LoggingConfig, SnapStart, TracingConfig, VpcConfig } = props
  return defined({
    ...{ Role, Handler, Description, Timeout, MemorySize, Environment, DeadLetterConfig, EphemeralStorage },
    ...{ FileSystemConfigs, KMSKeyArn, Layers, LoggingConfig, SnapStart, TracingConfig, VpcConfig },
  })
}

/** Without the members that are undefined. */
export function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

async function codeOf({ Code, Runtime = '' }: FunctionProperties): Promise<Record<string, unknown>> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri } = Code
  return defined({
    ZipFile: ZipFile === undefined ? undefined : await inlinePackage(ZipFile, Runtime),
    ...{ S3Bucket, S3Key, S3ObjectVersion, ImageUri },
  })
}

async function reserve(name: string, props: FunctionProperties, rx: ResourceCtx): Promise<void> {
  const { ReservedConcurrentExecutions } = props
  if (ReservedConcurrentExecutions === undefined) {
    await rx.invoke('lambda:DeleteFunctionConcurrency', { FunctionName: name })
  } else {
    await rx.invoke('lambda:PutFunctionConcurrency', { FunctionName: name, ReservedConcurrentExecutions })
  }
}

function tagsOf(props: FunctionProperties, rx: ResourceCtx): Record<string, string> {
  return { ...rx.tags, ...Object.fromEntries((props.Tags ?? []).map(({ Key, Value }) => [Key, Value])) }
}

async function retag(name: string, props: FunctionProperties, previous: FunctionProperties, rx: ResourceCtx) {
  const Resource = functionArn({ scope: { account: rx.account, region: rx.region }, name })
  const next = tagsOf(props, rx)
  const before = {
    ...rx.previousTags,
    ...Object.fromEntries((previous.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
  }
  if (isDeepStrictEqual(next, before)) return
  const TagKeys = Object.keys(before).filter((key) => !(key in next))
  if (TagKeys.length > 0) await rx.invoke('lambda:UntagResource', { Resource, TagKeys })
  if (Object.keys(next).length > 0) await rx.invoke('lambda:TagResource', { Resource, Tags: next })
}

const stackTag = 'aws:cloudformation:stack-id'
const logicalTag = 'aws:cloudformation:logical-id'

async function isOurs(name: string, rx: ResourceCtx): Promise<boolean> {
  const { Tags = {} } = await rx.invoke<{ Tags?: Record<string, string> }>('lambda:GetFunction', { FunctionName: name })
  return (
    Tags[stackTag] !== undefined && Tags[stackTag] === rx.tags[stackTag] && Tags[logicalTag] === rx.tags[logicalTag]
  )
}

function state(name: string, rx: ResourceCtx) {
  const Arn = functionArn({ scope: { account: rx.account, region: rx.region }, name })
  return { id: name, attributes: { Arn } }
}

/** Deleting what is gone already is done. */
export function ignoreMissing(error: unknown): void {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}
