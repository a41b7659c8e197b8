import type { Scope } from './records.ts'

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
