import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import { StoreError } from '../../../kernel/store.ts'
import type { Item } from '../attribute-value.ts'
import { type BucketAccess, BucketFailure, objectsUnder, readFile, unpacked } from '../bucket-files.ts'
import { entryUnits } from '../capacity.ts'
import { entriesPerItem } from '../entries.ts'
import { recordsOf } from '../import-lines.ts'
import { type Written, writeItem } from '../item-writes.ts'
import { table } from '../state.ts'
import { maxPlainLength } from '../stored-item.ts'
import { type LineError, lineError, type ReadLine, readBulkLine } from './lines.ts'
import { beginOutput, dropOutput, isFileFull, keepOutput, writeManifests, writeOutput } from './output.ts'
import { type BulkOperation, type BulkProgress, bulkOperation } from './state.ts'
import { usedBy } from './usage.ts'

/** Index entries and items written in one transaction, and characters of the lines that they come from. */
const writesPerStep = 25
const lengthPerStep = 4_000_000

/** The operation is over before its input is: not an error of the job. */
class Over extends Error {
  readonly status: 'CANCELLED' | 'FAILED'
  readonly code: string
  constructor(status: 'CANCELLED' | 'FAILED', code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/**
 * Puts the items of a bucket's files into a table. Progress is written with the items, so that an operation that was
 * cut off goes on where it was, and each line has been dealt with once, its condition included. What is wrong with a line
 * is told and does not stop it; what a bucket refuses does.
 */
export const bulkPut: Job<{ readonly id: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  concurrency: 4,
  async run({ id }, ctx) {
    const { host, scope } = ctx
    const asked = await host.records.read(scope, (tx) => tx.get(bulkOperation(id)))
    if (!asked || (asked.status !== 'IN_PROGRESS' && asked.status !== 'CANCELLING')) return
    let over = await untilOver(async () => {
      await beginOutput(asked, ctx)
      await putAll(asked, ctx)
    })
    let ended = await ending(id, over, ctx)
    over =
      (await untilOver(async () => {
        await writeOutput(id, ctx)
        if (ended) await writeManifests(ended, ctx)
      })) ?? over
    ended = await ending(id, over, ctx)
    // What could not be told is forgotten.
    await dropOutput(id, ctx)
    await host.records.write(scope, (tx) => {
      if (ended) tx.set(bulkOperation(id), ended)
    })
  },
}

/** How it ended too soon, if it did. */
async function untilOver(act: () => Promise<void>): Promise<Over | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof Over) return error
    if (error instanceof BucketFailure) return new Over('FAILED', error.code, error.message)
    throw error
  }
}

/** The operation as it is to end. */
async function ending(id: string, over: Over | undefined, { host, scope }: JobCtx): Promise<BulkOperation | undefined> {
  const of = await host.records.read(scope, (tx) => tx.get(bulkOperation(id)))
  if (!of) return undefined
  const endedAtMs = host.clock.nowMs()
  if (over) return { ...of, endedAtMs, status: over.status, failure: { code: over.code, message: over.message } }
  return { ...of, endedAtMs, status: of.progress.failed > 0 ? 'COMPLETED_WITH_ERRORS' : 'COMPLETED' }
}

async function putAll({ id, input, principal, maxWriteUnits, ...of }: BulkOperation, ctx: JobCtx): Promise<void> {
  const { host, scope, signal } = ctx
  const { bucket, bucketOwner, prefix, format, compression = 'NONE' } = input
  const access: BucketAccess = { host, scope, principal, bucket, bucketOwner, signal }
  if (of.totalBytes === undefined) {
    let totalBytes = 0
    for await (const { Size } of objectsUnder(access, prefix)) totalBytes += Size
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(bulkOperation(id))
      if (now) tx.set(bulkOperation(id), { ...now, totalBytes })
    })
  }
  const pace = paceOf(maxWriteUnits, ctx)
  let progress = of.progress
  for await (const { Key, Size } of objectsUnder(access, prefix, progress.doneKey)) {
    const before = progress.lines
    let read = 0
    let line = 0
    let batch: Line[] = []
    let length = 0
    const most = await linesPerStep(of.table.name, ctx)
    const step = async (done: boolean) => {
      if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
      const at = done ? { doneKey: Key, doneBytes: progress.doneBytes + Size } : { lines: line, readBytes: read }
      const result = await putSplit(id, batch, at, read, ctx)
      progress = result.progress
      batch = []
      length = 0
      if (isFileFull(progress)) await writeOutput(id, ctx)
      await pace(result.units)
    }
    const body = counted(await readFile(access, Key), (bytes) => {
      read += bytes
    })
    try {
      for await (const text of recordsOf(unpacked(body, compression, Key), format)) {
        line++
        if (line <= before || text === '') continue
        batch.push({ key: Key, line, text, read: readBulkLine(text, format) })
        length += text.length
        if (batch.length === most || length >= lengthPerStep) await step(false)
      }
    } catch (error) {
      if (!(error instanceof BucketFailure) || error.code !== 'ItemValidationError') throw error
      // An object that cannot be unpacked is told of as one item that failed; what came before it is written.
      batch.push({ key: Key, line: line + 1, text: '', read: lineError(error) })
    }
    await step(true)
  }
}

