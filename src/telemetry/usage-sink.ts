import type { Log } from '../kernel/log.ts'
import type { Records, Scope } from '../kernel/records.ts'
import type { UsageSample, UsageSink } from '../kernel/telemetry.ts'
import { createFlusher } from './flusher.ts'
import { hourMs, type Usage, usageHour } from './usage-state.ts'

/** As for metrics: what a crash may lose. */
const flushMs = 1_000
/** Different functions and hours that may wait; more are dropped and counted. */
const mostWaiting = 20_000
/** In one transaction. */
const batchSize = 500
/** Kept this long: thirteen months, so that a month can be compared with that of the year before. */
const keptMs = 400 * 24 * hourMs

interface Waiting {
  readonly scope: Scope
  readonly atMs: number
  readonly functionName: string
  readonly architecture: string
  readonly usage: { -readonly [P in keyof Usage]: Usage[P] }
}

/** Adds up in memory what each function uses in each hour, and adds the sums to what is stored once a second. */
export function createUsageSink({
  records,
  log,
}: {
  readonly records: Records
  readonly log: Log
}): UsageSink & AsyncDisposable {
  let waiting = new Map<string, Waiting>()
  let dropped = 0
  /** The last hour in which what is too old was deleted, by account. */
  const sweptAtMs = new Map<string, number>()

  async function write(): Promise<void> {
    const batch = [...waiting.values()]
    waiting = new Map()
    if (dropped > 0) log.warn('usage was dropped: too many functions at once', { dropped })
    dropped = 0
    for (let at = 0; at < batch.length; at += batchSize) await add(batch.slice(at, at + batchSize))
  }

  async function add(batch: readonly Waiting[]): Promise<void> {
    try {
      await records.write({ account: '', region: '' }, async (tx) => {
        for (const { scope, atMs, functionName, architecture, usage } of batch) {
          const own = tx.in(scope)
          const key = usageHour(atMs, scope.region, functionName, architecture)
          const before = await own.get(key)
          own.set(key, before ? sum(before, usage) : usage)
          if ((sweptAtMs.get(scope.account) ?? 0) < atMs) {
            own.clear(usageHour.between([], { to: [atMs - keptMs] }))
          }
        }
      })
      for (const { scope, atMs } of batch) sweptAtMs.set(scope.account, atMs)
    } catch (error) {
      log.error('usage was lost', { entries: batch.length, error: String(error) })
    }
  }

  const flusher = createFlusher(flushMs, write)
  return {
    put(scope, sample) {
      const atMs = Math.floor(sample.atMs / hourMs) * hourMs
      const key = `${scope.account} ${scope.region} ${sample.functionName} ${sample.architecture} ${atMs}`
      const known = waiting.get(key)
      if (known) addTo(known.usage, sample)
      else if (waiting.size >= mostWaiting) dropped++
      else {
        const { functionName, architecture } = sample
        const usage = { requests: 0, billedMs: 0, initMs: 0, memoryMbMs: 0, storageMbMs: 0 }
        addTo(usage, sample)
        waiting.set(key, { scope, atMs, functionName, architecture, usage })
      }
      flusher.soon()
    },
    flush: flusher.flush,
    [Symbol.asyncDispose]: flusher.flush,
  }
}

function addTo(usage: Waiting['usage'], { billedMs, initMs, memoryMb, storageMb, service }: UsageSample): void {
  usage.requests++
  usage.billedMs += billedMs
  usage.initMs += initMs ?? 0
  usage.memoryMbMs += billedMs * memoryMb
  usage.storageMbMs += billedMs * storageMb
  usage.service = service
}

export function sum(a: Usage, b: Usage): Usage {
  return {
    requests: a.requests + b.requests,
    billedMs: a.billedMs + b.billedMs,
    initMs: a.initMs + b.initMs,
    memoryMbMs: a.memoryMbMs + b.memoryMbMs,
    storageMbMs: a.storageMbMs + b.storageMbMs,
    service: b.service,
  }
}
