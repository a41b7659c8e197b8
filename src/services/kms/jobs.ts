import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { dropMaterial } from './imports.ts'
import { forget } from './key-states.ts'
import { rotate, schedule } from './rotation.ts'
import { key } from './state.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

/** Background work of keys. */
export const jobs = {
  /** Deletes a key whose waiting period is over. */
  delete: {
    retry,
    async run({ id }: { id: string }, { host, scope }: JobCtx) {
      await host.records.write(scope, async (tx) => {
        const found = await tx.get(key(id))
        if (found?.deletionAtMs !== undefined && found.deletionAtMs <= host.clock.nowMs()) await forget(tx, found)
      })
    },
  } satisfies Job<{ id: string }>,

  /** Imported material goes when its time is over; the key waits for the same again. */
  expire: {
    retry,
    async run({ id }: { id: string }, { host, scope }: JobCtx) {
      await host.records.write(scope, async (tx) => {
        const found = await tx.get(key(id))
        if (found?.validToMs !== undefined && found.validToMs <= host.clock.nowMs())
          dropMaterial(tx, { key: found, scope })
      })
    },
  } satisfies Job<{ id: string }>,

  /** Rotates a key when its period is over. One that is disabled then is passed over until the next. */
  rotate: {
    retry,
    async run({ id }: { id: string }, { host, scope }: JobCtx) {
      await host.records.write(scope, async (tx) => {
        const found = await tx.get(key(id))
        const nowMs = host.clock.nowMs()
        if (!found?.rotation || found.rotation.nextAtMs > nowMs) return
        const at = { key: found, scope }
        if (found.state === 'Enabled') await rotate(tx, at, 'AUTOMATIC', host)
        schedule(tx, { ...at, key: (await tx.get(key(id))) ?? found }, found.rotation.periodDays, nowMs, host)
      })
    },
  } satisfies Job<{ id: string }>,
} as const
