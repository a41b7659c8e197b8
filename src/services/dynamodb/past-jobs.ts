import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { entriesPerItem } from './entries.ts'
import { writeItem } from './item-writes.ts'
import { dayMs, itemAt, positionsAfter } from './past.ts'
import type { Position } from './positions.ts'
import { letIn } from './restored-table.ts'
import { past, pastInTime, pastReader, table } from './state.ts'
import { decodeItem } from './stored-item.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }
/** Records removed in one transaction. */
const removedPerStep = 200
/** Items written in one transaction, which must hold them with all their index entries: half of 25, as two lists join. */
const writtenPerStep = 12

interface TrimWork {
  readonly tableName: string
  readonly recoveryId: string
}

/** Forgets what is older than the table's recovery period, and not being read. */
export const trimPast: Job<TrimWork> = {
  retry,
  async run({ tableName, recoveryId }, { host, scope, signal }: JobCtx) {
    for (;;) {
      const nowMs = host.clock.nowMs()
      if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
      const againAtMs = await host.records.write(scope, async (tx) => {
        const found = await tx.get(table(tableName))
        if (found?.recovery?.id !== recoveryId) return undefined
        const keptMs = found.recovery.days * dayMs
        let upToMs = nowMs - keptMs
        for await (const { value } of tx.range(pastReader.under(recoveryId))) upToMs = Math.min(upToMs, value)
        let seen = 0
        for await (const [, changedAtMs, partition, sort] of tx.snapshot.keys(pastInTime.under(recoveryId), {
          limit: removedPerStep,
        })) {
          // What changed at that very time is not needed to know what stood there after it.
          if (changedAtMs > upToMs) return Math.max(changedAtMs + keptMs, nowMs + 60_000)
          seen++
          tx.delete(past(recoveryId, partition, sort, changedAtMs))
          tx.delete(pastInTime(recoveryId, changedAtMs, partition, sort))
        }
        return seen === removedPerStep ? nowMs : nowMs + keptMs
      })
      if (againAtMs === undefined) return
      if (againAtMs > nowMs) throw new Retry(againAtMs, 'the next to be forgotten', { counts: false })
    }
  },
}

export interface RecoverWork {
  readonly sourceId: string
  readonly recoveryId: string
  readonly atMs: number
  readonly targetName: string
  readonly targetId: string
}

/** Fills a table with what another was at a time, then lets requests in. Begun again, it writes the same. */
export const recover: Job<RecoverWork> = {
  retry,
  async run({ sourceId, recoveryId, atMs, targetName, targetId }, { host, scope, signal }: JobCtx) {
    let after: Position | undefined
    for (;;) {
      const nowMs = host.clock.nowMs()
      if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
      after = await host.records.write(scope, async (tx) => {
        const target = await tx.get(table(targetName))
        if (target?.id !== targetId) return undefined
        const limit = Math.max(1, Math.floor(writtenPerStep / (1 + entriesPerItem(target))))
        const positions = await positionsAfter(tx, { id: sourceId }, recoveryId, after, limit)
        for (const position of positions) {
          const stored = await itemAt(tx, { id: sourceId }, recoveryId, position, atMs)
          if (!stored) continue
          const { item } = decodeItem(stored)
          await writeItem(tx, target, { position, next: () => item, tooLarge: '' }, { nowMs })
        }
        return positions.at(-1)
      })
      if (!after) break
    }
    await host.records.write(scope, async (tx) => {
      tx.delete(pastReader(recoveryId, targetId))
      await letIn(tx, targetName, targetId)
    })
  },
}
