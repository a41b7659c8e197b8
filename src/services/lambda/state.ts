import type {
  ApplicationLogLevel,
  Architecture,
  CodeSigningPolicy,
  Cors,
  FunctionUrlAuthType,
  LastUpdateStatusReasonCode,
  LogFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  TracingMode,
  UpdateRuntimeOn,
} from '@aws-sdk/client-lambda'
import type { Checkpoint } from '../../delivery/stream-checkpoints.ts'
import type { BlobRef } from '../../kernel/blobs.ts'
import type { ContainerImage } from '../../kernel/container-image.ts'
import type { Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { DurableSettings } from './durable/state.ts'

/** What a version of a function is: its code and configuration. Times in epoch milliseconds. */
export interface Configuration {
  readonly description: string
  /** Empty, as is the handler, of a function that is an image. */
  readonly runtime: Runtime | ''
  readonly handler: string
  /** Absent: the function is a package. */
  readonly image?: FunctionImage | undefined
  readonly role: string
  readonly memoryMb: number
  readonly timeoutSec: number
  /** As kept before environments were sealed. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** The id changes when a variable does. `keyArn`: under that key of KMS; absent: sealed by the data folder's. */
  readonly sealedEnvironment?: { readonly id: string; readonly bytes: Uint8Array; readonly keyArn?: string } | undefined
  readonly code: Code
  /** In order; absent: none. */
  readonly layers?: readonly FunctionLayer[] | undefined
  /** Absent: attached to no VPC. */
  readonly network?: FunctionNetwork | undefined
  readonly architecture: Architecture
  readonly ephemeralStorageMb: number
  readonly tracing: TracingMode
  readonly deadLetterArn?: string | undefined
  readonly kmsKeyArn?: string | undefined
  readonly logging: Logging
  /** Absent: it is not durable. */
  readonly durable?: DurableSettings | undefined
  readonly modifiedAtMs: number
  /** Changes with every change: of code, of configuration, of what is attached. */
  readonly revisionId: string
  /** Absent: it is Active, and its last update Successful. */
  readonly progress?: Progress | undefined
}

/** What is, or was in vain, done for a version after its request has been answered (docs/functions.md#states). */
export interface Progress {
  /** The same for all versions that wait for one job. */
  readonly id: string
  /** Of an update: what the function was before goes on. */
  readonly of: 'creation' | 'update'
  /** Why it failed; absent: it is under way. */
  readonly failed?: { readonly code: LastUpdateStatusReasonCode; readonly reason: string } | undefined
}

/** The container image of a function. */
export interface FunctionImage {
  /** As it was named. */
  readonly uri: string
  /** What that was, when it was named; absent: the engine has to pull it first. */
  readonly found?: ContainerImage | undefined
  readonly settings?: ImageSettings | undefined
}

/** What is run instead of the image's own; absent: the image's. */
export interface ImageSettings {
  readonly entryPoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDirectory?: string
}

/** The VPC that a function is attached to, and the groups that decide what it may reach. */
export interface FunctionNetwork {
  readonly vpcId: string
  readonly subnetIds: readonly string[]
  readonly groupIds: readonly string[]
}

export interface Logging {
  readonly format: LogFormat
  readonly applicationLevel?: ApplicationLogLevel | undefined
  readonly systemLevel?: SystemLogLevel | undefined
  /** Absent: `/aws/lambda/<name>`. */
  readonly group?: string | undefined
}

/** A deployment package; the body itself is in `codeBody`, shared by the versions that have it. */
export interface Code {
  readonly id: string
  /** Base64; of an image hexadecimal, and empty until it is found. */
  readonly sha256: string
  readonly sizeBytes: number
  /** Absent in packages received before it was kept. */
  readonly unzippedBytes?: number | undefined
}

/** A layer version that a version of a function has: its code is kept for it, also when the layer version is deleted. */
export interface FunctionLayer {
  readonly arn: string
  readonly code: Code
}

/** One version of a layer. */
export interface LayerVersion {
  readonly name: string
  readonly version: number
  readonly code: Code
  readonly description: string
  readonly license?: string | undefined
  readonly runtimes?: readonly Runtime[] | undefined
  readonly architectures?: readonly Architecture[] | undefined
  readonly createdAtMs: number
}

/** A function: what `$LATEST` is, and what belongs to all versions. */
export interface LambdaFunction {
  readonly name: string
  /** Differs for every function ever made, also of the same name. */
  readonly id: string
  readonly latest: Configuration
  /** What it will be once its update is done; present only as long as that is under way. */
  readonly upcoming?: Configuration | undefined
  /** Of the last published version; versions count from 1 and are never used twice. */
  readonly lastVersion: number
  /** What was published last, so that the same is not published again. */
  readonly lastPublished?: { readonly version: string; readonly fingerprint: string } | undefined
  readonly reservedConcurrency?: number | undefined
  /** The sum over its versions and aliases; absent: none. */
  readonly provisionedConcurrency?: number | undefined
  /** The id of its code signing configuration. */
  readonly codeSigningId?: string | undefined
  /** Absent: Terminate. */
  readonly recursiveLoop?: RecursiveLoop | undefined
  readonly tags: Readonly<Record<string, string>>
}

export interface Alias {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Share of requests (0 to 1) that go to another version instead. */
  readonly additional?: { readonly version: string; readonly weight: number } | undefined
  readonly revisionId: string
}

/** A function's resource policy, or that of one of its versions and aliases. */
export interface Policy {
  /** `Version` and `Id` of a policy that was put as a document; absent: those that Lambda gives. */
  readonly version?: string | undefined
  readonly id?: string | undefined
  readonly statements: readonly Statement[]
  readonly revisionId: string
}
/** As the policy language has it, checked when it was stored. */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: unknown
  readonly Action?: unknown
  readonly Resource?: unknown
  readonly Condition?: unknown
}

