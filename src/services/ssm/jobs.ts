import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { parsePolicies } from './policies.ts'
import { remove } from './remove.ts'
import { parameter, version } from './state.ts'

/** Background work of parameters. */
export const jobs = {
  /** Deletes a parameter whose Expiration has come. */
  expire: {
    retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
    async run({ name }: { name: string }, { host, scope }: JobCtx) {
      await host.records.write(scope, async (tx) => {
        const found = await tx.get(parameter(name))
        const policies = found && (await tx.get(version(name, found.version)))?.policies
        // It may have been put again, with another time or none, since this was due.
        const expiresAtMs = policies === undefined ? undefined : parsePolicies(policies, 0)?.expiresAtMs
        if (found && expiresAtMs !== undefined && expiresAtMs <= host.clock.nowMs()) await remove(tx, found, host)
      })
    },
  } satisfies Job<{ name: string }>,
} as const
