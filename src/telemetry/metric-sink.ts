import type { Deliveries } from '../kernel/delivery.ts'
import type { Log } from '../kernel/log.ts'
import type { Records, Scope, Tx } from '../kernel/records.ts'
import type { MetricSample, MetricSink } from '../kernel/telemetry.ts'
import {
  bucketOf,
  dimensionsText,
  type MetricMinute,
  merge,
  metric,
  minute,
  minuteMs,
  second,
  touched,
  upkeep,
} from './metric-state.ts'

/** Samples are kept in memory this long before they are added to what is stored. */
const flushMs = 1_000
/** Different metrics and minutes that may wait; more are dropped and counted. */
const mostWaiting = 20_000

interface Waiting {
  readonly scope: Scope
  readonly sample: MetricSample
  readonly atMs: number
  readonly stats: Gathering
}

/** A minute that samples are still added to. */
type Gathering = { -readonly [P in keyof MetricMinute]: MetricMinute[P] } & { readonly buckets: Record<string, number> }

/** Aggregates samples per minute in memory and writes the sums through once a second. */
export function createMetricSink({
  records,
  log,
  deliveries,
}: {
  readonly records: Records
  readonly deliveries: Deliveries
  readonly log: Log
}): MetricSink & AsyncDisposable {
  let waiting = new Map<string, Waiting>()
  let recent: Recent = new WeakMap()
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()

  function startFlush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = [...waiting.values()]
    waiting = new Map()
    recent = new WeakMap()
    if (dropped > 0) log.warn('metric samples were dropped: too many metrics at once', { dropped })
    dropped = 0
    flushing = flushing.then(async () => {
      for (let at = 0; at < batch.length; at += 500) await writeSome(batch.slice(at, at + 500))
    })
    return flushing
  }

  async function writeSome(batch: readonly Waiting[]): Promise<void> {
    await records
      .write({ account: '', region: '' }, async (tx) => {
        for (const { scope, sample, atMs, stats } of batch)
          await addToMinute(tx.in(scope), sample, atMs, stats, deliveries)
      })
      .catch((error: unknown) => log.error('metrics were lost', { samples: batch.length, error: String(error) }))
  }

  return {
    put(scope, sample) {
      const quick = again(recent.get(sample.dimensions), scope, sample)
      if (quick) {
        addTo(quick.stats, sample.value)
        return
      }
      const atMs = Math.floor(sample.atMs / minuteMs) * minuteMs
      const key = `${scope.account}\0${scope.region}\0${sample.namespace}\0${sample.name}\0${textOf(sample.dimensions)}\0${atMs}`
      const known = waiting.get(key)
      if (known) addTo(known.stats, sample.value)
      else if (waiting.size >= mostWaiting) dropped++
      else {
        const made = { scope, sample, atMs, stats: startWith(sample) }
        waiting.set(key, made)
        remember(recent, made)
      }
      timer ??= setTimeout(() => void startFlush(), flushMs)
    },
    flush: startFlush,
    async [Symbol.asyncDispose]() {
      await startFlush()
    },
  }
}

/** What waits, by the very object of dimensions that it came with: who reports often does it with the same one. */
type Recent = WeakMap<object, Alike>
/** In the order in which they came first, which is mostly the order in which they come again. */
interface Alike {
  readonly items: Waiting[]
  /** The one that is expected next. */
  next: number
}
/** Metrics and minutes looked through under one object; those beyond are found by their text. */
const mostRecent = 12

function again(known: Alike | undefined, scope: Scope, sample: MetricSample): Waiting | undefined {
  if (!known) return undefined
  const { items } = known
  for (let left = items.length, at = known.next; left > 0; left--, at++) {
    if (at >= items.length) at = 0
    const item = items[at] as Waiting
    const sinceMs = sample.atMs - item.atMs
    if (
      item.sample.name === sample.name &&
      sinceMs >= 0 &&
      sinceMs < minuteMs &&
      item.sample.namespace === sample.namespace &&
      item.scope.account === scope.account &&
      item.scope.region === scope.region
    ) {
      known.next = at + 1
      return item
    }
  }
  return undefined
}

function remember(recent: Recent, made: Waiting): void {
  const known = recent.get(made.sample.dimensions)
  if (!known) recent.set(made.sample.dimensions, { items: [made], next: 0 })
  else if (known.items.length < mostRecent) known.items.push(made)
}

/** Who reports often does it with the same object of dimensions. */
const texts = new WeakMap<object, string>()

function textOf(dimensions: MetricSample['dimensions']): string {
  let text = texts.get(dimensions)
  if (text === undefined) {
    text = dimensionsText(dimensions)
    texts.set(dimensions, text)
  }
  return text
}

function startWith({ value, unit }: MetricSample): Gathering {
  return { sum: value, min: value, max: value, count: 1, unit, buckets: { [bucketOf(value)]: 1 } }
}

/** In place: a hot function reports a dozen samples with every request. */
function addTo(stats: Gathering, value: number): void {
  stats.sum += value
  stats.min = Math.min(stats.min, value)
  stats.max = Math.max(stats.max, value)
  stats.count++
  const bucket = bucketOf(value)
  stats.buckets[bucket] = (stats.buckets[bucket] ?? 0) + 1
}

/** Adds to the stored minute, `tx` being in the metric's scope. */
export async function addToMinute(
  tx: Tx,
  { namespace, name, dimensions }: Pick<MetricSample, 'namespace' | 'name' | 'dimensions'>,
  atMs: number,
  stats: MetricMinute,
  deliveries: Deliveries,
): Promise<void> {
  const text = dimensionsText(dimensions)
  const address = minute(namespace, name, text, atMs)
  const before = await tx.get(address)
  tx.set(address, before ? merge(before, stats) : stats)
  if (await tx.get(upkeep('stream'))) tx.set(touched(atMs, namespace, name, text), true)
  const known = await tx.get(metric(namespace, name, text))
  // Telling when it last came, to the hour, is enough for lists and costs few writes.
  if (!known || known.lastAtMs + 60 * minuteMs <= atMs) {
    tx.set(metric(namespace, name, text), { dimensions, lastAtMs: atMs })
    if (await tx.get(upkeep('retain'))) return
    tx.set(upkeep('retain'), true)
    deliveries.schedule(tx, { kind: 'cloudwatch:retain', scope: tx.scope, data: {} })
  }
}

/** The same for a metric that is kept by the second as well, for a few hours. */
export async function addToSecond(
  tx: Tx,
  { namespace, name, dimensions }: Pick<MetricSample, 'namespace' | 'name' | 'dimensions'>,
  atMs: number,
  stats: MetricMinute,
): Promise<void> {
  const address = second(namespace, name, dimensionsText(dimensions), atMs)
  const before = await tx.get(address)
  tx.set(address, before ? merge(before, stats) : stats)
}
