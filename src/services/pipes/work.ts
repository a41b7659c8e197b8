import { keepPolling } from '../../delivery/poller.ts'
import type { Job } from '../../kernel/delivery.ts'
import { pollQueue } from './queue-work.ts'
import { explain } from './reason.ts'
import { streamOf } from './source.ts'
import { type Pipe, pipe } from './state.ts'
import { pollStream } from './stream-work.ts'

/** Carries events from the source of a pipe to its target while it runs. */
export const pollJob: Job<{ name: string }> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  run: ({ name }, ctx) =>
    keepPolling<Pipe>(ctx, {
      key: `pipes ${ctx.scope.account} ${ctx.scope.region} ${name}`,
      range: pipe.under(name),
      async look(tx) {
        const found = await tx.get(pipe(name))
        return found?.current === 'RUNNING' ? found : undefined
      },
      isSame: (before, now) => before.modifiedAtMs === now.modifiedAtMs,
      poll(current, signal) {
        const stream = streamOf(current)
        return stream ? pollStream(ctx, current, stream, signal) : pollQueue(ctx, current, signal)
      },
      explain: (current, error) => explain(ctx, current, error),
    }),
}
