import { hash } from 'node:crypto'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { bufferOf, scheduleDelivery } from './buffer.ts'
import { streamArn } from './names.ts'
import { type Bringing, tellProblem } from './object.ts'
import { type DeliveryStream, delivering, deliveryStream, type Waiting, waiting, waitingBytes } from './state.ts'
import { bringToEndpoint, EndpointFailure } from './to-http.ts'
import { bringToS3 } from './to-s3.ts'

interface OfStream {
  readonly name: string
  readonly id: string
}

/** Records removed in one transaction. */
const perStep = 2_000
/** One object has no more records than this, however small they are. */
const mostRecords = 50_000

/**
 * Brings what waits to the destination, in order, an object or request after the other. Records stay until they were
 * taken: a destination that does not take them has the stream wait, as long as that may be.
 */
export const deliverJob: Job<OfStream> = {
  retry: { attempts: 1_000_000_000, minMs: 1_000, maxMs: 60_000 },
  // Each may hold as much as a buffer takes.
  concurrency: 8,
  target: ({ name }) => `deliverystream/${name}`,
  undroppable: 'It delivers everything that waits in its Firehose: delete that.',
  async run({ name, id }, ctx) {
    const { host, scope, signal } = ctx
    for (;;) {
      if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
      const begun = await host.records.write(scope, async (tx) => {
        const stream = await tx.get(deliveryStream(name))
        if (stream?.id !== id || stream.status !== 'ACTIVE') return undefined
        const before = await tx.get(delivering(id))
        tx.set(delivering(id), { ...before, phase: 'running' })
        return { stream, failingSinceMs: before?.failingSinceMs }
      })
      if (!begun) return
      const batch = await take(ctx, begun.stream)
      if (batch.records.length > 0) await bring(ctx, begun.stream, batch, begun.failingSinceMs)
      if (!(await settle(ctx, begun.stream, batch))) return
    }
  },
}

interface Batch {
  readonly records: readonly Waiting[]
  readonly positions: readonly Uint8Array[]
}

/** The oldest records, as many as go together. */
async function take({ host, scope }: JobCtx, of: DeliveryStream): Promise<Batch> {
  const { bytes: enough } = bufferOf(of)
  return host.records.read(scope, async (tx) => {
    const [records, positions]: [Waiting[], Uint8Array[]] = [[], []]
    let bytes = 0
    for await (const { key, value } of tx.range(waiting.under(of.id), { limit: mostRecords })) {
      records.push(value)
      positions.push(key[1])
      bytes += value.data.length
      if (bytes >= enough) break
    }
    return { records, positions }
  })
}

async function bring(ctx: JobCtx, stream: DeliveryStream, { records, positions }: Batch, failingSinceMs?: number) {
  const { host, scope, signal } = ctx
  const seed = hash('sha256', `${stream.id} ${Buffer.from(positions[0]!).toString('hex')}`).slice(0, 32)
  const of: Bringing = { host, scope, stream, signal, atMs: records[0]!.atMs, seed: uuidOf(seed) }
  const { destination } = stream
  try {
    if (destination.type === 's3') await bringToS3(of, records, destination.settings)
    else await bringToEndpoint(of, records, destination.settings, failingSinceMs)
  } catch (error) {
    if (signal.aborted) throw error
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(delivering(stream.id))
      if (now && now.failingSinceMs === undefined) {
        tx.set(delivering(stream.id), { ...now, failingSinceMs: host.clock.nowMs() })
      }
    })
    await explain(of, error)
    throw error
  }
}

async function explain(of: Bringing, error: unknown): Promise<void> {
  const { destination } = of.stream
  const s3 = destination.type === 's3' ? destination.settings : destination.settings.S3Configuration
  const isKnown = isAwsError(error) || error instanceof EndpointFailure
  const { code, message } = isKnown ? error : { code: 'InternalError', message: String(error) }
  const logging = destination.settings.CloudWatchLoggingOptions
  const told = isAwsError(error) ? `S3.${code}` : code
  await tellProblem(of, logging, s3.RoleARN, { code: told, message, destination: placeOf(of.stream, of) })
}

function placeOf({ destination, name }: DeliveryStream, { scope }: Pick<JobCtx, 'scope'>): string {
  if (destination.type === 's3') return destination.settings.BucketARN
  return destination.settings.EndpointConfiguration.Url || streamArn(scope, name)
}

/** Removes what was delivered. True when there is more to be delivered now; what is to wait has its time. */
async function settle({ host, scope }: JobCtx, of: DeliveryStream, { records, positions }: Batch): Promise<boolean> {
  for (let from = 0; ; from += perStep) {
    const gone = positions.slice(from, from + perStep)
    const isLast = from + perStep >= positions.length
    const left = await host.records.write(scope, async (tx) => {
      for (const position of gone) tx.delete(waiting(of.id, position))
      const bytes = records.slice(from, from + perStep).reduce((sum, { data }) => sum + data.length, 0)
      if (bytes > 0) tx.add(waitingBytes(of.id), -bytes)
      if (!isLast) return true
      const { bytes: enough, waitMs } = bufferOf(of)
      for await (const { value } of tx.range(waiting.under(of.id), { limit: 1 })) {
        const dueAtMs = value.atMs + waitMs
        const full = (await tx.snapshot.count(waitingBytes(of.id))) - bytes >= enough
        if (full || dueAtMs <= host.clock.nowMs()) {
          tx.set(delivering(of.id), { phase: 'running' })
          return true
        }
        tx.set(delivering(of.id), { phase: 'filling' })
        scheduleDelivery(tx, of, dueAtMs, host)
        return false
      }
      tx.delete(delivering(of.id))
      return false
    })
    if (isLast) return left
  }
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
