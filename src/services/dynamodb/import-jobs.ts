import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Item } from './attribute-value.ts'
import { type BucketAccess, BucketFailure, objectsUnder, readFile, unpacked } from './bucket-files.ts'
import { checkIndexKeys, entriesPerItem } from './entries.ts'
import { readerOf, recordsOf } from './import-lines.ts'
import { itemSizeBytes, maxItemBytes } from './item-size.ts'
import { writeItem } from './item-writes.ts'
import { positionOfItem } from './keys.ts'
import type { Position } from './positions.ts'
import { letIn } from './restored-table.ts'
import { type Import, type ImportProgress, type Table, table, tableImport } from './state.ts'

/** Index entries and items written in one transaction. */
const writesPerStep = 25

interface ImportWork {
  readonly tableName: string
  readonly importId: string
}

/**
 * Fills a table from the files of a bucket, then lets requests in. Begun again, it writes the same from the first file
 * on, and counts anew. What is no item of the table is counted as an error; what the bucket refuses, or a file that
 * cannot be unpacked, ends the import as FAILED, and the table keeps what came before.
 */
export const importJob: Job<ImportWork> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ tableName, importId }, ctx) {
    const { host, scope } = ctx
    const asked = await host.records.read(scope, (tx) => tx.get(tableImport(tableName, importId)))
    const target = await host.records.read(scope, (tx) => tx.get(table(tableName)))
    if (asked?.status !== 'IN_PROGRESS' || target?.id !== asked.table.id) return
    const failure = await fill(asked, target, ctx).catch((error: unknown) => {
      if (!(error instanceof BucketFailure)) throw error
      return { code: error.code, message: error.message }
    })
    await host.records.write(scope, async (tx) => {
      const found = await tx.get(tableImport(tableName, importId))
      if (!found) return
      tx.set(tableImport(tableName, importId), {
        ...found,
        endedAtMs: host.clock.nowMs(),
        ...(failure ? { status: 'FAILED', failure } : { status: 'COMPLETED' }),
      })
      await letIn(tx, tableName, target.id)
    })
  },
}

async function fill(of: Import, target: Table, ctx: JobCtx): Promise<undefined> {
  const { host, scope, signal } = ctx
  const { bucket, bucketOwner, principal, prefix, compression } = of
  const access: BucketAccess = { host, scope, principal, bucket, bucketOwner, signal }
  let progress: ImportProgress = { bytes: 0, items: 0, imported: 0 }
  for await (const { Key } of objectsUnder(access, prefix)) {
    const body = await readFile(access, Key)
    progress = await readItems(of, target, unpacked(body, compression, Key), progress, ctx)
  }
}

async function readItems(
  of: Import,
  target: Table,
  body: AsyncIterable<Uint8Array>,
  before: ImportProgress,
  { host, scope, signal }: JobCtx,
): Promise<ImportProgress> {
  const read = readerOf(of, target)
  const limit = Math.max(1, Math.floor(writesPerStep / (1 + entriesPerItem(target))))
  let progress = before
  let batch: [Position, Item][] = []
  const flush = async () => {
    if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
    const nowMs = host.clock.nowMs()
    const done = { ...progress, imported: progress.imported + batch.length }
    await host.records.write(scope, async (tx) => {
      for (const [position, item] of batch) {
        await writeItem(tx, target, { position, next: () => item, tooLarge: '' }, { nowMs })
      }
      tx.set(tableImport(of.table.name, of.id), { ...of, progress: done })
    })
    progress = done
    batch = []
  }
  for await (const line of recordsOf(body, of.format)) {
    const bytes = progress.bytes + Buffer.byteLength(line) + 1
    if (line === '') {
      progress = { ...progress, bytes }
      continue
    }
    const found = itemOf(() => read(line), target)
    if (found === undefined) {
      progress = { ...progress, bytes }
      continue
    }
    progress = { ...progress, bytes, items: progress.items + 1 }
    if (found !== 'invalid') batch.push(found)
    if (batch.length === limit) await flush()
  }
  await flush()
  return progress
}

/** Whatever is wrong with a line is an error of that line, and does not stop the import. */
function itemOf(read: () => Item | undefined, target: Table): [Position, Item] | 'invalid' | undefined {
  try {
    const item = read()
    if (!item) return undefined
    const position = positionOfItem(target.key, item)
    checkIndexKeys(target, item)
    return itemSizeBytes(item) > maxItemBytes ? 'invalid' : [position, item]
  } catch {
    return 'invalid'
  }
}
