import type { Deliveries } from '../kernel/delivery.ts'
import type { Tx } from '../kernel/records.ts'
import type { LogLine } from '../kernel/telemetry.ts'
import { processorsOf } from './account-level.ts'
import { embeddedMetrics, mayHoldMetrics } from './embedded-metrics.ts'
import { parseExtract } from './filter/extract.ts'
import { parseFilter } from './filter/pattern.ts'
import { accountSubscription, type LogGroup, type MetricFilter, type SubscriptionFilter } from './log-state.ts'
import { addToMinute, addToSecond } from './metric-sink.ts'
import { bucketOf, dimensionsText, type MetricMinute, merge, minute, minuteMs } from './metric-state.ts'

/** Where a batch of events was written. */
export interface Written {
  readonly firstAtMs: number
  readonly id: string
  readonly lines: readonly LogLine[]
}

/** What a subscription's delivery needs to find the events again. */
export interface SubscriptionDelivery {
  readonly group: string
  readonly generation: string
  readonly filter: string
  /** The filter is the account's, not the group's. */
  readonly ofAccount?: boolean
  readonly firstAtMs: number
  readonly id: string
}

/** Where a transformer finds the events that it is to be at. */
export type TransformWork = Pick<SubscriptionDelivery, 'group' | 'generation' | 'firstAtMs' | 'id'>

/**
 * What follows from events, in the transaction that writes them: samples of metric filters and of embedded metrics,
 * deliveries to subscribers, and the work of the group's transformer. Costs a look at the group and at the account's
 * filter, and one at each line, where there is nothing to do.
 */
export async function followEvents(
  tx: Tx,
  group: LogGroup,
  batches: readonly Written[],
  deliveries: Deliveries,
): Promise<void> {
  const sums = new Map<string, Sum>()
  for (const { lines } of batches) {
    for (const { atMs, message } of lines) {
      if (!mayHoldMetrics(message)) continue
      for (const sample of embeddedMetrics(message, atMs)) add(sums, sample, sample.value, sample.bySecond)
    }
  }
  const transforms = (await processorsOf(tx, group)) !== undefined
  await follow(tx, group, batches, deliveries, sums, (filter) => !transforms || !filter.onTransformed)
  for (const { firstAtMs, id } of transforms ? batches : []) {
    const data: TransformWork = { group: group.name, generation: group.generation, firstAtMs, id }
    deliveries.schedule(tx, { kind: 'logs:transform', scope: tx.scope, data })
  }
}

/** What follows from events of a group with a transformer once it has been at them, in that transaction. */
export function followTransformed(tx: Tx, group: LogGroup, batch: Written, deliveries: Deliveries): Promise<void> {
  return follow(tx, group, [batch], deliveries, new Map(), (filter) => filter.onTransformed ?? false)
}

async function follow(
  tx: Tx,
  group: LogGroup,
  batches: readonly Written[],
  deliveries: Deliveries,
  sums: Map<string, Sum>,
  wanted: (filter: MetricFilter | SubscriptionFilter) => boolean,
): Promise<void> {
  for (const { lines } of batches)
    for (const filter of (group.metricFilters ?? []).filter(wanted)) await count(tx, sums, filter, lines)
  for (const { sample, startMs, bySecond, stats } of sums.values()) {
    if (bySecond) await addToSecond(tx, sample, startMs, stats)
    await addToMinute(tx, sample, Math.floor(startMs / minuteMs) * minuteMs, stats, deliveries)
  }
  const ofAccount = await tx.get(accountSubscription())
  const filters = (group.subscriptions ?? []).map((filter) => ({ ...filter, ofAccount: false }))
  if (ofAccount && !ofAccount.except.includes(group.name)) filters.push({ ...ofAccount, ofAccount: true })
  for (const { name, pattern, ofAccount, onTransformed } of filters.filter(wanted)) {
    const matches = parseFilter(pattern)
    for (const { firstAtMs, id, lines } of batches) {
      if (!lines.some((line) => matches(seenBy({ onTransformed }, line)))) continue
      const data: SubscriptionDelivery = {
        group: group.name,
        generation: group.generation,
        filter: name,
        ...(ofAccount && { ofAccount }),
        firstAtMs,
        id,
      }
      deliveries.schedule(tx, { kind: 'logs:deliver', scope: tx.scope, data })
    }
  }
}

/** An event as a filter sees it: what the transformer could make nothing of, as it came. */
export function seenBy(
  { onTransformed }: Pick<MetricFilter, 'onTransformed'>,
  line: Pick<LogLine, 'message' | 'transformed'>,
) {
  return (onTransformed ? line.transformed : undefined) ?? line.message
}

interface Sample {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly unit: string
  readonly atMs: number
}

interface Sum {
  readonly sample: Sample
  readonly startMs: number
  readonly bySecond: boolean
  stats: MetricMinute
}

function add(sums: Map<string, Sum>, sample: Sample, value: number, bySecond = false): void {
  const grainMs = bySecond ? 1_000 : minuteMs
  const startMs = Math.floor(sample.atMs / grainMs) * grainMs
  const key = JSON.stringify([sample.namespace, sample.name, dimensionsText(sample.dimensions), startMs, bySecond])
  const stats = { sum: value, min: value, max: value, count: 1, unit: sample.unit, buckets: { [bucketOf(value)]: 1 } }
  const known = sums.get(key)
  if (known) known.stats = merge(known.stats, stats)
  else sums.set(key, { sample, startMs, bySecond, stats })
}

async function count(tx: Tx, sums: Map<string, Sum>, filter: MetricFilter, lines: readonly LogLine[]): Promise<void> {
  const matches = parseFilter(filter.pattern)
  const { namespace, metricName: name, unit = 'None', pattern, defaultValue } = filter
  const fixed = filter.value.startsWith('$') ? undefined : Number(filter.value)
  const extract = fixed === undefined ? parseExtract(pattern, filter.value) : undefined
  const named = Object.entries(filter.dimensions ?? {}).map(([key, at]) => [key, parseExtract(pattern, at)] as const)
  const counted = new Set<number>()
  for (const line of lines) {
    const { atMs } = line
    const message = seenBy(filter, line)
    if (!matches(message)) continue
    const value = fixed ?? Number(extract?.(message) ?? Number.NaN)
    // What is not a number is no sample; nor is one without all of its dimensions.
    if (!Number.isFinite(value)) continue
    const dimensions: Record<string, string> = {}
    for (const [key, at] of named) {
      const text = at(message)
      if (text !== undefined && text !== '') dimensions[key] = text.slice(0, 1_024)
    }
    if (Object.keys(dimensions).length < named.length) continue
    add(sums, { namespace, name, dimensions, unit, atMs }, value)
    counted.add(Math.floor(atMs / minuteMs))
  }
  if (defaultValue === undefined) return
  for (const at of new Set(lines.map(({ atMs }) => Math.floor(atMs / minuteMs)))) {
    if (counted.has(at) || (await tx.get(minute(namespace, name, '', at * minuteMs)))) continue
    add(sums, { namespace, name, dimensions: {}, unit, atMs: at * minuteMs }, defaultValue)
  }
}
