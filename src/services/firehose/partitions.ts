import { hash } from 'node:crypto'
import { type Batch, type Entry, removeEntries } from './batch.ts'
import { keep } from './buffer.ts'
import { measure } from './metrics.ts'
import { type Bringing, fitsKey, prefixOf, putObject } from './object.ts'
import { dataPrefix, namedKeys } from './prefix.ts'
import { type Processing, processingOf } from './processing.ts'
import { backedUp, delivering, type ExtendedS3Settings, type Partition, type Waiting, waiting, whole } from './state.ts'
import { putFailed } from './to-s3.ts'
import { type Failed, type Item, ofSlice, processed, slicesOf } from './transform.ts'

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const mostActive = 500
/** Moved in one transaction: data, and entries of the store. */
const step = { bytes: 8 * 1_048_576, entries: 2_000 }
/** No number of this time is shorter than another's: by it the longest prefix is told. */
const whenLongest = Date.UTC(2000, 11, 20, 20, 20, 20)

interface Placed {
  readonly item: Item
  /** The name of the partition's buffer. */
  readonly buffer: string
  readonly partition: Partition
}

/**
 * Moves records into the buffers of their partitions. What has no partition, or one too many, goes to the prefix for
 * errors. Each record leaves the one buffer in the transaction that puts all that was made of it into others.
 */
export async function distribute(of: Bringing, batch: Batch, settings: ExtendedS3Settings): Promise<void> {
  const by = processingOf(settings.ProcessingConfiguration)
  for (const [index, sources] of slicesOf(batch.sources, by).entries()) {
    const slice = {
      sources,
      records: sources.flatMap(({ records }) => records),
      entries: sources.flatMap(({ entries }) => entries),
    }
    await distributeSlice(ofSlice(of, index), slice, settings, by)
  }
}

async function distributeSlice(
  of: Bringing,
  batch: Batch,
  settings: ExtendedS3Settings,
  by: Processing,
): Promise<void> {
  const { items, failed, queryMs } = await processed(of, batch.records, by, settings.RoleARN)
  const active = await activePartitions(of)
  const placed: Placed[] = []
  const unplaced: Failed[] = []
  const exceeding: Failed[] = []
  for (const item of items) {
    const found = placeOf(item, settings)
    const { source, data } = item
    if (typeof found === 'string') {
      const code = 'DynamicPartitioning.MetadataExtractionFailed'
      unplaced.push({ source, data, attempts: 1, code, message: found })
    } else if (!active.has(found.buffer) && active.size >= mostActive) {
      const code = 'DynamicPartitioning.ActivePartitionLimitExceeded'
      const message = 'The number of active partitions has exceeded the configured limit'
      exceeding.push({ source, data, attempts: 1, code, message })
    } else {
      active.add(found.buffer)
      placed.push({ item, ...found })
    }
  }
  await putFailed(of, [...failed, ...unplaced], settings, 'processing-failed', settings.CustomTimeZone)
  await putFailed(of, exceeding, settings, 'activePartitionExceeded', settings.CustomTimeZone)
  await move(of, batch, placed)
  measure(of, of.stream.name, {
    ActivePartitionsLimit: mostActive,
    PartitionCount: active.size,
    PartitionCountExceeded: exceeding.length > 0 ? 1 : 0,
    ...(by.query && { 'JQProcessing.Duration': queryMs }),
  })
}

/** The names of the buffers of partitions that have records. */
async function activePartitions({ host, scope, stream }: Bringing): Promise<Set<string>> {
  return host.records.read(scope, async (tx) => {
    const found = new Set<string>()
    for await (const [, buffer] of tx.keys(delivering.under(stream.id))) {
      if (buffer !== whole && buffer !== backedUp) found.add(buffer)
    }
    return found
  })
}

/** The partition of an item; what is wrong with its keys when it has none. */
function placeOf({ query, lambda }: Item, { Prefix, CustomTimeZone: zone }: ExtendedS3Settings) {
  const prefix = dataPrefix(Prefix)
  const keys = {
    query: namedKeys(prefix, 'partitionKeyFromQuery', query),
    lambda: namedKeys(prefix, 'partitionKeyFromLambda', lambda),
  }
  const longest = prefixOf({ atMs: whenLongest }, { prefix, zone, keys }, '')
  if (longest === undefined) return 'The record has not all of the partition keys that the prefix names.'
  if (!fitsKey(longest)) return 'With the partition keys of the record the key of the object would be too long.'
  const partition: Partition = { prefix: Prefix, ...keys }
  return { buffer: hash('sha256', `${Prefix}\0${longest}`), partition }
}

/** Brings what waits in the buffer of a partition to the bucket, in one object. */
export async function bringPartition(
  of: Bringing,
  records: readonly Waiting[],
  settings: ExtendedS3Settings,
  { prefix, ...keys }: Partition,
): Promise<void> {
  const atMs = records.reduce((oldest, one) => Math.min(oldest, one.atMs), Number.POSITIVE_INFINITY)
  const { FileExtension: extension, CustomTimeZone: zone } = settings
  const data = records.map((one) => one.data)
  const count = records.reduce((sum, one) => sum + (one.records ?? 1), 0)
  await putObject({ ...of, atMs }, settings, { prefix: dataPrefix(prefix), extension, zone, keys }, data, count)
  const bytes = data.reduce((sum, { length }) => sum + length, 0)
  const seconds = Math.max(1, (of.host.clock.nowMs() - atMs) / 1_000)
  measure(of, of.stream.name, { 'DeliveryToS3.ObjectCount': 1, PerPartitionThroughput: bytes / seconds })
}

/** Moves, record by record as they were put, what was placed of them. */
async function move({ host, scope, stream }: Bringing, batch: Batch, placed: readonly Placed[]): Promise<void> {
  const bySource = Map.groupBy(placed, ({ item }) => item.source)
  let [moving, gone, bytes]: [Placed[], Entry[], number] = [[], [], 0]
  let first: Uint8Array | undefined
  const commit = async () => {
    if (!first) return
    const head = first
    await host.records.write(scope, async (tx) => {
      // Another has been here, or the stream is gone: what was made of the records is not for this one to keep.
      if (!(await tx.get(waiting(stream.id, whole, head)))) throw new Error('The records have been moved already.')
      for (const [buffer, items] of Map.groupBy(moving, (one) => one.buffer)) {
        await keep(tx, stream, [together(items)], host, { name: buffer, partition: items[0]!.partition })
      }
      removeEntries(tx, stream, { name: whole }, gone)
    })
    ;[moving, gone, bytes, first] = [[], [], 0, undefined]
  }
  for (const { records, entries } of batch.sources) {
    const items = records.flatMap((record) => bySource.get(record) ?? [])
    const size = items.reduce((sum, { item }) => sum + item.data.length, 0)
    if (bytes + size > step.bytes || gone.length >= step.entries) await commit()
    for (const one of items) {
      // Of one record that becomes more than a transaction takes, what a crash has left is moved again.
      if (bytes > 0 && bytes + one.item.data.length > step.bytes) await commit()
      first ??= entries[0]!.position
      moving.push(one)
      bytes += one.item.data.length
    }
    first ??= entries[0]!.position
    gone.push(...entries)
  }
  await commit()
}

/** Items of a partition as one entry, which thousands of small ones would be too many of. */
function together(items: readonly Placed[]): Waiting {
  return {
    data: Buffer.concat(items.map(({ item }) => item.data)),
    atMs: items.reduce((oldest, { item }) => Math.min(oldest, item.source.atMs), Number.POSITIVE_INFINITY),
    records: items.length,
  }
}
