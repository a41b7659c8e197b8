import type { BlobRef } from './blobs.ts'
import type { ContainerImage, ImageProblem, ImageRequest, ImageRun } from './container-image.ts'
import type { LogLine } from './telemetry.ts'

/** Runs function code. One instance is one process, serves one request at a time, and belongs to one function version. */
export interface FunctionRunner extends AsyncDisposable {
  /** Runs one request on a warm or new instance. Never rejects for what the function did: see `Outcome`. */
  run(spec: FunctionSpec, request: RunRequest): Promise<Outcome>
  /** Called when a version was created or changed: makes a first request on it quick. Never rejects; may do nothing. */
  prepare?(spec: FunctionSpec, options?: { readonly onLog?: RunRequest['onLog'] }): Promise<void>
  /**
   * Keeps so many loaded instances of `spec` (0: no more). Made in the background: `provisioned` says how many are ready.
   * A spec is provisioned for one qualifier (`provisionedFor`), and only runs of such a spec use its instances.
   */
  provision(spec: FunctionSpec, provisioning: Provisioning): Promise<void>
  provisioned(spec: FunctionSpec): Provisioned
  /** Why functions of this runtime cannot be run on this host, and what to do; undefined when they can. */
  unavailable(runtime: string): Promise<string | undefined>
  /**
   * What is known of an image without a registry: the host's container engine has it, or (undefined) would have to pull
   * it. A sentence when that is no name of an image, or nothing here could run one.
   */
  knownImage(uri: string): Promise<ContainerImage | string | undefined>
  /**
   * The image, pulled for minutes if it has to be, and seen to be one that can be run here. Rejects when it could not be
   * found out, as when a registry does not answer: it may be asked for again.
   */
  image(uri: string, request?: ImageRequest): Promise<ContainerImage | ImageProblem>
  /**
   * Ends idle instances of this ARN (`versions`: and of all under it); busy ones end after their request. Provisioned ones
   * stay until they are no longer asked for.
   */
  retire(functionArn: string, options?: { readonly versions: boolean }): void
  /** Instances alive now, for concurrency limits and `landfall doctor`. */
  count(functionArn?: string): number
  /**
   * Starts the function's process with an inspector that debuggers on this machine reach at `127.0.0.1:<port>` (0 picks
   * a free one) until the result is disposed of. Its requests run one at a time, and their time limits stand still
   * while a debugger is attached. Rejects with EADDRINUSE. For nodes with `--dev` only.
   */
  inspect(functionArn: string, port: number): Promise<Inspection>
  /** Requests that an account may have running at once in a region. */
  readonly concurrency: number
  /** How instances are kept apart on this host: what is active, and why not more. */
  readonly isolation: { readonly kind: 'bubblewrap' | 'uid' | 'none'; readonly reason: string }
  /** Whether instances have networks of their own, so that `egress` is kept; and how, or why not. */
  network(): Promise<{ readonly kind: 'own' | 'shared'; readonly reason: string }>
}

/** What may be reached outside, as a rule of a security group says it. */
export interface EgressRule {
  /** A number of IANA's list (6 is TCP). */
  readonly protocol: 'all' | number
  /** First and last, of TCP and UDP; absent: all. */
  readonly ports?: readonly [from: number, to: number]
  /** Absent: all types; `code` absent: all codes. */
  readonly icmp?: { readonly type: number; readonly code?: number }
  /** Ranges of IPv4 addresses (`10.0.0.0/8`). */
  readonly cidrs: readonly string[]
}

/** A function that debuggers can be attached to. */
export interface Inspection extends AsyncDisposable {
  readonly port: number
  readonly attached: boolean
  /** Resolves when the process that runs now, or is about to, can be attached to, or can't. */
  ready(): Promise<InspectorReport>
}

/** What a process says of its inspector. */
export interface InspectorReport {
  /** `devtools`: the Chrome DevTools protocol over a WebSocket; `debug-adapter`: the Debug Adapter Protocol. */
  readonly protocol: 'devtools' | 'debug-adapter'
  /** Where the process itself listens; absent when there is a `problem`. */
  readonly port?: number
  /** Why it can't be debugged, and what to do. */
  readonly problem?: string
}

export interface Provisioning {
  readonly count: number
  /** Gets what loading prints. */
  readonly onLog?: RunRequest['onLog']
}

