import { oneAtATime } from '../../../delivery/one-at-a-time.ts'
import { deliveryRoom } from '../../../delivery/room.ts'
import { parseArn } from '../../../kernel/arn.ts'
import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import { isAwsError, isTransient } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Tx } from '../../../kernel/records.ts'
import { batchBytes, beginHere, type Delivering, isGone, oldestWaiting, streamOf } from './batch.ts'
import { deliverBatch } from './deliver.ts'
import { tellProblem } from './logging.ts'
import { measureChannel } from './metrics.ts'
import { channelArn, serviceName } from './names.ts'
import { type Channel, channel } from './state.ts'

/** Has a channel looked after then, and not when that was to be before. `tx` is in its scope. */
export function scheduleChannel(tx: Tx, host: Host, id: string, dueAtMs: number): void {
  host.deliveries.schedule(tx, { kind: 'kinesis:channel', scope: tx.scope, key: id, dueAtMs, data: { id } })
}

/**
 * Sets a channel up, and then delivers whenever its oldest record has waited for as long as one may. Records stay in the
 * stream meanwhile, and how far they are delivered is written down after they are: nothing is buffered that a crash
 * could lose.
 */
export const channelJob: Job<{ id: string }> = {
  retry: { attempts: 1_000_000_000, minMs: 1_000, maxMs: 60_000 },
  concurrency: 256,
  target: ({ id }) => `channel/${id}`,
  undroppable: 'It delivers all that its channel reads: delete that.',
  run: ({ id }, ctx) => oneAtATime(ctx.host, `channel ${id}`, () => settleAndDeliver(id, ctx)),
}

async function settleAndDeliver(id: string, ctx: JobCtx): Promise<void> {
  const { host, scope, signal } = ctx
  await settle(ctx, id)
  for (;;) {
    if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
    const found = await host.records.read(scope, async (tx) => {
      const of = await tx.get(channel(id))
      if (!of || of.status === 'FAILED') return undefined
      const stream = await streamOf(tx, of)
      return stream && { channel: of, stream, oldestMs: await oldestWaiting(tx, of, stream) }
    })
    if (!found) return
    const { oldestMs, ...at } = found
    const nowMs = host.clock.nowMs()
    const freshMs = at.channel.freshnessSec * 1_000
    // What is put from now on may wait for as long: until then nothing has to be looked at.
    const dueAtMs = (oldestMs ?? nowMs) + freshMs
    if (dueAtMs > nowMs) throw new Retry(dueAtMs, 'the next records to be delivered', { counts: false })
    const more = await deliver({ host, scope, signal, ...at })
    if (!more) throw new Retry(host.clock.nowMs() + freshMs, 'the next records to be delivered', { counts: false })
  }
}

/** Whether there was something. Throws when it could not be delivered, which is tried again. */
async function deliver(of: Delivering): Promise<boolean> {
  const { storage } = of.channel
  let as: Principal | undefined
  try {
    const by = await principalOf(of, of.channel)
    as = by
    const outcome = await deliveryRoom.use(`channel ${of.channel.id}`, batchBytes, () => deliverBatch(of, by))
    if (outcome && outcome.rejected > 0) {
      const message = `${outcome.rejected} records are not ${of.channel.format}. What they are is told under the error prefix.`
      await tellProblem(of, as, { code: 'InvalidRecord', message, destination: of.channel.deadLetters.bucketArn })
    }
    return outcome !== undefined
  } catch (error) {
    if (of.signal.aborted || !isAwsError(error)) throw error
    const { code, message } = error
    await tellProblem(of, as, { code, message, destination: storage.bucketArn })
    const oldestMs = await of.host.records.read(of.scope, (tx) => oldestWaiting(tx, of.channel, of.stream))
    const nowMs = of.host.clock.nowMs()
    if (oldestMs !== undefined) measureChannel(of, { DataFreshness: Math.max(0, nowMs - oldestMs) / 1_000 })
    if (oldestMs !== undefined && isGone(oldestMs, of.stream, nowMs)) {
      of.host.log.error('kinesis.channel-lost', {
        channel: of.channel.name,
        reason: 'past the retention of the stream',
      })
    }
    throw error
  }
}

/** Whoever delivers for a channel: its role, which has to trust Kinesis. */
async function principalOf({ host, scope }: Pick<JobCtx, 'host' | 'scope'>, of: Channel): Promise<Principal> {
  const sourceArn = channelArn(scope, of.id)
  const options = { service: serviceName, sessionName: 'kinesis-channel', durationSec: 3_600, sourceArn }
  return (await host.assumeRole(of.roleArn, options)).principal
}

/** Ends what was begun: a channel that is made becomes active, or has failed, for good; one that is changed is active. */
async function settle(ctx: JobCtx, id: string): Promise<void> {
  const { host, scope } = ctx
  const found = await host.records.read(scope, (tx) => tx.get(channel(id)))
  if (found?.status !== 'CREATING' && found?.status !== 'UPDATING') return
  const reason = found.status === 'CREATING' ? await whyNot(ctx, found) : undefined
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(channel(id))
    if (now?.status !== found.status) return
    if (reason !== undefined) return tx.set(channel(id), { ...now, status: 'FAILED', reason })
    const stream = await streamOf(tx, now)
    if (stream && now.status === 'CREATING') await beginHere(tx, now, stream)
    tx.set(channel(id), { ...now, status: 'ACTIVE' })
  })
}

/** Why a channel can not deliver as it is set up; undefined when it can. */
async function whyNot(ctx: JobCtx, of: Channel): Promise<string | undefined> {
  const { host, scope, signal } = ctx
  try {
    const as = await principalOf(ctx, of)
    const options = { as, scope, signal, context: { 'aws:CalledVia': [serviceName] } }
    for (const { bucketArn, owner } of [of.storage, of.deadLetters]) {
      const asked = { Bucket: parseArn(bucketArn)?.resource, ExpectedBucketOwner: owner }
      const { BucketRegion } = await host.invoke<{ BucketRegion?: string }>('s3:HeadBucket', asked, options)
      if (BucketRegion !== scope.region) return `The bucket ${bucketArn} is not in ${scope.region}.`
    }
    if (of.keyId !== undefined) {
      await host.invoke('kms:GenerateDataKey', { KeyId: of.keyId, KeySpec: 'AES_256' }, options)
    }
    return undefined
  } catch (error) {
    // What is nobody's mistake is tried again: a channel that has failed stays so.
    if (!isAwsError(error) || isTransient(error)) throw error
    return `${error.code}: ${error.message}`
  }
}
