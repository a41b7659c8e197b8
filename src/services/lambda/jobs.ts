import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { eventJob } from './async-events.ts'
import { durableJobs } from './durable/jobs.ts'
import { specOf } from './execute.ts'
import { findVersion } from './find.ts'
import { imageJob } from './image-job.ts'
import { logWriter } from './log-writer.ts'
import { pollJob } from './poller.ts'
import { provisionJob } from './provision-job.ts'
import { expireInvocations } from './usage.ts'

/** Background work of functions. */
export const jobs = {
  ...durableJobs,
  event: eventJob,
  'fetch-image': imageJob,
  poll: pollJob,
  provision: provisionJob,
  'expire-invocations': expireInvocations,
  /** Unpacks new code and starts a process for it, so that the first request need not wait for either. */
  prepare: {
    retry: { attempts: 1, minMs: 1_000, maxMs: 1_000 },
    concurrency: 2,
    async run({ name }: { name: string }, { host, scope }: JobCtx) {
      try {
        const found = await host.records.read(scope, (tx) => findVersion(tx, { scope, name }))
        await host.functions.prepare?.(await specOf(host, found), { onLog: logWriter(host, found) })
      } catch (error) {
        // Deleted or changed since, or still in the making: there is nothing to prepare.
        if (!isAwsError(error, 'ResourceNotFoundException', 'ResourceConflictException')) throw error
      }
    },
  } satisfies Job<{ name: string }>,
} as const
