import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { stream, streamRecord, streamTrimmed } from './state.ts'

/** How long a record can be read, and a stream after it was switched off. */
export const keptMs = 86_400_000
/** Records removed in one transaction. */
const perStep = 200

/** Removes what is older than a day from a stream, in time; and in the end the stream itself. */
export const trimStream: Job<{ tableName: string; label: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ tableName, label }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    for (;;) {
      const nowMs = host.clock.nowMs()
      if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
      const againAtMs = await host.records.write(scope, async (tx) => {
        const found = await tx.get(stream(tableName, label))
        if (!found) return undefined
        let trimmed: Uint8Array | undefined
        let seen = 0
        for await (const { key, value } of tx.snapshot.range(streamRecord.under(found.id), { limit: perStep })) {
          if (value.atMs + keptMs > nowMs) {
            if (trimmed) tx.set(streamTrimmed(found.id), trimmed)
            return value.atMs + keptMs
          }
          seen++
          trimmed = key[1]
          tx.delete(streamRecord(...key))
        }
        if (trimmed) tx.set(streamTrimmed(found.id), trimmed)
        if (seen === perStep) return nowMs
        if (found.disabledAtMs === undefined) return nowMs + keptMs
        if (found.disabledAtMs + keptMs > nowMs) return found.disabledAtMs + keptMs
        tx.delete(stream(tableName, label))
        tx.delete(streamTrimmed(found.id))
        return undefined
      })
      if (againAtMs === undefined) return
      if (againAtMs > nowMs) throw new Retry(againAtMs, 'the next record to be trimmed', { counts: false })
    }
  },
}
