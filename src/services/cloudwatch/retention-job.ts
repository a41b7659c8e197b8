import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { RecordType, Scope } from '../../kernel/records.ts'
import { fiveMinutes, hour, type MetricMinute, merge, metric, minute, second } from '../../telemetry/metric-state.ts'
import { history, historyOf } from './alarm-state.ts'

const dayMs = 86_400_000
const batch = 500

type Stats = RecordType<MetricMinute, [string, string, string, number]>

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention */
const stages: readonly { from: Stats; olderMs: number; to?: Stats; grainMs?: number }[] = [
  { from: second, olderMs: 3 * 3_600_000 },
  { from: minute, olderMs: 15 * dayMs, to: fiveMinutes, grainMs: 300_000 },
  { from: fiveMinutes, olderMs: 63 * dayMs, to: hour, grainMs: 3_600_000 },
  { from: hour, olderMs: 455 * dayMs },
]
const historyMs = 30 * dayMs

/** Once a day: rolls a region's old figures up, and drops what is past its time. One seek a metric where nothing is. */
export const retentionJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run(_: object, { host, scope, signal, nowMs }: JobCtx) {
    let after: readonly [string, string, string] | undefined
    while (!signal.aborted) {
      const found = await host.records.read(scope, async (tx) => {
        for await (const { key, value } of tx.range(metric.between([], after ? { after } : {}), { limit: 1 }))
          return { key, value }
        return undefined
      })
      if (!found) break
      after = found.key
      for (const stage of stages) {
        while (!signal.aborted && (await rollUp(host, scope, found.key, stage)) === batch);
      }
      if (found.value.lastAtMs + 455 * dayMs < host.clock.nowMs())
        await host.records.write(scope, (tx) => tx.delete(metric(...found.key)))
    }
    while (!signal.aborted && (await dropHistory(host, scope)) === batch);
    throw new Retry(nowMs + dayMs, 'again in a day', { counts: false })
  },
} satisfies Job<object>

function rollUp(
  host: Host,
  scope: Scope,
  [namespace, name, dimensions]: readonly [string, string, string],
  { from, olderMs, to, grainMs = 1 }: (typeof stages)[number],
): Promise<number> {
  const beforeMs = Math.floor((host.clock.nowMs() - olderMs) / grainMs) * grainMs
  return host.records.write(scope, async (tx) => {
    const sums = new Map<number, MetricMinute>()
    let count = 0
    const old = from.between([namespace, name, dimensions], { to: [Math.max(0, beforeMs)] })
    for await (const { key, value } of tx.range(old, { limit: batch })) {
      const atMs = Math.floor(key[3] / grainMs) * grainMs
      const known = sums.get(atMs)
      sums.set(atMs, known ? merge(known, value) : value)
      tx.delete(from(...key))
      count++
    }
    if (!to) return count
    for (const [atMs, stats] of sums) {
      const address = to(namespace, name, dimensions, atMs)
      const before = await tx.get(address)
      tx.set(address, before ? merge(before, stats) : stats)
    }
    return count
  })
}

function dropHistory(host: Host, scope: Scope): Promise<number> {
  return host.records.write(scope, async (tx) => {
    let count = 0
    const old = history.between([], { to: [Math.max(0, host.clock.nowMs() - historyMs)] })
    for await (const { key, value } of tx.range(old, { limit: batch })) {
      tx.delete(history(...key))
      tx.delete(historyOf(value.name, ...key))
      count++
    }
    return count
  })
}
