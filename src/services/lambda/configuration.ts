import { isDeepStrictEqual } from 'node:util'
import { supportedRuntimes } from '../../functions/runtimes.ts'
import type { Host } from '../../kernel/host.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { changedDurable } from './durable/settings.ts'
import { constraint, invalid, unsupported } from './errors.ts'
import type { Code, Configuration, Logging } from './state.ts'

type Settings = Omit<
  Configuration,
  | 'code'
  | 'image'
  | 'layers'
  | 'network'
  | 'environment'
  | 'sealedEnvironment'
  | 'modifiedAtMs'
  | 'revisionId'
  | 'progress'
>
type Asked = Pick<
  InputFor<Api, 'UpdateFunctionConfiguration'>,
  | 'Role'
  | 'Handler'
  | 'Description'
  | 'Timeout'
  | 'MemorySize'
  | 'Runtime'
  | 'DeadLetterConfig'
  | 'KMSKeyArn'
  | 'TracingConfig'
  | 'EphemeralStorage'
  | 'LoggingConfig'
  | 'DurableConfig'
>

/** The settings of a new function. */
export function newSettings(input: InputFor<Api, 'CreateFunction'>): Settings {
  refuseWhatIsNotHere(input)
  const isImage = input.PackageType === 'Image'
  if (isImage !== (input.Code.ImageUri !== undefined)) {
    throw invalid('PackageType Image and Code.ImageUri are given together, or neither.')
  }
  if (isImage) refuseForImages(input)
  else if (!input.Runtime || !input.Handler) {
    throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.')
  }
  const defaults: Settings = {
    description: '',
    runtime: input.Runtime ?? '',
    handler: input.Handler ?? '',
    role: input.Role,
    memoryMb: 128,
    timeoutSec: 3,
    architecture: input.Architectures?.[0] ?? 'x86_64',
    ephemeralStorageMb: 512,
    tracing: 'PassThrough',
    logging: { format: 'Text' },
  }
  return changedSettings(defaults, input, true)
}

/** Settings with those that `input` names changed. */
export function changedSettings(before: Settings, input: Asked, isNew = false): Settings {
  if (input.Timeout !== undefined && input.Timeout > 900) {
    throw constraint(input.Timeout, 'timeout', 'Member must have value less than or equal to 900')
  }
  if (input.MemorySize !== undefined && input.MemorySize > 10_240) {
    throw constraint(input.MemorySize, 'memorySize', 'Member must have value less than or equal to 10240')
  }
  if (input.Runtime !== undefined) checkRuntime(input.Runtime)
  const logging = input.LoggingConfig ? changedLogging(before.logging, input.LoggingConfig) : before.logging
  return {
    description: input.Description ?? before.description,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    memoryMb: input.MemorySize ?? before.memoryMb,
    timeoutSec: input.Timeout ?? before.timeoutSec,
    architecture: before.architecture,
    ephemeralStorageMb: input.EphemeralStorage?.Size ?? before.ephemeralStorageMb,
    tracing: input.TracingConfig?.Mode ?? before.tracing,
    deadLetterArn: input.DeadLetterConfig ? input.DeadLetterConfig.TargetArn || undefined : before.deadLetterArn,
    kmsKeyArn: input.KMSKeyArn === undefined ? before.kmsKeyArn : input.KMSKeyArn || undefined,
    logging,
    durable: changedDurable(before.durable, input.DurableConfig, isNew),
  }
}

/** Throws InvalidParameterValueException when this host has nothing that runs the runtime; images bring what runs them. */
export async function checkRuntimeHere(host: Host, runtime: string): Promise<void> {
  if (runtime === '') return
  const why = await host.functions.unavailable(runtime)
  if (why !== undefined) throw invalid(why)
}

function checkRuntime(runtime: string): void {
  if (supportedRuntimes.includes(runtime)) return
  throw invalid(`Landfall runs functions in ${supportedRuntimes.join(', ')}; the runtime ${runtime} is not here.`)
}

function changedLogging(before: Logging, asked: NonNullable<Asked['LoggingConfig']>): Logging {
  const format = asked.LogFormat ?? before.format
  if (format === 'Text' && (asked.ApplicationLogLevel ?? asked.SystemLogLevel) !== undefined) {
    throw invalid('Log levels can be set only when LogFormat is JSON.')
  }
  return {
    format,
    applicationLevel: format === 'JSON' ? (asked.ApplicationLogLevel ?? before.applicationLevel ?? 'INFO') : undefined,
    systemLevel: format === 'JSON' ? (asked.SystemLogLevel ?? before.systemLevel ?? 'INFO') : undefined,
    group: asked.LogGroup ?? before.group,
  }
}

/** What only packages have. */
export function refuseForImages(input: Pick<Refused, 'Runtime' | 'Handler' | 'Layers'>): void {
  for (const name of ['Runtime', 'Handler', 'Layers'] as const) {
    if (input[name]?.length) throw invalid(`Please don't provide ${name} when the function's PackageType is Image.`)
  }
}

type Refused = Partial<InputFor<Api, 'CreateFunction'>>

/** Names what was asked for and can't be done: an empty value asks for nothing. */
export function refuseWhatIsNotHere(input: Omit<Refused, 'Code'>): void {
  if (input.FileSystemConfigs?.length)
    throw unsupported('FileSystemConfigs', 'there are no file systems. Leave it out.')
  if (input.SnapStart?.ApplyOn === 'PublishedVersions') {
    throw unsupported('SnapStart.ApplyOn PublishedVersions', 'use None; instances start in milliseconds.')
  }
  const never = ['TenancyConfig', 'CapacityProviderConfig', 'PublishTo'] as const
  for (const name of never) if (input[name] !== undefined) throw unsupported(name, 'leave it out.')
}

/** Whether two configurations do the same, whatever their descriptions say. */
export function fingerprint({
  description: _,
  modifiedAtMs: __,
  revisionId: ___,
  progress: ____,
  layers,
  sealedEnvironment,
  ...rest
}: Configuration): string {
  return JSON.stringify({
    ...rest,
    code: rest.code.sha256,
    layers: layers?.map(({ arn }) => arn),
    sealedEnvironment: sealedEnvironment?.id,
  })
}

export function sameCode(a: Code, b: Code): boolean {
  return isDeepStrictEqual(a, b)
}
