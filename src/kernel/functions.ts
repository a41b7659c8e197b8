import type { BlobRef } from './blobs.ts'
import type { LogLine } from './telemetry.ts'

/** Runs function code. One instance is one process, serves one request at a time, and belongs to one function version. */
export interface FunctionRunner extends AsyncDisposable {
  /** Runs one request on a warm or new instance. Never rejects for what the function did: see `Outcome`. */
  run(spec: FunctionSpec, request: RunRequest): Promise<Outcome>
  /** Called when a version was created or changed: makes a first request on it quick. Never rejects; may do nothing. */
  prepare?(spec: FunctionSpec): Promise<void>
  /** Ends idle instances of these code/configuration versions; busy ones end after their request. */
  retire(functionArn: string): void
  /** Instances alive now, for concurrency limits and `landfall doctor`. */
  count(functionArn?: string): number
  /** How instances are kept apart on this host: what is active, and why not more. */
  readonly isolation: { readonly kind: 'bubblewrap' | 'uid' | 'none'; readonly reason: string }
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
  /** The zip of the code, verified and bounded when it was stored. */
  readonly code: BlobRef
  readonly codeSha256: string
  /** Further zips, which the instance sees together as `/opt`: files of later ones cover those of earlier ones. */
  readonly layers?: readonly { readonly code: BlobRef; readonly sha256: string }[]
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly ephemeralStorageMb: number
  readonly logGroup: string
  readonly logFormat: 'Text' | 'JSON'
  /** With `JSON`: the least level of what the function (`TRACE` … `FATAL`) and the platform (`DEBUG`, `INFO`, `WARN`) log. */
  readonly applicationLogLevel?: string
  readonly systemLogLevel?: string
  readonly account: string
  readonly region: string
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
}
