import { uuidFrom } from '../../delivery/bucket.ts'
import { oneAtATime } from '../../delivery/one-at-a-time.ts'
import { deliveryRoom } from '../../delivery/room.ts'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { type Batch, removeEntries, takeBatch } from './batch.ts'
import { type Buffered, backupOf, bufferOf, deliveryKey, isPartitioned, scheduleDelivery, waitOf } from './buffer.ts'
import { streamArn } from './names.ts'
import { type Bringing, tellProblem } from './object.ts'
import { bringPartition, distribute } from './partitions.ts'
import { backedUp, type DeliveryStream, delivering, deliveryStream, waiting, waitingBytes, whole } from './state.ts'
import { bringToEndpoint, EndpointFailure } from './to-http.ts'
import { bringToS3, putAsTheyCame } from './to-s3.ts'

interface OfStream {
  readonly name: string
  readonly id: string
  /** Of a partition; else what comes in. */
  readonly buffer?: string
}

/** Records removed in one transaction. */
const perStep = 2_000
const retainedMs = 24 * 3_600_000

/**
 * Brings what waits in a buffer to the destination, in order, an object or request after the other; or, with dynamic
 * partitioning, what comes in to the buffers of its partitions. Records stay until they were taken: a destination that
 * does not take them has them wait, as long as that may be.
 */
export const deliverJob: Job<OfStream> = {
  retry: { attempts: 1_000_000_000, minMs: 1_000, maxMs: 60_000 },
  // Memory is what there is little of, and that is shared out: of those that wait for it there may be many.
  concurrency: 512,
  target: ({ name }) => `deliverystream/${name}`,
  undroppable: 'It delivers everything that waits in its Firehose: delete that.',
  run: (buffer, ctx) =>
    oneAtATime(ctx.host, `firehose ${deliveryKey(buffer.id, buffer.buffer ?? whole)}`, () => deliver(buffer, ctx)),
}

async function deliver({ name, id, buffer: key = whole }: OfStream, ctx: JobCtx): Promise<void> {
  const { host, scope, signal } = ctx
  for (;;) {
    if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
    const begun = await host.records.write(scope, async (tx) => {
      const stream = await tx.get(deliveryStream(name))
      if (stream?.id !== id || stream.status !== 'ACTIVE') return undefined
      const before = await tx.get(delivering(id, key))
      // Of a partition that has been delivered nothing is left.
      if (!before && key !== whole) return undefined
      tx.set(delivering(id, key), { ...before, phase: 'running' })
      const bytes = Math.min(await tx.snapshot.count(waitingBytes(id, key)), bufferOf(stream, key).bytes)
      const buffer = { name: key, partition: before?.partition }
      return { stream, buffer, bytes, failingSinceMs: before?.failingSinceMs }
    })
    if (!begun) return
    const { stream, buffer, bytes, failingSinceMs } = begun
    const more = await deliveryRoom.use(`firehose ${id}`, bytes, async () => {
      const batch = await takeBatch(ctx, stream, key)
      if (batch.records.length === 0) return settle(ctx, stream, buffer, [])
      const moved = await bring(ctx, stream, buffer, batch, failingSinceMs)
      return settle(ctx, stream, buffer, moved ? [] : batch.entries)
    })
    if (!more) return
  }
}

/** Answers whether the records are in other buffers now. */
async function bring(
  ctx: JobCtx,
  stream: DeliveryStream,
  buffer: Buffered,
  batch: Batch,
  failingSinceMs?: number,
): Promise<boolean> {
  const { records, entries } = batch
  const { host, scope, signal } = ctx
  const seed = uuidFrom(`${stream.id} ${Buffer.from(entries[0]!.position).toString('hex')}`)
  const of: Bringing = { host, scope, stream, signal, atMs: records[0]!.atMs, seed }
  const { destination } = stream
  try {
    if (destination.type === 'http') await bringToEndpoint(of, records, destination.settings, failingSinceMs)
    else if (buffer.name === backedUp) await backUp(of, records)
    else if (buffer.partition) await bringPartition(of, records, destination.settings, buffer.partition)
    else if (isPartitioned(stream)) {
      await distribute(of, batch, destination.settings)
      return true
    } else await bringToS3(of, records, destination.settings)
    return false
  } catch (error) {
    if (signal.aborted) throw error
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(delivering(stream.id, buffer.name))
      if (now && now.failingSinceMs === undefined) {
        tx.set(delivering(stream.id, buffer.name), { ...now, failingSinceMs: host.clock.nowMs() })
      }
    })
    await explain(of, buffer, error)
    if (isAwsError(error)) await dropExpired(of, buffer, batch, failingSinceMs)
    throw error
  }
}

