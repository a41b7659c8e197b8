import { isHttpTarget } from '../../delivery/http-target.ts'
import { beginAt } from '../../delivery/stream-checkpoints.ts'
import { parseArn } from '../../kernel/arn.ts'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { principalOf } from './names.ts'
import { streamOf } from './source.ts'
import { checkpoint, type Pipe, pipe } from './state.ts'

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
    const start = problem === undefined && found.desired === 'RUNNING' ? await startOf(found, ctx) : undefined
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(pipe(name))
      // Another request has come since, with a job of its own.
      if (now?.current !== found.current || now.modifiedAtMs !== found.modifiedAtMs) return
      if (now.current === 'DELETING') {
        tx.delete(pipe(name))
        tx.clear(checkpoint.under(name))
        return
      }
      const current = problem === undefined ? now.desired : (failed[now.current] ?? now.desired)
      if (start) beginAt(tx, { id: name, checkpoint }, start.lanes, start.positions)
      tx.set(pipe(name), { ...now, current, reason: problem, ...(start && { begun: true }) })
      if (current !== 'RUNNING') return
      host.deliveries.schedule(tx, { kind: 'pipes:poll', scope, key: name, data: { name } })
    })
  },
}

/** Why a pipe can't run: its role can't be assumed or may not read the source, or what it names is not there. */
async function problemOf(found: Pipe, ctx: JobCtx): Promise<string | undefined> {
  const { host, scope } = ctx
  try {
    const principal = await principalOf(found, ctx)
    for (const request of await neededFor(found, host)) {
      if (await host.records.read(scope, (tx) => host.isAllowed(principal, request, {}, tx))) continue
      return `The role ${found.roleArn} is not allowed to perform ${request.action} on ${request.resource}.`
    }
    const { enrichment, target } = found
    for (const arn of [enrichment, target]) if (arn && isHttpTarget(arn)) await host.httpTarget(arn)
    if (enrichment && !isHttpTarget(enrichment)) await host.functionTarget(enrichment)
    const { service = '' } = parseArn(target) ?? {}
    if (service === 'lambda') await host.functionTarget(target)
    if (['sqs', 'sns', 'kinesis', 'firehose'].includes(service)) await host.messageTarget(target)
    return undefined
  } catch (error) {
    if (!isAwsError(error)) throw error
    return error.message
  }
}

/** What the role needs to be allowed to read the source, which has to be there. */
async function neededFor({ source, sourceParameters }: Pipe, host: Host): Promise<readonly AccessRequest[]> {
  if (streamOf({ source, sourceParameters })) {
    const { needed } = await host.streamSource(source)
    // Listing streams has no resource, and roles are commonly given the rest alone.
    return needed.filter(({ resource }) => resource !== '*')
  }
  await host.queueSource(source)
  const actions = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']
  return actions.map((name) => ({ action: `sqs:${name}`, resource: source }))
}

/** Where a stream that is not read yet begins: what is written once the pipe runs reaches the target. */
async function startOf(found: Pipe, ctx: JobCtx) {
  const stream = streamOf(found)
  if (!stream || found.begun) return undefined
  const { StartingPosition: type, StartingPositionTimestamp: atMs = 0, ParallelizationFactor: lanes = 1 } = stream
  const principal = await principalOf(found, ctx)
  const source = await ctx.host.streamSource(found.source)
  const positions = new Map<string, string>()
  for (const { id } of await source.shards(principal)) {
    positions.set(id, await source.position(id, type === 'AT_TIMESTAMP' ? { type, atMs } : { type }, principal))
  }
  return { lanes, positions }
}
