import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Bounds, ReadTx, Tx } from '../../kernel/records.ts'
import { findBucket } from './access.ts'
import { type InventoryRow, inventoryLine, inventorySchema } from './inventory-lines.ts'
import { nextMidnightMs } from './lifecycle-job.ts'
import { allVersions } from './list-versions.ts'
import { successor } from './listing.ts'
import { s3Principal } from './notify.ts'
import { type Bucket, type InventoryConfiguration, inventoryConfiguration, object } from './state.ts'
import type { Actor } from './stored-object.ts'

const kind = 's3:inventory'
const dayMs = 86_400_000
/** Versions read in one transaction, and text of a file before it is compressed. */
const page = 1_000
const fileBytes = 3_000_000

interface Listing {
  readonly bucket: string
  readonly id: string
}

type Schedules = Pick<Actor, 'host' | 'clock'>

/** Has the first report made at the next midnight (UTC). */
export function scheduleInventory(tx: Tx, { host, clock }: Schedules, of: Bucket, id: string): void {
  const { name, account, region } = of
  const data: Listing = { bucket: name, id }
  const dueAtMs = nextMidnightMs(clock.nowMs())
  host.deliveries.schedule(tx, { kind, scope: { account, region }, dueAtMs, data, key: keyOf(data) })
}

export function cancelInventory(tx: Tx, { host }: Pick<Schedules, 'host'>, of: Bucket, id: string): void {
  const { name, account, region } = of
  host.deliveries.cancel(tx, kind, { account, region }, keyOf({ bucket: name, id }))
}

function keyOf({ bucket, id }: Listing): string {
  return `${bucket}/${id}`
}

/**
 * Writes the report of one configuration to its destination, then waits for the next: midnight, or that of Sunday. What
 * the destination refuses is told in the log, and that report left out; a run that was cut off begins anew and writes
 * over the files of the day.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
export const inventoryJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 600_000 },
  // Each holds a file's text.
  concurrency: 2,
  async run(listing: Listing, ctx: JobCtx) {
    const { host, scope } = ctx
    const atMs = host.clock.nowMs()
    const found = await host.records.read(scope, async (tx) => {
      const bucket = await findBucket(tx, listing.bucket)
      const configuration = await tx.get(inventoryConfiguration(listing.bucket, listing.id))
      return bucket && configuration?.IsEnabled ? { bucket, configuration } : undefined
    })
    if (!found) return
    await report(found, atMs, ctx).catch((error: unknown) => {
      if (ctx.signal.aborted || !isAwsError(error) || (error.status ?? 400) >= 500) throw error
      host.log.warn('s3.inventory-not-delivered', { ...listing, code: error.code, error: error.message })
    })
    const weekly = found.configuration.Schedule.Frequency === 'Weekly'
    throw new Retry(weekly ? nextSundayMs(atMs) : nextMidnightMs(atMs), 'the next report', { counts: false })
  },
} satisfies Job<Listing>

/** The next midnight at which a Sunday begins. Day 0 of the epoch was a Thursday. */
function nextSundayMs(nowMs: number): number {
  const midnight = nextMidnightMs(nowMs)
  return midnight + ((10 - ((midnight / dayMs) % 7)) % 7) * dayMs
}

interface Found {
  readonly bucket: Bucket
  readonly configuration: InventoryConfiguration
}

