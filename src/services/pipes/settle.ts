import { parseArn } from '../../kernel/arn.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { principalOf } from './names.ts'
import { type Pipe, pipe } from './state.ts'

/** Stores a pipe that is on its way to another state, and has it brought there. */
export function storeChanging(tx: Tx, next: Pipe, { deliveries }: Pick<Host, 'deliveries'>): void {
  tx.set(pipe(next.name), next)
  const data = { name: next.name }
  deliveries.schedule(tx, { kind: 'pipes:settle', scope: tx.scope, key: next.name, data })
}

/** What a change that does not come off leaves. */
const failed: Readonly<Partial<Record<Pipe['current'], Pipe['current']>>> = {
  CREATING: 'CREATE_FAILED',
  UPDATING: 'UPDATE_FAILED',
  STARTING: 'START_FAILED',
}

/** Brings a pipe to the state that was asked for: https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Pipe.html */
export const settleJob: Job<{ name: string }> = {
  retry: { attempts: 1_000_000, minMs: 100, maxMs: 60_000 },
  async run({ name }, ctx) {
    const { host, scope } = ctx
    const found = await host.records.read(scope, (tx) => tx.get(pipe(name)))
    if (!found) return
    const problem = found.current in failed ? await problemOf(found, ctx) : undefined
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(pipe(name))
      // Another request has come since, with a job of its own.
      if (now?.current !== found.current || now.modifiedAtMs !== found.modifiedAtMs) return
      if (now.current === 'DELETING') {
        tx.delete(pipe(name))
        return
      }
      const current = problem === undefined ? now.desired : (failed[now.current] ?? now.desired)
      tx.set(pipe(name), { ...now, current, reason: problem })
      if (current !== 'RUNNING') return
      host.deliveries.schedule(tx, { kind: 'pipes:poll', scope, key: name, data: { name } })
    })
  },
}

/** Why a pipe can't run: its role can't be assumed, or what it names is not there. */
async function problemOf(found: Pipe, ctx: JobCtx): Promise<string | undefined> {
  const { host } = ctx
  try {
    await principalOf(found, ctx)
    await host.queueSource(found.source)
    if (found.enrichment) await host.functionTarget(found.enrichment)
    const { service } = parseArn(found.target) ?? {}
    if (service === 'lambda') await host.functionTarget(found.target)
    if (service === 'sqs' || service === 'sns') await host.messageTarget(found.target)
    return undefined
  } catch (error) {
    if (!isAwsError(error)) throw error
    return error.message
  }
}
