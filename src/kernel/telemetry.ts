import type { Scope, Tx } from './records.ts'

/** Log lines of functions and gateways. Batched: a stated window of loss of at most 200 ms. Never blocks the caller. */
export interface LogSink {
  /** Queues lines for a stream, creating group and stream when the first batch is written. Order within a stream is kept. */
  append(scope: Scope, group: string, stream: string, lines: readonly LogLine[]): void
  /** Resolves when everything appended before the call is durable. */
  flush(): Promise<void>
}

export interface LogLine {
  readonly atMs: number
  readonly message: string
  /** What its group's transformer made of it: JSON text. */
  readonly transformed?: string | undefined
}

/** Numbers, aggregated per minute in memory and written through. */
export interface MetricSink {
  /** Counts one sample. Dimensions in a fixed order per metric, and never changed: the same object again is quickest. */
  put(scope: Scope, sample: MetricSample): void
  flush(): Promise<void>
}

export interface MetricSample {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly unit: string
  readonly value: number
  readonly atMs: number
}

/** What functions use, added up by function and hour. Never blocks the caller; a crash loses at most the last second. */
export interface UsageSink {
  put(scope: Scope, sample: UsageSample): void
  flush(): Promise<void>
}

/** One invocation, as Lambda's price list counts it. */
export interface UsageSample {
  readonly functionName: string
  readonly architecture: string
  /** The stack or service that the function belongs to. */
  readonly service?: string | undefined
  readonly atMs: number
  readonly billedMs: number
  readonly initMs?: number | undefined
  readonly memoryMb: number
  readonly storageMb: number
}

/**
 * Keeps the last invocations of each function, to be looked at and repeated: bounded in number, size and age, sealed,
 * and gone with the function. Never blocks the caller; a crash loses at most the last second.
 */
export interface InvocationSink {
  /** False: nothing is kept. */
  readonly enabled: boolean
  /** `isWanted` tells, when it is written and in that transaction, whether the function is still there. */
  put(scope: Scope, invocation: Invocation, isWanted: (tx: Tx) => Promise<boolean>): void
  /** In `tx`: forgets all of a function, or what is older than invocations are kept at `nowMs`. */
  forget(tx: Tx, functionName: string, nowMs?: number): Promise<void>
  flush(): Promise<void>
}

export interface Invocation {
  readonly requestId: string
  readonly functionName: string
  readonly version: string
  readonly qualifier?: string | undefined
  readonly atMs: number
  readonly event: Uint8Array
  readonly answer: Uint8Array
  /** JSON text. */
  readonly clientContext?: string | undefined
  readonly error?: 'Handled' | 'Unhandled' | undefined
  readonly durationMs: number
  readonly billedMs: number
  readonly initMs?: number | undefined
}
