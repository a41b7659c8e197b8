import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Key, KeyPart, KeyRange, RecordType, Scope, Tx } from '../../kernel/records.ts'
import { attemptMs } from './attempt.ts'
import { idAt } from './enqueue.ts'
import { forget, scheduleRetention } from './forget.ts'
import { gaugeJob } from './gauge-job.ts'
import { moveJob } from './move-job.ts'
import { regroup } from './settle.ts'
import { attempt, fifo, group, message, moved, open, place, type Queue, queue, ready, total } from './state.ts'

const batch = 500
const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

/** Background work of queues. */
export const jobs = {
  move: moveJob,
  gauge: gaugeJob,

  /** Removes what a purged or deleted queue left behind, in small transactions. */
  drop: {
    retry,
    async run({ generation }: { generation: string }, { host, scope, signal }: JobCtx) {
      const records = [message, ready, moved, group, open, fifo, place, attempt] as unknown as RecordType<
        unknown,
        [string, ...KeyPart[]]
      >[]
      for (const record of records) {
        while (!signal.aborted) {
          const gone = await host.records.write(scope, async (tx) => clearSome(tx, record, generation))
          if (gone < batch) break
        }
      }
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      await host.records.write(scope, (tx) => tx.delete(total(generation)))
    },
  } satisfies Job<{ generation: string }>,

  /** Once an hour: removes the messages of a region's queues that are past their retention, read or not. */
  retain: {
    retry,
    async run(_: object, { host, scope, signal }: JobCtx) {
      let queues = 0
      let after: string | undefined
      while (!signal.aborted) {
        const found = await host.records.read(scope, async (tx) => {
          for await (const { value } of tx.range(queue.between([], after === undefined ? {} : { after: [after] }), {
            limit: 1,
          }))
            return value
          return undefined
        })
        if (!found) break
        after = found.name
        queues++
        while (!signal.aborted && (await dropRetired(host, scope, found)) === batch);
        if (found.fifo) await dropAttempts(host, scope, found, signal)
      }
      signal.throwIfAborted()
      if (queues === 0) return
      await host.records.write(scope, (tx) => scheduleRetention(tx, host, host.clock.nowMs()))
    },
  } satisfies Job<object>,
} as const

async function clearSome(
  tx: Tx,
  record: RecordType<unknown, [string, ...KeyPart[]]>,
  generation: string,
): Promise<number> {
  let count = 0
  for await (const key of tx.keys(record.under(generation) as KeyRange<unknown, [string, ...KeyPart[]]>, {
    limit: batch,
  })) {
    tx.delete(record(...key) as Key<unknown>)
    count++
  }
  return count
}

function dropRetired(host: Host, scope: Scope, { generation, fifo: isFifo, settings }: Queue): Promise<number> {
  const cutoffMs = Math.max(0, host.clock.nowMs() - settings.retentionSec * 1000)
  return host.records.write(scope, async (tx) => {
    let count = 0
    if (!isFifo) {
      // Nothing becomes visible before it was sent, so whatever became visible before the cutoff is older than it.
      for await (const key of tx.keys(ready.between([generation], { to: [cutoffMs] }), { limit: batch })) {
        count++
        forget(tx, generation, key[2], ready(...key))
      }
      return count
    }
    for await (const [, id] of tx.keys(message.between([generation], { to: [idAt(cutoffMs)] }), { limit: batch })) {
      count++
      const where = await tx.get(place(generation, id))
      if (!where) continue
      forget(tx, generation, id, fifo(generation, where.groupId, where.sequence))
      await regroup(tx, generation, where.groupId, host.clock.nowMs(), where.sequence)
    }
    return count
  })
}

/** Removes what attempts were given that nobody can repeat any more. */
async function dropAttempts(host: Host, scope: Scope, { generation }: Queue, signal: AbortSignal): Promise<void> {
  let after: string | undefined
  do {
    const from = after
    after = await host.records.write(scope, async (tx) => {
      const range = attempt.between([generation], from === undefined ? {} : { after: [from] })
      let [looked, last] = [0, '']
      for await (const { key, value } of tx.range(range, { limit: batch })) {
        if (value.atMs + attemptMs <= host.clock.nowMs()) tx.delete(attempt(...key))
        last = key[1]
        looked++
      }
      return looked === batch ? last : undefined
    })
  } while (after !== undefined && !signal.aborted)
}
