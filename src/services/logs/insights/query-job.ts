import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { csvRows } from '../../../telemetry/csv.ts'
import type { Batch, BatchResult } from '../../../telemetry/insights/batch.ts'
import type { LookupTable, LookupTables } from '../../../telemetry/insights/lookup.ts'
import { narrowingsOf } from '../../../telemetry/insights/narrow.ts'
import { parseQuery, tablesOf } from '../../../telemetry/insights/parse.ts'
import { group, type LogGroup } from '../../../telemetry/log-state.ts'
import { lookupTable, mostTableBytes } from './lookup-state.ts'
import { eventsPage, type Place } from './scan.ts'
import { finishRun } from './scheduled-run.ts'
import { type Query, query, queryByTime, running, type Statistics } from './state.ts'

/** A query that takes longer is over, as at AWS. */
const longestMs = 3_600_000
/** What a user's patterns may take for one batch. */
const batchMs = 5_000
const mostResultBytes = 32 * 1024 * 1024
/** A query that needs more than there is, a text that becomes too long (RangeError): trying again would not help. */
const tooLarge: ReadonlySet<string> = new Set(['QueryTooLarge', 'WorkerOutOfMemory', 'RangeError'])

type Rows = BatchResult['results'][number][]
interface Outcome {
  readonly status: 'Complete' | 'Failed' | 'Timeout'
  readonly statistics: Statistics
  readonly rows: Rows
}

/** Runs a query over what its groups hold. Run again, as after a crash, it begins anew. */
export const queryJob = {
  retry: { attempts: 4, minMs: 1_000, maxMs: 10_000 },
  concurrency: 4,
  async run({ id }: { id: string }, ctx: JobCtx) {
    const { host, scope } = ctx
    const begun = await host.records.write(scope, async (tx) => {
      const found = await tx.get(query(id))
      if (!found || !(await tx.get(running(id)))) return undefined
      tx.set(query(id), { ...found, status: 'Running' })
      const groups = await tx.getMany(found.groups.map((name) => group(name)))
      return { found, groups: groups.filter((one) => one !== undefined) }
    })
    if (!begun) return
    const outcome = await runQuery(begun.found, begun.groups, ctx)
    if (!outcome) return
    const results = await host.blobs.put(Buffer.from(JSON.stringify(outcome.rows)))
    await host.records.write(scope, async (tx) => {
      if (!(await tx.get(running(id)))) return
      host.blobs.commit(tx, results)
      await end(tx, id, { status: outcome.status, statistics: outcome.statistics, results }, host)
    })
  },
  exhausted: (tx, { id }, _error, { host }) => end(tx, id, { status: 'Failed' }, host),
} satisfies Job<{ id: string }>

async function end(tx: Tx, id: string, how: Partial<Query>, host: Host): Promise<void> {
  const found = await tx.get(query(id))
  if (!found || !(await tx.get(running(id)))) return
  const ended = { ...found, ...how, endedAtMs: host.clock.nowMs() }
  tx.set(query(id), ended)
  tx.delete(running(id))
  await finishRun(tx, ended, host)
}

/** The rows of the lookup tables that a query names; undefined where they have grown too large. One that is gone has none. */
async function loadTables({ text }: Query, { host, scope }: JobCtx): Promise<LookupTables | undefined> {
  const tables = new Map<string, LookupTable>()
  let bytes = 0
  for (const name of tablesOf(parseQuery(text))) {
    const found = await host.records.read(scope, (tx) => tx.get(lookupTable(name)))
    bytes += found?.body.sizeBytes ?? 0
    if (bytes > mostTableBytes) return undefined
    if (found) tables.set(name, [...csvRows(Buffer.from(await host.blobs.bytes(found.body)).toString())])
  }
  return Object.fromEntries(tables)
}

/** What a query comes to; undefined when it was stopped meanwhile. */
async function runQuery(found: Query, groups: readonly LogGroup[], ctx: JobCtx): Promise<Outcome | undefined> {
  const { host, scope, signal } = ctx
  const rows: Rows = []
  const statistics = {
    ...{ recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 },
    ...{ estimatedRecordsSkipped: 0, estimatedBytesSkipped: 0 },
  }
  const narrowings = narrowingsOf(parseQuery(found.text))
  const done = (status: Outcome['status']): Outcome => ({ status, statistics, rows: status === 'Complete' ? rows : [] })
  const nowMs = host.clock.nowMs()
  let places: readonly Place[] = groups.map((one) => ({ group: one }))
  let memory: Batch['memory']
  let resultBytes = 0
  const tables = await loadTables(found, ctx)
  if (!tables) return done('Failed')
  for (;;) {
    if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
    if (host.clock.nowMs() - nowMs > longestMs) return done('Timeout')
    const page = await host.records.read(scope, async (tx) =>
      (await tx.get(running(found.id))) ? eventsPage(tx, found, places, nowMs, narrowings) : undefined,
    )
    if (!page) return undefined
    places = page.places
    const last = places.length === 0
    const batch: Batch = { query: found.text, memory, events: page.events, last, nowMs, tables }
    let result: BatchResult
    try {
      result = await host.workers.run<BatchResult>('query', batch, { timeoutMs: batchMs, signal })
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      if (name === 'WorkerTimeout') return done('Timeout')
      if (tooLarge.has(name)) return done('Failed')
      throw error
    }
    memory = result.memory
    statistics.recordsScanned += page.events.length
    statistics.bytesScanned += page.bytes
    statistics.estimatedRecordsSkipped += page.skipped.records
    statistics.estimatedBytesSkipped += page.skipped.bytes
    statistics.recordsMatched = memory.matched
    for (const row of result.results) {
      if (rows.length >= found.limit) break
      rows.push(row)
      for (const [field, value] of row) resultBytes += field.length + value.length
    }
    if (resultBytes > mostResultBytes) return done('Failed')
    if (last || memory.full || rows.length >= found.limit) return done('Complete')
  }
}

/** Forgets a query with its results. */
export const forgetQueryJob = {
  retry: { attempts: 1_000, minMs: 1_000, maxMs: 600_000 },
  run: ({ id }: { id: string }, { host, scope }: JobCtx) =>
    host.records.write(scope, async (tx) => {
      const found = await tx.get(query(id))
      if (!found) return
      if (found.results) host.blobs.release(tx, found.results)
      tx.delete(query(id))
      tx.delete(queryByTime(found.createdAtMs, id))
      tx.delete(running(id))
    }),
} satisfies Job<{ id: string }>
