import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { JobCtx } from '../../../kernel/delivery.ts'
import type { Tx } from '../../../kernel/records.ts'
import { type BucketAccess, objectEncryption, putFile } from '../bucket-files.ts'
import { packText, unpackText } from '../stored-item.ts'
import { bulkArn } from './description.ts'
import { type BulkOperation, type BulkProgress, bulkFile, bulkOperation, bulkOutput, type OutputType } from './state.ts'

/*
 * What is told of items that were not written. It waits in the store, written together with the progress, and goes to
 * the bucket in files. The documents name the kinds of report and that there is a manifest, and not what they look like:
 * folder, manifests and compressed lines are those of exports (export-jobs.ts).
 */

/** Of one file. Characters are counted before it is compressed. */
const fileRecords = 2_000
const fileLength = 8_000_000
const folders: Readonly<Record<OutputType, string>> = {
  ERROR: 'error',
  CONDITION_CHECK_FAILURE: 'condition-check-failure',
}
/** On another thread: so much text would hold up everybody else's requests. */
const compress = promisify(gzip)

/** Keeps a line of output when that kind was asked for. Answers the progress with it. */
export function keepOutput(tx: Tx, of: BulkOperation, progress: BulkProgress, type: OutputType, line: object) {
  if (!of.output.types.includes(type)) return progress
  const text = JSON.stringify(line)
  tx.set(bulkOutput(of.id, type, progress.items), packText(text))
  const { records, length } = progress.waiting
  return { ...progress, waiting: { records: records + 1, length: length + text.length } }
}

export function isFileFull({ waiting }: BulkProgress): boolean {
  return waiting.records >= fileRecords || waiting.length >= fileLength
}

/** Throws BucketFailure when the bucket cannot be written to. */
export async function beginOutput(of: BulkOperation, ctx: JobCtx): Promise<void> {
  await putFile(outputAccess(of, ctx), `${folderOf(of)}/_started`, new Uint8Array(), objectEncryption(of.output))
}

/** Writes all that waits to files. One that was written before a crash is written again, under the same name. */
export async function writeOutput(id: string, ctx: JobCtx): Promise<void> {
  const { host, scope } = ctx
  for (;;) {
    const found = await host.records.read(scope, async (tx) => {
      const of = await tx.get(bulkOperation(id))
      const waiting: { readonly key: readonly [string, OutputType, number]; readonly text: string }[] = []
      let length = 0
      for await (const { key, value } of tx.range(bulkOutput.under(id), { limit: fileRecords })) {
        // A file has lines of one kind.
        if (waiting.length > 0 && (waiting[0]!.key[1] !== key[1] || length >= fileLength)) break
        const text = unpackText(value)
        length += text.length
        waiting.push({ key, text })
      }
      return { of, waiting }
    })
    const { of, waiting } = found
    const [first] = waiting
    if (!of || !first) return
    const number = of.progress.files
    const name = hash('sha256', `${id} ${number}`, 'hex').slice(0, 26)
    const key = `${folderOf(of)}/${folders[first.key[1]]}/${name}.json.gz`
    const body = await compress(waiting.map(({ text }) => `${text}\n`).join(''))
    const { md5, etag } = await putFile(outputAccess(of, ctx), key, body, objectEncryption(of.output))
    const file = { outputType: first.key[1], itemCount: waiting.length, md5Checksum: md5, etag, dataFileS3Key: key }
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(bulkOperation(id))
      if (!now) return
      for (const { key: parts } of waiting) tx.delete(bulkOutput(...parts))
      tx.set(bulkFile(id, number), JSON.stringify(file))
      const { records, length } = now.progress.waiting
      const left = {
        records: records - waiting.length,
        length: waiting.reduce((rest, { text }) => rest - text.length, length),
      }
      tx.set(bulkOperation(id), { ...now, progress: { ...now.progress, files: number + 1, waiting: left } })
    })
  }
}

/** Forgets what waits. */
export async function dropOutput(id: string, { host, scope }: JobCtx): Promise<void> {
  for (let dropped = fileRecords; dropped === fileRecords; ) {
    dropped = await host.records.write(scope, async (tx) => {
      let count = 0
      for await (const parts of tx.snapshot.keys(bulkOutput.under(id), { limit: fileRecords })) {
        count++
        tx.delete(bulkOutput(...parts))
      }
      return count
    })
  }
}

/** Writes the manifests of an operation that ends like this. */
export async function writeManifests(of: BulkOperation, ctx: JobCtx): Promise<void> {
  const { host, scope } = ctx
  const files = await host.records.read(scope, async (tx) => {
    const lines: string[] = []
    for await (const { value } of tx.range(bulkFile.under(of.id))) lines.push(`${value}\n`)
    return lines
  })
  const arn = (service: string, resource: string) => `arn:aws:${service}:${scope.region}:${scope.account}:${resource}`
  const bulkOperationArn = bulkArn({ arn }, of)
  const { progress, output, table } = of
  const summary = JSON.stringify({
    bulkOperationArn,
    bulkOperationStatus: of.status,
    startTime: new Date(of.startedAtMs).toISOString(),
    endTime: of.endedAtMs === undefined ? null : new Date(of.endedAtMs).toISOString(),
    tableArn: arn('dynamodb', `table/${table.name}`),
    tableId: table.uuid,
    s3Bucket: output.bucket,
    s3Prefix: output.prefix ?? null,
    manifestFilesS3Key: `${folderOf(of)}/manifest-files.json`,
    processedItemCount: progress.items,
    failedItemCount: progress.failed,
    conditionCheckFailureCount: progress.conditionsFailed,
  })
  const access = outputAccess(of, ctx)
  for (const [name, text] of [
    ['manifest-files', files.join('')],
    ['manifest-summary', summary],
  ] as const) {
    const put = (key: string, body: string) => putFile(access, key, Buffer.from(body), objectEncryption(output))
    const { md5 } = await put(`${folderOf(of)}/${name}.json`, text)
    await put(`${folderOf(of)}/${name}.md5`, md5)
  }
}

function folderOf({ id, output }: BulkOperation): string {
  return `${output.prefix === undefined ? '' : `${output.prefix}/`}AWSDynamoDB/${id}`
}

function outputAccess({ output, principal }: BulkOperation, { host, scope, signal }: JobCtx): BucketAccess {
  return { host, scope, principal, bucket: output.bucket, bucketOwner: output.bucketOwner, signal }
}