/** Whose signatures are trusted, and what becomes of packages without. */
export interface CodeSigningConfig {
  readonly id: string
  readonly description: string
  readonly publishers: readonly string[]
  readonly policy: CodeSigningPolicy
  readonly tags: Readonly<Record<string, string>>
  readonly modifiedAtMs: number
}

/** How events of asynchronous invocations are retried, and where they end. */
export interface EventInvokeConfig {
  readonly retries?: number | undefined
  readonly maxAgeSec?: number | undefined
  readonly onSuccess?: string | undefined
  readonly onFailure?: string | undefined
  readonly modifiedAtMs: number
}

/** Instances that are to be kept for a version or alias. */
export interface ProvisionedConcurrency {
  readonly requested: number
  readonly modifiedAtMs: number
}

/** The URL of a function or alias. */
export interface FunctionUrl {
  readonly id: string
  readonly authType: FunctionUrlAuthType
  readonly cors?: Cors | undefined
  /** Absent: `BUFFERED`. */
  readonly invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM' | undefined
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

/** A queue whose messages are given to a function. */
export interface EventSourceMapping {
  readonly id: string
  readonly sourceArn: string
  readonly functionName: string
  /** A version or alias. */
  readonly qualifier?: string | undefined
  readonly enabled: boolean
  readonly batchSize: number
  readonly windowSec: number
  readonly reportFailures: boolean
  /** Patterns as given (JSON). */
  readonly filters: readonly string[]
  readonly maxConcurrency?: number | undefined
  /** Absent: not in provisioned mode. */
  readonly provisionedPollers?: { readonly min: number; readonly max: number } | undefined
  /** Of sources that are streams. */
  readonly stream?: StreamMapping | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  /** Why it is in its state: `USER_INITIATED`, or an error that the poller met. */
  readonly reason: string
}

export interface StreamMapping {
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP'
  /** Of AT_TIMESTAMP. */
  readonly startingAtMs?: number | undefined
  /** Batches of a shard at the function at once; records of one key are in one of them. */
  readonly lanes: number
  readonly bisect: boolean
  /** -1: until the records are gone. */
  readonly maxRetries: number
  /** -1: as old as the stream keeps them. */
  readonly maxAgeSec: number
  /** ARN of a queue. */
  readonly onFailure?: string | undefined
  /** Length of the windows whose state the function keeps; absent: none. */
  readonly tumblingSec?: number | undefined
}

const lambda = keyspace('lambda')

export const lambdaFunction = lambda.record<LambdaFunction, [name: string]>('function', { shared: true })
/** Versions are ordered by number. */
export const version = lambda.record<Configuration, [name: string, version: number]>('version', { shared: true })
export const alias = lambda.record<Alias, [name: string, alias: string]>('alias', { shared: true })
/** Keyed by qualifier; the function's own has `''`. */
export const policy = lambda.record<Policy, [name: string, qualifier: string]>('policy')
/** Keyed by qualifier, `$LATEST` for the function itself. */
export const eventInvokeConfig = lambda.record<EventInvokeConfig, [name: string, qualifier: string]>(
  'event-invoke-config',
)
/** Keyed by version or alias. */
export const provisioned = lambda.record<ProvisionedConcurrency, [name: string, qualifier: string]>('provisioned')
export const mapping = lambda.record<EventSourceMapping, [id: string]>('mapping')
/** Finds mappings by their source: one per source and function. */
export const mappingBySource = lambda.record<string, [sourceArn: string, functionName: string, qualifier: string]>(
  'mapping-by-source',
)
/** Lanes are counted apart by how many there are: another number of them is another way to share out the keys. */
export const checkpoint = lambda.record<Checkpoint, [mapping: string, shard: string, lanes: number, lane: number]>(
  'checkpoint',
)
/** A layer, also one whose versions are all deleted: their numbers are never used twice. */
export const layer = lambda.record<{ readonly lastVersion: number }, [name: string]>('layer')
/** Versions are ordered by number. */
export const layerVersion = lambda.record<LayerVersion, [name: string, version: number]>('layer-version')
export const layerPolicy = lambda.record<Policy, [name: string, version: number]>('layer-policy')
/** Keyed by alias; the function's own has `''`. */
export const functionUrl = lambda.record<FunctionUrl, [name: string, alias: string]>('function-url')
/** Whose URL it is: found by any request to it, whatever the account. */
export const functionUrlById = lambda.record<
  { readonly scope: Scope; readonly name: string; readonly qualifier?: string | undefined },
  [id: string]
>('function-url-by-id', { scope: 'global' })
export const codeSigningConfig = lambda.record<CodeSigningConfig, [id: string]>('code-signing-config')
/** The functions that have a code signing configuration. */
export const codeSigningUse = lambda.record<true, [id: string, functionName: string]>('code-signing-use')
/** Keyed by version, `$LATEST` for the function itself. Absent: Auto. */
export const runtimeUpdates = lambda.record<UpdateRuntimeOn, [name: string, version: string]>('runtime-updates')
/** A package's body, and how many versions have it. */
export const codeBody = lambda.record<{ readonly ref: BlobRef; readonly uses: number }, [id: string]>('code')
/** Counters of the region: `code-bytes` stored, `functions`, `reserved` and (of functions without that) `provisioned` concurrency. */
export const usage = lambda.record<number, [what: 'code-bytes' | 'functions' | 'reserved' | 'provisioned']>('usage')
/** Signs the links that download code. */
export const downloadKey = lambda.record<string, []>('download-key', { scope: 'global' })
