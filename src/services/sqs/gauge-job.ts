import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { countMessages } from './counts.ts'
import { activityOf, measure } from './metrics.ts'
import { message, queue, total } from './state.ts'

const minuteMs = 60_000
/** A queue that nobody has used for so long, and that is empty, reports no more. */
const activeMs = 6 * 3_600_000
const batch = 100

/** Once a minute, while queues are used: how many messages each holds, and how old the oldest is. */
export const gaugeJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run(_: object, { host, scope, signal, nowMs }: JobCtx) {
    const activity = activityOf(host, scope)
    // A new process knows of no use: queues that hold messages count as used.
    if (activity.lastMs.size === 0) await seed()
    for (const [name, lastMs] of activity.lastMs) {
      if (signal.aborted) break
      const found = await host.records.read(scope, async (tx) => {
        const one = await tx.get(queue(name))
        if (!one) return undefined
        const counts = await countMessages(tx.snapshot, one, nowMs)
        let oldestMs = nowMs
        for await (const { value } of tx.range(message.under(one.generation), { limit: 1 })) oldestMs = value.sentAtMs
        return { ...counts, ageSec: Math.max(0, Math.floor((nowMs - oldestMs) / 1000)) }
      })
      if (!found) {
        activity.lastMs.delete(name)
        continue
      }
      measure(host, scope, name, 'ApproximateNumberOfMessagesVisible', found.visible)
      measure(host, scope, name, 'ApproximateNumberOfMessagesNotVisible', found.inFlight)
      measure(host, scope, name, 'ApproximateNumberOfMessagesDelayed', found.delayed)
      measure(host, scope, name, 'ApproximateAgeOfOldestMessage', found.ageSec, 'Seconds')
      if (found.visible + found.inFlight + found.delayed > 0) activity.lastMs.set(name, nowMs)
      else if (lastMs + activeMs < nowMs) activity.lastMs.delete(name)
    }
    if (activity.lastMs.size === 0) {
      activity.gaugedUntilMs = 0
      return
    }
    activity.gaugedUntilMs = nowMs + 2 * minuteMs
    throw new Retry((Math.floor(nowMs / minuteMs) + 1) * minuteMs, 'again in a minute', { counts: false })

    async function seed(): Promise<void> {
      let after: string | undefined
      while (!signal.aborted) {
        const names = await host.records.read(scope, async (tx) => {
          const found: { name: string; holds: boolean }[] = []
          const bounds = after === undefined ? {} : { after: [after] }
          for await (const { value } of tx.range(queue.between([], bounds), { limit: batch }))
            found.push({ name: value.name, holds: (await tx.snapshot.count(total(value.generation))) > 0 })
          return found
        })
        for (const { name, holds } of names) if (holds) activity.lastMs.set(name, nowMs)
        after = names.at(-1)?.name
        if (names.length < batch) return
      }
    }
  },
} satisfies Job<object>
