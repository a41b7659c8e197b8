import type { Records, Scope } from '../kernel/records.ts'
import type { MetricSink } from '../kernel/telemetry.ts'
import { everywhere } from './claim.ts'
import { due } from './state.ts'
import type { FindJob } from './waiting.ts'

const namespace = 'Landfall/Delivery'
const everyMs = 60_000
/** What is counted of a kind: a figure that is this large says that there are at least as many. */
const mostCounted = 10_000
/** The oldest is looked for among those that are due first. */
const mostAged = 100

export interface DeliveryMeter {
  /** Counts an attempt. */
  attempted(kind: string, failed: boolean, nowMs: number): void
  /** Once a minute, while something waits: how much, and since when. Answers when to come next. */
  sample(kinds: readonly string[], nowMs: number): Promise<number>
}

/** Reports what the engine has to bring as metrics of the node's own account, by kind (`Landfall/Delivery`). */
export function createDeliveryMeter(
  { records, metrics }: { readonly records: Records; readonly metrics: MetricSink },
  home: Scope,
  job: FindJob,
): DeliveryMeter {
  const dimensions = new Map<string, { readonly Kind: string }>()
  let nextAtMs = 0
  let before: readonly string[] = []

  function put(kind: string, name: string, unit: string, value: number, atMs: number): void {
    const known = dimensions.get(kind) ?? { Kind: kind }
    dimensions.set(kind, known)
    metrics.put(home, { namespace, name, dimensions: known, unit, value, atMs })
  }

  async function measure(kind: string, nowMs: number): Promise<void> {
    const found = await records.read(everywhere, async (tx) => {
      let depth = 0
      for await (const _ of tx.snapshot.keys(due.under(kind), { limit: mostCounted })) depth++
      let oldestMs = nowMs
      for await (const { value } of tx.snapshot.range(due.under(kind), { limit: mostAged })) {
        oldestMs = Math.min(oldestMs, value.createdAtMs)
      }
      return { depth, oldestMs }
    })
    put(kind, 'Depth', 'Count', found.depth, nowMs)
    put(kind, 'AgeOfOldest', 'Seconds', (nowMs - found.oldestMs) / 1_000, nowMs)
  }

  return {
    attempted(kind, failed, nowMs) {
      put(kind, 'Attempts', 'Count', 1, nowMs)
      put(kind, 'Failures', 'Count', failed ? 1 : 0, nowMs)
    },
    async sample(kinds, nowMs) {
      if (nowMs >= nextAtMs) {
        const delivering: string[] = []
        for (const kind of kinds) if ((await job(kind))?.target) delivering.push(kind)
        // What has come to its end since is told once to be none.
        for (const kind of new Set([...before, ...delivering])) await measure(kind, nowMs)
        before = delivering
        nextAtMs = nowMs + everyMs
      }
      return before.length > 0 ? nextAtMs : Number.POSITIVE_INFINITY
    },
  }
}
