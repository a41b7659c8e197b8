import type { Host } from './host.ts'
import type { KeyPart, KeyRange, Scope } from './records.ts'

export interface Waiting {
  readonly scope: Scope
  /** A commit that touches one of these may have made what is waited for. */
  readonly ranges: readonly KeyRange<unknown, readonly KeyPart[]>[]
  readonly waitMs: number
  readonly signal: AbortSignal
}

/**
 * What `look` finds: asked at once and after commits, until it finds something. Undefined when `waitMs` are over by the
 * node's clock, or the signal aborts.
 */
export async function awaited<T>(
  host: Host,
  { scope, ranges, waitMs, signal }: Waiting,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const patience = new AbortController()
  const waiting = AbortSignal.any([signal, patience.signal])
  host.clock.until(host.clock.nowMs() + waitMs, waiting).then(
    () => patience.abort(),
    () => undefined,
  )
  let found: T | undefined
  const follow = async (range: KeyRange<unknown, readonly KeyPart[]>) => {
    for await (const _ of host.records.watch(scope, range, waiting)) {
      found ??= await look()
      if (found !== undefined) return patience.abort()
    }
  }
  try {
    await Promise.all(ranges.map(follow))
  } catch (error) {
    if (!waiting.aborted) throw error
  } finally {
    patience.abort()
  }
  return found
}
