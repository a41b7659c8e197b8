import { parseSchedule } from '../../delivery/schedule-expression.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { logAccepted } from './accept-log.ts'
import { logOf } from './bus-rules.ts'
import { dispatch } from './deliver.ts'
import { envelope } from './envelope.ts'
import { ruleArn } from './names.ts'
import { type Rule, rule } from './state.ts'

/** Times of one rule that are fired in one transaction. */
const mostAtOnce = 100
/** Times that passed while the node was down are made up for this long, as long as AWS keeps an event for its target. */
const madeUpMs = 86_400_000

const keyOf = (bus: string, name: string) => `${bus} ${name}`

/** Stores a rule with the next time of its schedule, for which one record waits. */
export function storeScheduled(tx: Tx, next: Rule, afterMs: number, host: Host): Rule {
  const parsed = next.enabled && next.schedule !== undefined ? parseSchedule(next.schedule) : undefined
  const nextAtMs = parsed?.next(afterMs, next.anchorMs)
  const stored = { ...next, nextAtMs }
  tx.set(rule(next.bus, next.name), stored)
  const key = keyOf(next.bus, next.name)
  if (nextAtMs === undefined) {
    host.deliveries.cancel(tx, 'events:tick', tx.scope, key)
  } else {
    const data = { bus: next.bus, name: next.name }
    host.deliveries.schedule(tx, { kind: 'events:tick', scope: tx.scope, key, data, dueAtMs: nextAtMs })
  }
  return stored
}

export function unschedule(tx: Tx, { bus, name }: Rule, { deliveries }: Pick<Host, 'deliveries'>): void {
  deliveries.cancel(tx, 'events:tick', tx.scope, keyOf(bus, name))
}

/**
 * Fires a rule for each time of its schedule that has come, in order, and has the next waited for: all in one
 * transaction, so that no time is fired twice or left out by a crash.
 */
export const tick: Job<{ bus: string; name: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ bus, name }, { host, scope }: JobCtx) {
    await host.records.write(scope, async (tx) => {
      const found = await tx.get(rule(bus, name))
      const parsed = found?.schedule === undefined ? undefined : parseSchedule(found.schedule)
      if (!found?.enabled || !parsed) return
      const log = await logOf(tx.snapshot, bus)
      const nowMs = host.clock.nowMs()
      let atMs = found.nextAtMs
      if (atMs !== undefined && atMs < nowMs - madeUpMs) atMs = parsed.next(nowMs - madeUpMs, found.anchorMs)
      let last = atMs === undefined ? nowMs : atMs - 1
      for (let fired = 0; atMs !== undefined && atMs <= nowMs && fired < mostAtOnce; fired++) {
        const event = scheduledEvent(found, atMs, tx, host)
        const invocations = dispatch(tx, found, event, host, nowMs, { log })
        await logAccepted(tx, { name: bus, log }, event, [{ rule: found, invocations }], {}, host)
        last = atMs
        atMs = parsed.next(atMs, found.anchorMs)
      }
      storeScheduled(tx, found, last, host)
    })
  },
}

function scheduledEvent(found: Rule, atMs: number, tx: Tx, { ids }: Host) {
  const resources = [ruleArn(tx.scope, found.bus, found.name)]
  const said = { source: 'aws.events', detailType: 'Scheduled Event', resources, detail: {} }
  return envelope(tx.scope, { id: ids.uuid(), atMs }, said)
}
