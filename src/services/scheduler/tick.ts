import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Invocation, type Schedule, schedule } from './state.ts'
import { dueTime, isOneTime, nextTime } from './timing.ts'

/** Times of one schedule that are fired in one transaction. */
const mostAtOnce = 100
/** Times that passed while the node was down are made up for this long, as long as an event is kept for its target. */
const madeUpMs = 86_400_000

/** Names have no slash. */
const keyOf = ({ group, name }: Pick<Schedule, 'group' | 'name'>) => `${group}/${name}`

/** Stores a schedule; for its next time, if there is one, one record waits. */
export function storeSchedule(tx: Tx, next: Schedule, { deliveries }: Pick<Host, 'deliveries'>): void {
  const { group, name, nextAtMs } = next
  tx.set(schedule(group, name), next)
  if (nextAtMs === undefined) {
    deliveries.cancel(tx, 'scheduler:tick', tx.scope, keyOf(next))
    return
  }
  const dueAtMs = dueTime(tx.scope, next, nextAtMs)
  const data = { group, name }
  deliveries.schedule(tx, { kind: 'scheduler:tick', scope: tx.scope, key: keyOf(next), data, dueAtMs })
}

export function removeSchedule(
  tx: Tx,
  address: Pick<Schedule, 'group' | 'name'>,
  { deliveries }: Pick<Host, 'deliveries'>,
): void {
  tx.delete(schedule(address.group, address.name))
  deliveries.cancel(tx, 'scheduler:tick', tx.scope, keyOf(address))
}

/**
 * Invokes the target for each time of a schedule that has come, in order, and has the next one waited for: all in one
 * transaction, so that no time is fired twice or left out by a crash. Times that were fired are never fired again,
 * however the host's clock is set.
 */
export const tick: Job<{ group: string; name: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ group, name }, { host, scope }: JobCtx) {
    await host.records.write(scope, async (tx) => {
      const found = await tx.get(schedule(group, name))
      if (!found?.enabled || found.nextAtMs === undefined) return
      const nowMs = host.clock.nowMs()
      let atMs: number | undefined = found.nextAtMs
      if (atMs < nowMs - madeUpMs && !isOneTime(found)) atMs = nextTime(found, nowMs - madeUpMs)
      let { lastAtMs } = found
      for (let fired = 0; atMs !== undefined && fired < mostAtOnce; fired++) {
        if (dueTime(scope, found, atMs) > nowMs) break
        invoke(tx, found, atMs, host)
        lastAtMs = atMs
        atMs = nextTime(found, atMs)
      }
      if (atMs === undefined && found.deletedAfter) removeSchedule(tx, found, host)
      else storeSchedule(tx, { ...found, lastAtMs, nextAtMs: atMs }, host)
    })
  },
}

function invoke(tx: Tx, { group, name, target }: Schedule, atMs: number, { deliveries, ids }: Host): void {
  const executionId = ids.token(16, '0123456789abcdef')
  const data: Invocation = { group, name, target, scheduledAtMs: atMs, executionId }
  deliveries.schedule(tx, { kind: 'scheduler:deliver', scope: tx.scope, data })
}
