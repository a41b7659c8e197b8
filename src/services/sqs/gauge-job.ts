import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { countMessages, groupsInFlight } from './counts.ts'
import { fairnessOf, noisyNeighbors } from './fairness.ts'
import { activityOf, measure } from './metrics.ts'
import { countQuiet } from './quiet-counts.ts'
import { message, type Queue, queue, total } from './state.ts'

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
        const fair = await fairCounts(tx, one, counts.visible)
        const groups = one.fifo ? await groupsInFlight(tx, one, nowMs) : undefined
        return { ...counts, fair, groups, ageSec: ageSec(oldestMs) }
      })
      if (!found) {
        activity.lastMs.delete(name)
        continue
      }
      measure(host, scope, name, 'ApproximateNumberOfMessagesVisible', found.visible)
      measure(host, scope, name, 'ApproximateNumberOfMessagesNotVisible', found.inFlight)
      measure(host, scope, name, 'ApproximateNumberOfMessagesDelayed', found.delayed)
      measure(host, scope, name, 'ApproximateAgeOfOldestMessage', found.ageSec, 'Seconds')
      if (found.groups !== undefined)
        measure(host, scope, name, 'ApproximateNumberOfGroupsWithInflightMessages', found.groups)
      if (found.fair) {
        const { noisy, quiet } = found.fair
        measure(host, scope, name, 'ApproximateNumberOfNoisyGroups', noisy)
        measure(host, scope, name, 'ApproximateNumberOfMessagesVisibleInQuietGroups', quiet.visible)
        measure(host, scope, name, 'ApproximateNumberOfMessagesNotVisibleInQuietGroups', quiet.inFlight)
        measure(host, scope, name, 'ApproximateNumberOfMessagesDelayedInQuietGroups', quiet.delayed)
        const oldestSec = ageSec(quiet.oldestMs ?? nowMs)
        measure(host, scope, name, 'ApproximateAgeOfOldestMessageInQuietGroups', oldestSec, 'Seconds')
      }
      if (found.visible + found.inFlight + found.delayed > 0) activity.lastMs.set(name, nowMs)
      else if (lastMs + activeMs < nowMs) activity.lastMs.delete(name)
    }
    if (activity.lastMs.size === 0) {
      activity.gaugedUntilMs = 0
      return
    }
    activity.gaugedUntilMs = nowMs + 2 * minuteMs
    throw new Retry((Math.floor(nowMs / minuteMs) + 1) * minuteMs, 'again in a minute', { counts: false })

    function ageSec(fromMs: number): number {
      return Math.max(0, Math.floor((nowMs - fromMs) / 1000))
    }

    /** Of a standard queue whose messages name groups, as far as this process has given such out. */
    async function fairCounts(tx: ReadTx, { generation }: Queue, visible: number) {
      const fairness = fairnessOf(host, generation)
      if (!fairness) return undefined
      const noisy = await noisyNeighbors(tx.snapshot, fairness, generation, nowMs)
      return { noisy: noisy.size, quiet: await countQuiet(tx.snapshot, generation, noisy, visible, nowMs) }
    }

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