/**
 * Gives up what was put directly, and for as long as it is retained has not been taken by a bucket. What is read from a
 * Kinesis stream is not: no more of that is read meanwhile, and the stream forgets it in its own time.
 * https://docs.aws.amazon.com/firehose/latest/dev/troubleshooting.html
 */
async function dropExpired(
  { host, scope, stream }: Bringing,
  buffer: Buffered,
  { entries }: Batch,
  failingSinceMs?: number,
): Promise<void> {
  const expiredMs = host.clock.nowMs() - retainedMs
  if (stream.source || failingSinceMs === undefined || failingSinceMs > expiredMs) return
  const gone = entries.filter(({ atMs }) => atMs <= expiredMs)
  for (let from = 0; from < gone.length; from += perStep) {
    await host.records.write(scope, (tx) => removeEntries(tx, stream, buffer, gone.slice(from, from + perStep)))
  }
  if (gone.length > 0) host.log.error('firehose.given-up', { stream: stream.name, records: gone.length })
}

/** Brings records as they came to where they are backed up; nowhere when that has ended meanwhile. */
async function backUp(of: Bringing, records: Batch['records']): Promise<void> {
  const settings = backupOf(of.stream)
  if (settings) await putAsTheyCame(of, records, settings)
}

async function explain(of: Bringing, { name }: Buffered, error: unknown): Promise<void> {
  const { destination } = of.stream
  const backup = name === backedUp ? backupOf(of.stream) : undefined
  const s3 = backup ?? (destination.type === 's3' ? destination.settings : destination.settings.S3Configuration)
  const isKnown = isAwsError(error) || error instanceof EndpointFailure
  const { code, message } = isKnown ? error : { code: 'InternalError', message: String(error) }
  const logging = (backup ?? destination.settings).CloudWatchLoggingOptions
  const told = isAwsError(error) ? `S3.${code}` : code
  await tellProblem(of, logging, s3.RoleARN, {
    code: told,
    message,
    destination: backup?.BucketARN ?? placeOf(of.stream, of),
  })
}

function placeOf({ destination, name }: DeliveryStream, { scope }: Pick<JobCtx, 'scope'>): string {
  if (destination.type === 's3') return destination.settings.BucketARN
  return destination.settings.EndpointConfiguration.Url || streamArn(scope, name)
}

/** Removes what was delivered. True when there is more to be delivered now; what is to wait has its time. */
async function settle(
  { host, scope }: JobCtx,
  of: DeliveryStream,
  buffer: Buffered,
  entries: Batch['entries'],
): Promise<boolean> {
  const { name, partition } = buffer
  for (let from = 0; ; from += perStep) {
    const gone = entries.slice(from, from + perStep)
    const isLast = from + perStep >= entries.length
    const left = await host.records.write(scope, async (tx) => {
      const bytes = removeEntries(tx, of, buffer, gone)
      if (!isLast) return true
      for await (const { value } of tx.range(waiting.under(of.id, name), { limit: 1 })) {
        const dueAtMs = value.atMs + waitOf(of, buffer)
        const full = (await tx.snapshot.count(waitingBytes(of.id, name))) - bytes >= bufferOf(of, name).bytes
        if (full || dueAtMs <= host.clock.nowMs()) {
          tx.set(delivering(of.id, name), { partition, phase: 'running' })
          return true
        }
        tx.set(delivering(of.id, name), { partition, phase: 'filling' })
        scheduleDelivery(tx, of, name, dueAtMs, host)
        return false
      }
      tx.delete(delivering(of.id, name))
      return false
    })
    if (isLast) return left
  }
}
