import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { type BucketAccess, BucketFailure, objectEncryption, putFile } from './bucket-files.ts'
import { exportFolder } from './export-description.ts'
import { linesAfter } from './export-lines.ts'
import { manifestOfFiles, summaryOf } from './export-manifests.ts'
import type { Position } from './positions.ts'
import { type Export, pastReader, tableExport } from './state.ts'

/** Positions read at once, and text of a file before it is compressed. */
const positionsPerStep = 100
const fileBytes = 8_000_000
/** On another thread: so much text would hold up everybody else's requests. */
const compress = promisify(gzip)

/** A data file that was written. */
export interface DataFile {
  readonly key: string
  readonly items: number
  readonly md5: string
  readonly etag: string
}

interface ExportWork {
  readonly tableName: string
  readonly exportId: string
}

/**
 * Writes an export's files, then says that it is complete. Begun again, it writes the same files: the past does not
 * change, and their names come from the export's id. What the bucket refuses ends it as FAILED.
 */
export const exportJob: Job<ExportWork> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ tableName, exportId }, ctx) {
    const { host, scope } = ctx
    const asked = await host.records.read(scope, (tx) => tx.get(tableExport(tableName, exportId)))
    if (asked?.status !== 'IN_PROGRESS') return
    const { failure, ...ended } = await write(asked, ctx).catch((error: unknown) => {
      if (!(error instanceof BucketFailure)) throw error
      return { failure: { code: error.code, message: error.message } }
    })
    await host.records.write(scope, async (tx) => {
      tx.delete(pastReader(asked.recoveryId, exportId))
      tx.set(tableExport(tableName, exportId), {
        ...asked,
        ...ended,
        endedAtMs: host.clock.nowMs(),
        ...(failure ? { status: 'FAILED', failure } : { status: 'COMPLETED' }),
      })
    })
  },
}

interface Ended extends Pick<Export, 'items' | 'bytes'> {
  readonly failure?: NonNullable<Export['failure']>
}

async function write(of: Export, { host, scope, signal }: JobCtx): Promise<Ended> {
  const { bucket, bucketOwner, principal } = of
  const access: BucketAccess = { host, scope, principal, bucket, bucketOwner, signal }
  const put = (key: string, body: string | Uint8Array) => putFile(access, key, Buffer.from(body), objectEncryption(of))
  const folder = exportFolder(of)
  // The data of exports of changes lies together, so that it can be read as one.
  const dataFolder = of.changes ? folder.slice(0, folder.lastIndexOf('/')) : folder
  await put(`${folder}/_started`, '')

  const files: DataFile[] = []
  let lines: string[] = []
  let textBytes = 0
  let allBytes = 0
  const close = async () => {
    const name = hash('sha256', `${of.id} ${files.length}`, 'hex').slice(0, 26)
    const key = `${dataFolder}/data/${name}.json.gz`
    files.push({ key, items: lines.length, ...(await put(key, await compress(lines.join('')))) })
    allBytes += textBytes
    lines = []
    textBytes = 0
  }
  let after: Position | undefined
  do {
    if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
    const from: Position | undefined = after
    const found = await host.records.read(scope, (tx) => linesAfter(tx, of, from, positionsPerStep))
    for (const line of found.lines) {
      lines.push(line)
      textBytes += Buffer.byteLength(line)
      if (textBytes >= fileBytes) await close()
    }
    after = found.last
  } while (after)
  if (lines.length > 0 || files.length === 0) await close()

  const items = files.reduce((sum, file) => sum + file.items, 0)
  const ended: Ended = { items, bytes: allBytes }
  const endedAtMs = host.clock.nowMs()
  const manifests = [
    ['manifest-files', manifestOfFiles(files)],
    [
      'manifest-summary',
      summaryOf({ ...of, ...ended, endedAtMs }, `arn:aws:dynamodb:${scope.region}:${scope.account}`),
    ],
  ] as const
  for (const [name, text] of manifests) {
    const { md5 } = await put(`${folder}/${name}.json`, text)
    await put(`${folder}/${name}.md5`, md5)
  }
  return ended
}