interface Line {
  readonly key: string
  readonly line: number
  readonly text: string
  readonly read: ReadLine
}

type Place = Pick<BulkProgress, 'lines' | 'readBytes'> | Required<Pick<BulkProgress, 'doneKey' | 'doneBytes'>>

interface Put {
  readonly progress: BulkProgress
  readonly units: number
}

/** The same in several transactions, when what goes with the items (what they were, their stream) is too much for one. */
async function putSplit(
  id: string,
  lines: readonly Line[],
  place: Place,
  readBytes: number,
  ctx: JobCtx,
): Promise<Put> {
  try {
    return await putLines(id, lines, place, ctx)
  } catch (error) {
    if (!(error instanceof StoreError) || error.reason !== 'limit') throw error
    const first = lines.slice(0, lines.length >> 1)
    const last = first.at(-1)
    if (!last)
      throw new Over('FAILED', 'ValidationException', `${lines[0]?.key}: an item is too large for its indexes.`)
    const { units } = await putSplit(id, first, { lines: last.line, readBytes }, readBytes, ctx)
    const rest = await putSplit(id, lines.slice(first.length), place, readBytes, ctx)
    return { ...rest, units: units + rest.units }
  }
}

/** Writes lines, what is told of those that were not written, and how far the operation has come. */
function putLines(id: string, lines: readonly Line[], place: Place, ctx: JobCtx): Promise<Put> {
  const nowMs = ctx.host.clock.nowMs()
  return ctx.host.records.write(ctx.scope, async (tx) => {
    const of = await tx.get(bulkOperation(id))
    if (of?.status !== 'IN_PROGRESS') {
      throw new Over('CANCELLED', 'Cancelled', 'The operation was cancelled by CancelBulkOperation.')
    }
    const target = await tx.get(table(of.table.name))
    if (target?.id !== of.table.id) {
      throw new Over('FAILED', 'ResourceNotFoundException', `The table ${of.table.name} was deleted.`)
    }
    let { progress } = of
    let units = 0
    for (const { key, line, text, read } of lines) {
      progress = { ...progress, items: progress.items + 1 }
      let attempted: Item | undefined
      let existing: Item | undefined
      try {
        if (typeof read !== 'function') throw read
        const change = read(target)
        attempted = change.key
        const condition = change.condition && {
          condition: Object.assign(
            (item: Item) => {
              existing = item
              return change.condition!(item)
            },
            { paths: change.condition.paths },
          ),
        }
        const written = await writeItem(tx, target, { ...change, ...condition }, { nowMs, by: ctx })
        units += unitsOf(written)
        progress = { ...progress, usage: usedBy(progress.usage, target, written) }
      } catch (error) {
        if (isAwsError(error, 'ConditionalCheckFailedException')) {
          const there = existing && Object.keys(existing).length > 0 ? { ExistingItem: existing } : {}
          progress = { ...progress, conditionsFailed: progress.conditionsFailed + 1 }
          progress = keepOutput(tx, of, progress, 'CONDITION_CHECK_FAILURE', { Item: attempted, ...there })
        } else if (read === error || isAwsError(error, 'ValidationException')) {
          const { code, message }: LineError = typeof read === 'function' ? lineError(error) : read
          progress = { ...progress, failed: progress.failed + 1 }
          progress = keepOutput(tx, of, progress, 'ERROR', {
            ...{ s3Key: key, lineNumber: line, errorCode: code, errorMessage: message },
            record: text.slice(0, maxPlainLength),
          })
        } else {
          // It may have written a part: so must not the transaction.
          throw isAwsError(error) ? new Over('FAILED', error.code, error.message) : error
        }
      }
    }
    const done = 'doneKey' in place ? { ...place, lines: 0, readBytes: 0 } : place
    progress = { ...progress, ...done }
    tx.set(bulkOperation(id), { ...of, progress })
    return { progress, units }
  })
}

function unitsOf({ tableUnits, entries }: Written): number {
  return entries.reduce((sum, entry) => sum + entryUnits(entry), tableUnits)
}

async function linesPerStep(name: string, { host, scope }: JobCtx): Promise<number> {
  const found = await host.records.read(scope, (tx) => tx.get(table(name)))
  return Math.max(1, Math.floor(writesPerStep / (1 + (found ? entriesPerItem(found) : 0))))
}

/** Waits, by the node's clock, until so many write units a second would have been allowed. */
function paceOf(unitsPerSec: number | undefined, { host, signal }: JobCtx): (units: number) => Promise<void> {
  const sinceMs = host.clock.nowMs()
  let all = 0
  return async (units) => {
    if (unitsPerSec === undefined) return
    all += units
    const atMs = sinceMs + (all / unitsPerSec) * 1_000
    if (atMs <= host.clock.nowMs()) return
    await host.clock.until(atMs, signal).catch((cause: unknown) => {
      throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false, cause })
    })
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, add: (bytes: number) => void) {
  for await (const chunk of body) {
    add(chunk.byteLength)
    yield chunk
  }
}
