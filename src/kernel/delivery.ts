import type { Host } from './host.ts'
import type { Scope, Tx } from './records.ts'

/** Work that waits in the store: written in the transaction of the change that causes it, done at least once. */
export interface DueWork<D = unknown> {
  /** `service:job`, as the service declares it in `jobs.ts`. */
  readonly kind: string
  readonly scope: Scope
  /** When it becomes due by the node's clock. Default: now. */
  readonly dueAtMs?: number
  /** Kept with the work and handed to the job. */
  readonly data: D
  /** Giving the same key again replaces the waiting work of that kind and scope (a timer that moves). */
  readonly key?: string
}

export interface Deliveries {
  /** Writes the work in `tx`. It starts soon after the commit, or when due. */
  schedule(tx: Tx, work: DueWork): void
  /** Drops keyed work that has not started. */
  cancel(tx: Tx, kind: string, scope: Scope, key: string): void
}

export interface JobCtx {
  readonly host: Host
  readonly scope: Scope
  readonly nowMs: number
  /** 1 for the first attempt. */
  readonly attempt: number
  /** When the work was first scheduled. */
  readonly createdAtMs: number
  /** Aborted when the node stops or the lease is lost. Work of kind `keep` runs until then. */
  readonly signal: AbortSignal
}

/** One kind of background work of a service. */
export interface Job<D = unknown> {
  /** Does the work. A throw retries it; `Retry` says when. Returning ends it. Must bear being done twice. */
  run(data: D, ctx: JobCtx): Promise<void>
  /** Exponential backoff with full jitter between these, unless the throw was a `Retry`. */
  readonly retry: { readonly attempts: number; readonly minMs: number; readonly maxMs: number }
  /** Called in the transaction that gives the work up: writes the dead letter. */
  exhausted?(tx: Tx, data: D, error: Error, ctx: JobCtx): void | Promise<void>
  /**
   * Of work that brings something to somebody: to whom (an ARN, a name), as `landfall deliveries` shows it. Without it
   * the work is the node's own upkeep: neither shown, nor dropped, nor met by faults.
   */
  target?(data: D): string
  /** Said of work that cannot be dropped by itself: why. */
  readonly undroppable?: string
  /** How long one attempt may hold the work before another node takes it. The lease is renewed while it runs. */
  readonly leaseMs?: number
  /** Started attempts of this kind at once on one node. Default 64. */
  readonly concurrency?: number
}

/** Thrown by a job to be run again at a time of its choosing, counting as an attempt only when `counts`. */
export class Retry extends Error {
  readonly atMs: number
  readonly counts: boolean
  constructor(atMs: number, message: string, options: { counts?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Retry'
    this.atMs = atMs
    this.counts = options.counts ?? true
  }
}
