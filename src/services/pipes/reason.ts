import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { type Pipe, pipe } from './state.ts'

/** Characters of a StateReason. */
const mostReason = 512

/** Says in the pipe, and in the log, why it does not get on. */
export async function explain(ctx: JobCtx, current: Pipe, error: unknown): Promise<void> {
  const message = isAwsError(error) || error instanceof SyntaxError ? error.message : 'internal error'
  ctx.host.log.warn('pipes.failed', { pipe: current.name, error: String(error) })
  await tell(ctx, current, `PROBLEM: ${message}`.slice(0, mostReason))
}

/** Says in the pipe that it gets on again, when it said that it does not. */
export async function recovered(ctx: JobCtx, current: Pipe): Promise<void> {
  const now = await ctx.host.records.read(ctx.scope, (tx) => tx.get(pipe(current.name)))
  if (now?.reason !== undefined) await tell(ctx, current, undefined)
}

async function tell({ host, scope }: JobCtx, { name, modifiedAtMs }: Pipe, reason: string | undefined): Promise<void> {
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(pipe(name))
    if (now?.modifiedAtMs === modifiedAtMs && now.reason !== reason) tx.set(pipe(name), { ...now, reason })
  })
}