export interface Provisioned {
  /** Loaded, with or without work. */
  readonly ready: number
  /** Why the last start failed; it is tried again from time to time. */
  readonly failure?: string
}

/** All that decides how an instance is started. Two specs with the same `version` share instances. */
export interface FunctionSpec {
  readonly functionArn: string
  readonly functionName: string
  /** `$LATEST` or a number. */
  readonly qualifier: string
  /** Changes whenever code or configuration does. */
  readonly version: string
  readonly runtime: string
  readonly handler: string
  /** What runs instead of `code`, `runtime` and `handler`, which are empty then. */
  readonly image?: ImageRun
  /** The zip of the code, verified and bounded when it was stored. */
  readonly code: BlobRef
  readonly codeSha256: string
  /** Further zips, which the instance sees together as `/opt`: files of later ones cover those of earlier ones. */
  readonly layers?: readonly { readonly code: BlobRef; readonly sha256: string }[]
  readonly environment: Readonly<Record<string, string>>
  /** Instead of `environment`, where a key of KMS keeps it: called when an instance starts. Rejects as KMS has it. */
  decryptEnvironment?(): Promise<Readonly<Record<string, string>>>
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly ephemeralStorageMb: number
  readonly logGroup: string
  readonly logFormat: 'Text' | 'JSON'
  /** With `JSON`: the least level of what the function (`TRACE` … `FATAL`) and the platform (`DEBUG`, `INFO`, `WARN`) log. */
  readonly applicationLogLevel?: string
  readonly systemLogLevel?: string
  /** All that may be reached besides the node; absent: everything. Requests are refused where that can't be kept. */
  readonly egress?: readonly EgressRule[]
  readonly account: string
  readonly region: string
  /** The alias or version whose provisioned instances are meant. */
  readonly provisionedFor?: string
  /** Fresh credentials of the execution role; called when an instance starts. Instances end before they expire. */
  credentials(): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken: string; expiresAtMs: number }>
}

export interface RunRequest {
  readonly requestId: string
  readonly payload: Uint8Array
  /** JSON text. */
  readonly clientContext?: string
  /** The ARN that was called, alias or version included; what the function sees. Default: the spec's. */
  readonly invokedArn?: string
  readonly traceId?: string
  readonly signal?: AbortSignal
  /** Takes a streamed answer as it comes. Without it a streamed answer is gathered, and bounded as any other. */
  readonly response?: ResponseSink
  /** Called with the log lines of this invocation as they come (batches, in order), START / END / REPORT included. */
  onLog?(stream: string, lines: readonly LogLine[]): void
}

/** Where a streamed answer goes. All calls end before the outcome of the request is told. */
export interface ResponseSink {
  /** Called once, before the first chunk; not for an answer that is no stream, or that failed before its first byte. */
  start(head: StreamHead): void
  /** Takes a piece, which it may keep. A promise holds the function up until it resolves; it must not reject. */
  write(chunk: Uint8Array): Promise<void> | undefined
}

export interface StreamHead {
  /** `httpIntegration`: the bytes begin with JSON (`statusCode`, `headers`, `cookies`) and eight NULs, before the body. */
  readonly contentType: string
}

/** The content type of a stream that carries status and headers ahead of its body. */
export const httpIntegration = 'application/vnd.awslambda.http-integration-response'

export interface Outcome {
  /**
   * What the function returned, or the error document (`errorType`, `errorMessage`, `trace`): JSON bytes. Of a stream
   * that was gathered all its bytes, whatever they are; of one that went to a `ResponseSink` nothing, or the error
   * document of what broke it off.
   */
  readonly payload: Uint8Array
  /** Set when the answer was a stream, ended or broken off. */
  readonly streamed?: StreamHead
  readonly error?: 'Handled' | 'Unhandled'
  readonly durationMs: number
  readonly billedMs: number
  readonly initMs?: number
  readonly maxMemoryMb: number
  readonly logStream: string
  /** The last 4 KB of this invocation's log, for `LogType: Tail`. */
  readonly tail: string
  /**
   * Present where extensions were still at work when the answer came. Until it resolves the instance serves nobody
   * else, and the request counts as one that runs; what it resolves to has the figures of all of it, and is an error
   * where time ran out or an extension failed. It never rejects.
   */
  readonly finished?: Promise<Outcome>
}
