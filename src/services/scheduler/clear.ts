import { type Job, Retry } from '../../kernel/delivery.ts'
import { groupCount, schedule, scheduleGroup } from './state.ts'
import { removeSchedule } from './tick.ts'

/** Schedules that are deleted in one transaction. */
const batch = 500

/** Deletes the schedules of a group that is to go, and then the group. */
export const clear: Job<{ group: string }> = {
  retry: { attempts: 1_000_000, minMs: 100, maxMs: 60_000 },
  async run({ group }, { host, scope }) {
    const left = await host.records.write(scope, async (tx) => {
      // Done already; another of the name may have been made since.
      if (!(await tx.get(scheduleGroup(group)))?.deleting) return false
      let count = 0
      for await (const [, name] of tx.keys(schedule.under(group), { limit: batch })) {
        removeSchedule(tx, { group, name }, host)
        count++
      }
      if (count === batch) return true
      tx.delete(scheduleGroup(group))
      tx.add(groupCount(), -1)
      return false
    })
    if (left) throw new Retry(host.clock.nowMs(), 'there are more schedules', { counts: false })
  },
}
