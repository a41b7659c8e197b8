import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import type { Tx } from '../../../kernel/records.ts'
import {
  type Delivery,
  type DeliveryDestination,
  delivery,
  type VendedRecord,
  vendedDue,
  vendedRecord,
} from '../../../telemetry/vended/state.ts'
import { mostEventBytes } from '../events.ts'
import { putObject } from '../export-bucket.ts'
import { deliverer, objectContext } from './deliverer.ts'
import { ends } from './deliveries.ts'
import { headerOf, lineOf, type RecordFormat } from './format.ts'
import { lineBytes, putLines } from './log-group.ts'
import { sourceArn } from './names.ts'
import { folderOf, placeOf, rootOf } from './object-key.ts'
import { delimiters, type LogTemplate } from './templates.ts'

const compress = promisify(gzip)
/** Of what is taken at once: within what PutLogEvents takes, and for one transaction. */
const mostRecords = 1_000
/** Of one line: what a record of a Firehose may have, its newline counted. */
const mostLineBytes = 1_024_000 - 1
const hourMs = 3_600_000

interface Waiting {
  readonly key: [delivery: string, position: Uint8Array]
  readonly value: VendedRecord
  /** The record as it is to be delivered. */
  readonly line: string
}

interface Batch {
  readonly one: Delivery
  readonly log: LogTemplate
  readonly destination: DeliveryDestination
  readonly how: RecordFormat
  readonly waiting: readonly Waiting[]
}

/**
 * Brings what waits for a delivery to its destination. To a log group or a Firehose, records go in the transaction that
 * takes them from what waits, so each goes once. An object of a bucket is named by its first record: made again after a
 * crash, it is the same one. Tried for a day; what is not taken by then is dropped.
 */
export const vendJob = {
  retry: { attempts: 40, minMs: 1_000, maxMs: 3_600_000 },
  target: ({ id }: { id: string }) => `delivery:${id}`,
  undroppable: 'It also brings the records that come later. Delete the delivery with DeleteDelivery.',
  async run({ id }: { id: string }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const batch = await host.records.read(scope, (tx) => nextBatch(tx, id))
      if (batch) await bring(batch, ctx)
      else if (await host.records.write(scope, (tx) => isOver(tx, id))) return
    }
  },
  exhausted(tx: Tx, { id }: { id: string }, error: Error, { host }: JobCtx) {
    tx.clear(vendedRecord.under(id))
    tx.delete(vendedDue(id))
    host.log.warn('logs.vended-records-not-delivered', { delivery: id, error: error.message })
  },
} satisfies Job<{ id: string }>

/** The oldest records, those of one hour: by it, objects are filed. */
async function nextBatch(tx: Parameters<typeof ends>[0], id: string): Promise<Batch | undefined> {
  const one = await tx.get(delivery(id))
  if (!one) return undefined
  const { log, destination } = await ends(tx, one.source, one.destinationArn)
  const how = formatOf(one, log, destination)
  const waiting: Waiting[] = []
  let bytes = 0
  for await (const { key, value } of tx.range(vendedRecord.under(id), { limit: mostRecords })) {
    // As it is written: signs that stand for others may make it three times as long.
    const line = lineOf(value, how)
    bytes += lineBytes(line)
    const first = waiting[0]
    if (first && (bytes > mostEventBytes || hourOf(value.atMs) !== hourOf(first.value.atMs))) break
    waiting.push({ key, value, line })
  }
  return waiting.length > 0 ? { one, log, destination, how, waiting } : undefined
}

const hourOf = (ms: number) => Math.floor(ms / hourMs)

async function isOver(tx: Tx, id: string): Promise<boolean> {
  for await (const _ of tx.keys(vendedRecord.under(id), { limit: 1 })) return (await tx.get(delivery(id))) === undefined
  tx.delete(vendedDue(id))
  return true
}

async function bring(batch: Batch, { host, scope, signal }: JobCtx): Promise<void> {
  const { one, log, destination, how, waiting } = batch
  const { type, resourceArn } = destination
  const source = sourceArn(scope, one.source)
  const take = async (tx: Tx) => {
    for (const { key } of waiting) {
      // Its delivery was deleted meanwhile, or another node took it.
      if (!(await tx.get(vendedRecord(...key)))) throw new Retry(0, 'the records are gone', { counts: false })
      tx.delete(vendedRecord(...key))
    }
  }
  const all = waiting.map(({ value, line }) => ({ timestamp: value.atMs, message: line }))
  // What no request takes would keep all that comes after it from being delivered.
  const lines = type === 'S3' ? all : all.filter(({ message }) => Buffer.byteLength(message) <= mostLineBytes)
  if (lines.length < all.length)
    host.log.warn('logs.vended-records-too-large', { delivery: one.id, records: all.length - lines.length })
  if (lines.length === 0) return host.records.write(scope, take)
  if (type === 'CWL') {
    // Chronological, as PutLogEvents wants them.
    lines.sort((a, b) => a.timestamp - b.timestamp)
    await putLines({ resourceArn, stream: log.stream, sourceArn: source, host }, lines, (tx) => take(tx.in(scope)))
    return
  }
  if (type === 'FH') {
    const stream = await host.messageTarget(resourceArn)
    await host.records.write(scope, async (tx) => {
      await take(tx)
      for (const { message } of lines) await stream.send(tx, { body: `${message}\n`, sourceArn: source }, deliverer)
    })
    return
  }
  const place = placeOf(resourceArn)
  const root = rootOf(place, log, one.hive ?? false, scope.account)
  const [first] = waiting
  if (!first) return
  const folder = folderOf(one, root, scope, first.value.atMs)
  const context = objectContext(source)
  const access = { host, scope, bucket: place.bucket, signal, as: deliverer, context }
  const text = headerOf(how) + lines.map(({ message }) => `${message}\n`).join('')
  await putObject(access, folder + nameOf(batch, scope), await compress(text), { ContentType: 'application/gzip' })
  await host.records.write(scope, take)
}

function formatOf(one: Delivery, log: LogTemplate, destination: DeliveryDestination): RecordFormat {
  const { fields = log.fields, delimiter = delimiters[0] ?? '\t' } = one
  return { fields, delimiter, format: destination.format ?? 'json' }
}

/** As other vended logs are named: account, log, region, delivery, time, and what tells it from others. */
function nameOf({ one, log, waiting: [first] }: Batch, { account, region }: { account: string; region: string }) {
  const minute = new Date(first?.value.atMs ?? 0).toISOString().slice(0, 16).replace(/[-:]/g, '')
  const unique = hash('sha256', first?.key[1] ?? new Uint8Array()).slice(0, 8)
  return `${account}_${log.folder}_${region}_${one.id}_${minute}Z_${unique}.log.gz`
}