async function report({ bucket, configuration }: Found, atMs: number, ctx: JobCtx): Promise<void> {
  const { host, scope, signal } = ctx
  const { S3BucketDestination: to } = configuration.Destination
  const target = to.Bucket.slice('arn:aws:s3:::'.length)
  const folder = `${to.Prefix ? `${to.Prefix}/` : ''}${bucket.name}/${configuration.Id}`
  const put = async (name: string, body: Uint8Array) => {
    const key = `${folder}/${name}`
    const input = {
      ...{ Bucket: target, Key: key, Body: once(body), ContentLength: body.byteLength, ...encryptionOf(to.Encryption) },
      ...(to.AccountId !== undefined && { ExpectedBucketOwner: to.AccountId }),
    }
    await host.invoke('s3:PutObject', input, { as: s3Principal, scope, signal, context: writing(bucket) })
    return { key, size: body.byteLength, MD5checksum: hash('md5', body) }
  }

  const files: { key: string; size: number; MD5checksum: string }[] = []
  let lines: string[] = []
  let textBytes = 0
  const close = async () => {
    const data = await promisify(gzip)(lines.join(''))
    files.push(await put(`data/${fileName(folder, atMs, files.length)}.csv.gz`, data))
    lines = []
    textBytes = 0
  }
  let from: readonly string[] | undefined = [configuration.Filter?.Prefix ?? '']
  while (from) {
    if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
    const start: readonly string[] = from
    const found = await host.records.read(scope, (tx) => pageOf(tx, bucket.name, configuration, start))
    for (const row of found.rows) {
      const line = inventoryLine(row, bucket, configuration)
      lines.push(line)
      textBytes += Buffer.byteLength(line)
      if (textBytes >= fileBytes) await close()
    }
    from = found.next
  }
  if (lines.length > 0 || files.length === 0) await close()

  const time = new Date(atMs).toISOString().slice(0, 16).replace(':', '-')
  const manifest = {
    ...{ sourceBucket: bucket.name, destinationBucket: to.Bucket, version: '2016-11-30' },
    ...{ creationTimestamp: String(atMs), fileFormat: to.Format, fileSchema: inventorySchema(configuration), files },
  }
  const places = files.map(({ key }) => `s3://${target}/${key}`).join('\n')
  await put(`hive/dt=${time.replace('T', '-')}/symlink.txt`, Buffer.from(places))
  const { MD5checksum } = await put(`${time}Z/manifest.json`, Buffer.from(JSON.stringify(manifest, null, 2)))
  // The last one: who waits for a report asks to be told of it.
  await put(`${time}Z/manifest.checksum`, Buffer.from(MD5checksum))
}

/** Some versions that the configuration asks for, and where those after them begin. */
async function pageOf(
  tx: ReadTx,
  name: string,
  { IncludedObjectVersions, Filter }: InventoryConfiguration,
  from: readonly string[],
): Promise<{ rows: InventoryRow[]; next: readonly string[] | undefined }> {
  const past = successor(Filter?.Prefix ?? '')
  const bounds: Bounds = { from, ...(past !== undefined && { to: [past] }) }
  const rows: InventoryRow[] = []
  let last: readonly string[] = from
  if (IncludedObjectVersions === 'All') {
    for await (const { key, value } of allVersions(tx, name, bounds, page)) {
      rows.push({ key: key[1], ...value })
      last = [key[1], `${key[2]}\0`]
    }
  } else {
    for await (const { key, value } of tx.range(object.between([name], bounds), { limit: page })) {
      rows.push({ key: key[1], value, isLatest: true })
      last = [`${key[1]}\0`]
    }
  }
  return { rows, next: rows.length < page ? undefined : last }
}

/** The name that a file of this day's report has, whenever it is written. */
function fileName(folder: string, atMs: number, index: number): string {
  const digits = hash('sha256', `${folder} ${Math.floor(atMs / dayMs)} ${index}`)
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** What policies of destinations ask about whoever writes reports. The bucket's owner owns them in any case. */
function writing({ name, account }: Bucket): Record<string, string> {
  return {
    'aws:SourceArn': `arn:aws:s3:::${name}`,
    'aws:SourceAccount': account,
    's3:x-amz-acl': 'bucket-owner-full-control',
  }
}

type Destination = InventoryConfiguration['Destination']['S3BucketDestination']

function encryptionOf(given: Destination['Encryption']): object {
  if (given?.SSEKMS) return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: given.SSEKMS.KeyId }
  return given ? { ServerSideEncryption: 'AES256' } : {}
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}
