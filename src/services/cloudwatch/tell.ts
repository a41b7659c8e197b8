import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Announcement, alarm } from './alarm-state.ts'
import { heldBack, mutedUntil } from './mute-state.ts'

/** Tells an alarm's actions of a state that came, in `tx`; while they are muted, when they are no longer. */
export async function tell(tx: Tx, host: Host, announcement: Announcement): Promise<void> {
  const { name } = announcement.alarm
  const until = await mutedUntil(tx, name, host.clock.nowMs())
  if (until !== undefined) {
    tx.set(heldBack(name), announcement)
    host.deliveries.schedule(tx, { ...unmuting(tx, name), dueAtMs: until })
    return
  }
  tx.delete(heldBack(name))
  act(tx, host, announcement)
}

/** Drops what is held back of an alarm that is gone or has no actions now. */
export function forget(tx: Tx, host: Host, name: string): void {
  tx.delete(heldBack(name))
  host.deliveries.cancel(tx, 'cloudwatch:unmute', tx.scope, name)
}

/** At the end of a mute rule's window: an alarm that is still in the state of which nobody was told tells of it. */
export const unmutingJob = {
  retry: { attempts: 1_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name }: { readonly name: string }, { host, scope }: JobCtx) {
    const until = await host.records.write(scope, async (tx) => {
      const held = await tx.get(heldBack(name))
      if (!held) return undefined
      const muted = await mutedUntil(tx, name, host.clock.nowMs())
      if (muted !== undefined) return muted
      tx.delete(heldBack(name))
      const now = await tx.get(alarm(name))
      if (now?.actionsEnabled && now.state.value === held.alarm.state.value) act(tx, host, held)
      return undefined
    })
    if (until !== undefined) throw new Retry(until, 'muted still', { counts: false })
  },
} satisfies Job<{ readonly name: string }>

function act(tx: Tx, { deliveries }: Host, announcement: Announcement): void {
  const { actions, state } = announcement.alarm
  for (const arn of actions[state.value])
    deliveries.schedule(tx, { kind: 'cloudwatch:act', scope: tx.scope, data: { ...announcement, arn } })
}

function unmuting({ scope }: Tx, name: string) {
  return { kind: 'cloudwatch:unmute', scope, key: name, data: { name } }
}
