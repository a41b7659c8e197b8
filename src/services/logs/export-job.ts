import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError, isTransient } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Position, readEvents } from '../../telemetry/log-read.ts'
import { stream } from '../../telemetry/log-state.ts'
import { type BucketAccess, putObject } from './export-bucket.ts'
import { activeExport, type ExportTask, exportTask } from './export-state.ts'

const compress = promisify(gzip)
/** Text of a file before it is compressed, and of what is read at once. */
const fileBytes = 16_000_000
const pageBytes = 1_000_000

/**
 * Writes the events of each stream to files of its own, a line each with its time in front, then says so. Begun again, it
 * writes the same files. What the bucket refuses ends it as FAILED.
 */
export const exportJob = {
  retry: { attempts: 20, minMs: 1_000, maxMs: 60_000 },
  async run({ id }: { id: string }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    const task = await host.records.write(scope, async (tx) => {
      const found = await active(tx, id)
      if (found) tx.set(exportTask(id), { ...found, status: 'RUNNING' })
      return found
    })
    if (!task) return
    const access = { host, scope, bucket: task.bucket, signal }
    let after: string | undefined
    do {
      const from: string | undefined = after
      after = await host.records.read(scope, (tx) => nextStream(tx, task, from))
      if (after === undefined) break
    } while (await exportStream(task, after, access, ctx))
    await host.records.write(scope, (tx) =>
      end(tx, id, { status: 'COMPLETED', message: 'Completed successfully' }, ctx),
    )
  },
  exhausted: (tx, { id }, { message }, ctx) => end(tx, id, { status: 'FAILED', message }, ctx),
} satisfies Job<{ id: string }>

async function active(tx: Pick<Tx, 'get'>, id: string): Promise<ExportTask | undefined> {
  return (await tx.get(activeExport())) === id ? tx.get(exportTask(id)) : undefined
}

async function end(tx: Tx, id: string, how: Partial<ExportTask>, { host }: JobCtx): Promise<void> {
  const found = await active(tx, id)
  if (!found) return
  tx.set(exportTask(id), { ...found, ...how, endedAtMs: host.clock.nowMs() })
  tx.delete(activeExport())
}

async function nextStream(
  tx: Pick<Tx, 'keys'>,
  { generation, streamPrefix }: ExportTask,
  after: string | undefined,
): Promise<string | undefined> {
  const bounds = after === undefined ? { from: [streamPrefix] } : { after: [after] }
  for await (const [, name] of tx.keys(stream.between([generation], bounds), { limit: 1 }))
    return name.startsWith(streamPrefix) ? name : undefined
  return undefined
}

/** False when the task is over meanwhile: cancelled, or refused by the bucket. */
async function exportStream(task: ExportTask, name: string, access: BucketAccess, ctx: JobCtx): Promise<boolean> {
  const { host, scope, signal } = ctx
  // A stream's name may have slashes, and is one step of the key.
  const folder = `${task.prefix}/${task.id}/${name.replaceAll('/', '-')}`
  let files = 0
  let text = ''
  let after: Position | undefined
  const close = async () => {
    const key = `${folder}/${String(files++).padStart(6, '0')}.gz`
    await putObject(access, key, await compress(text))
    text = ''
  }
  try {
    do {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const from: Position | undefined = after
      const page = await host.records.read(scope, async (tx) =>
        (await active(tx, task.id)) ? pageOfLines(tx, task, name, from) : undefined,
      )
      if (!page) return false
      text += page.text
      after = page.last
      if (text.length >= fileBytes) await close()
    } while (after)
    if (text !== '') await close()
    return true
  } catch (error) {
    if (signal.aborted || !isAwsError(error) || isTransient(error)) throw error
    const how = { status: 'FAILED' as const, message: error.message }
    await host.records.write(scope, (tx) => end(tx, task.id, how, ctx))
    return false
  }
}

/** The next lines of a stream; `last` when there may be more. */
async function pageOfLines(
  tx: Parameters<typeof readEvents>[0],
  { generation, fromMs, toMs }: ExportTask,
  name: string,
  after: Position | undefined,
): Promise<{ text: string; last?: Position }> {
  let text = ''
  for await (const event of readEvents(tx, generation, { fromMs, toMs: toMs + 1, stream: name, after })) {
    text += `${new Date(event.atMs).toISOString()} ${event.message}\n`
    if (text.length >= pageBytes) return { text, last: event.position }
  }
  return { text }
}
