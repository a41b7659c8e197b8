import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { forget } from './deletion.ts'
import { rotate, rotateByRules } from './rotation-job.ts'
import { secret } from './state.ts'

/** Background work of secrets. */
export const jobs = {
  rotate,
  rotateByRules,

  /** Deletes a secret whose recovery window is over. */
  delete: {
    retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
    async run({ name }: { name: string }, { host, scope }: JobCtx) {
      await host.records.write(scope, async (tx) => {
        const found = await tx.get(secret(name))
        if (found?.deletedAtMs !== undefined && found.deletedAtMs <= host.clock.nowMs()) forget(tx, found, host)
      })
    },
  } satisfies Job<{ name: string }>,
} as const
