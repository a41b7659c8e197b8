import { aborted } from '../../delivery/aborted.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { SourceRecord, StreamSource } from '../../kernel/events.ts'
import type { Principal } from '../../kernel/principal.ts'
import { bufferOf, isPartitioned, keep } from './buffer.ts'
import { measure } from './metrics.ts'
import { principalOf } from './names.ts'
import {
  backedUp,
  type DeliveryStream,
  deliveryStream,
  partitionedBytes,
  readThrough,
  type Waiting,
  waitingBytes,
  whole,
} from './state.ts'

const page = { max: 1_000, waitMs: 60_000 }
/** Buffers that may wait for a destination before no more is read: what is not read stays in the Kinesis stream. */
const mostBuffers = 10
/** The same where each partition has one, which is seldom full. */
const mostPartitionBuffers = 100
const freshMs = 900_000

/** Reads the Kinesis stream of a delivery stream, as its role, for as long as both are there and the node runs. */
export const readJob: Job<{ name: string; id: string }> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  async run({ name, id }, ctx) {
    const { host, scope, signal } = ctx
    let failures = 0
    while (!signal.aborted) {
      const found = await host.records.read(scope, (tx) => tx.get(deliveryStream(name)))
      if (found?.id !== id || found.status !== 'ACTIVE') return
      try {
        await readStream(ctx, found)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        host.log.warn('firehose.source-not-read', { stream: name, error: String(error) })
        const againAtMs = host.clock.nowMs() + Math.min(60_000, 1_000 * 2 ** Math.min(failures, 6))
        await host.clock.until(againAtMs, signal).catch(() => undefined)
      }
    }
  },
}

/** Reads all shards, each when its parents have ended, until the delivery stream is deleted. */
async function readStream(ctx: JobCtx, of: DeliveryStream): Promise<void> {
  const { host, scope } = ctx
  const changed = new AbortController()
  const signal = AbortSignal.any([ctx.signal, changed.signal])
  const watching = watchForDeletion(ctx, of, changed, signal)
  const running: Promise<void>[] = []
  try {
    const source = await host.streamSource(of.source!.streamArn)
    let session: Principal | undefined
    const as = async (): Promise<Principal> => {
      const expiresAtMs = session?.session?.expiresAtMs ?? 0
      if (!session || expiresAtMs - freshMs < host.clock.nowMs()) {
        session = await principalOf(of.source!.roleArn, of.name, { host, scope })
      }
      return session
    }
    const [started, ended] = [new Set<string>(), new Set<string>()]
    const readShards = async (): Promise<void> => {
      const found = await source.shards(await as())
      const there = new Set(found.map(({ id }) => id))
      const next = found.filter(({ parents }) => parents.every((parent) => ended.has(parent) || !there.has(parent)))
      await Promise.all(next.map(({ id }) => readWhole(id)))
    }
    const readWhole = async (shard: string): Promise<void> => {
      if (started.has(shard) || signal.aborted) return
      started.add(shard)
      const reading = readShard({ ...ctx, signal }, of, source, shard, as)
      running.push(reading)
      await reading
      ended.add(shard)
      if (!signal.aborted) await readShards()
    }
    await readShards()
    await aborted(signal)
  } finally {
    changed.abort()
    await watching
    await Promise.allSettled(running)
  }
}

/** A shard's records, from when the delivery stream was made on, into its buffer: each page with how far that is. */
async function readShard(
  { host, scope, signal }: JobCtx,
  of: DeliveryStream,
  source: StreamSource,
  shard: string,
  as: () => Promise<Principal>,
): Promise<void> {
  const at = readThrough(of.id, shard)
  while (!signal.aborted) {
    const { from, bytes } = await host.records.read(scope, async (tx) => ({
      from: await tx.get(at),
      bytes:
        (await tx.count(waitingBytes(of.id, whole))) +
        (await tx.count(waitingBytes(of.id, backedUp))) +
        (await tx.count(partitionedBytes(of.id))),
    }))
    if (bytes > (isPartitioned(of) ? mostPartitionBuffers : mostBuffers) * bufferOf(of).bytes) {
      await host.clock.until(host.clock.nowMs() + 1_000, signal).catch(() => undefined)
      continue
    }
    const principal = await as()
    const start = { type: 'AT_TIMESTAMP', atMs: of.createdAtMs } as const
    const after = from?.after ?? (await source.position(shard, start, principal))
    const { records, ended } = await source.read({ shardId: shard, after, ...page, principal, signal })
    const last = records.at(-1)
    if (ended) return
    if (!last) continue
    const waiting = records.map((record) => waitingOf(record, shard))
    const kept = await host.records.write(scope, async (tx) => {
      const now = await tx.get(deliveryStream(of.name))
      // Another reader has been here, or the stream is gone.
      if (now?.id !== of.id || now.status !== 'ACTIVE' || (await tx.get(at))?.after !== from?.after) return false
      tx.set(at, { after: last.position })
      await keep(tx, now, waiting, host)
      return true
    })
    if (!kept) continue
    const values = {
      'DataReadFromKinesisStream.Records': records.length,
      'DataReadFromKinesisStream.Bytes': waiting.reduce((sum, { data }) => sum + data.length, 0),
    }
    measure({ host, scope }, of.name, values)
  }
}

interface KinesisEvent {
  readonly kinesis?: { readonly data?: string }
}

function waitingOf({ event, atMs, key, sequenceNumber: sequence }: SourceRecord, shard: string): Waiting {
  const { kinesis }: KinesisEvent = event
  return { data: Buffer.from(kinesis?.data ?? '', 'base64'), atMs, origin: { shard, key, sequence } }
}

async function watchForDeletion(
  { host, scope }: JobCtx,
  of: DeliveryStream,
  changed: AbortController,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of host.records.watch(scope, deliveryStream.under(of.name), signal)) {
      const now = await host.records.read(scope, (tx) => tx.get(deliveryStream(of.name)))
      if (now?.id !== of.id || now.status !== 'ACTIVE') return changed.abort()
    }
  } catch (error) {
    // Without the watch a deletion would go unnoticed: begin again.
    if (!signal.aborted) changed.abort(error)
  }
}
