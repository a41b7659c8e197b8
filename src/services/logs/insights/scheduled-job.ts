import type { Job, JobCtx } from '../../../kernel/delivery.ts'
import { isAwsError, isTransient } from '../../../kernel/errors.ts'
import type { Tx } from '../../../kernel/records.ts'
import { putObject } from '../export-bucket.ts'
import { nextTime } from './scheduled-input.ts'
import { storeScheduled } from './scheduled-run.ts'
import {
  type ScheduledQuery,
  type ScheduledRun,
  scheduledName,
  scheduledQuery,
  scheduledQueryArn,
  scheduledRun,
} from './scheduled-state.ts'
import { query } from './state.ts'

/** How far a query looks back that does not say. */
const defaultOffsetSec = 3_600
const historyMs = 30 * 86_400_000

async function byId(tx: Pick<Tx, 'get'>, id: string): Promise<ScheduledQuery | undefined> {
  const name = await tx.get(scheduledName(id))
  return name === undefined ? undefined : await tx.get(scheduledQuery(name))
}

const assuming = (id: string, { scope }: Pick<JobCtx, 'scope'>) => ({
  ...{ service: 'logs.amazonaws.com', sessionName: 'scheduled-query', durationSec: 900 },
  sourceArn: scheduledQueryArn(scope, id),
})

/**
 * Starts a scheduled query for the time that has come, as its role: the query, what the history says of it and the wait
 * for the next time are one transaction. Of times that passed while the node was down, it runs for the first.
 */
export const runScheduledJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ id }: { id: string }, ctx: JobCtx) {
    const { host, scope } = ctx
    const found = await host.records.read(scope, (tx) => byId(tx, id))
    const atMs = found?.nextAtMs
    if (!found || atMs === undefined || atMs > host.clock.nowMs()) return
    const end = Math.floor(atMs / 1_000)
    const { text: queryString, groups: logGroupIdentifiers } = found
    const input = {
      queryString,
      logGroupIdentifiers,
      startTime: end - (found.offsetSec ?? defaultOffsetSec),
      endTime: end,
    }
    try {
      const as = (await host.assumeRole(found.executionRoleArn, assuming(id, ctx))).principal
      await host.invoke('logs:StartQuery', input, {
        ...{ as, scope },
        async within(tx, { queryId }) {
          const started = await tx.get(query(String(queryId)))
          if (started) tx.set(query(started.id), { ...started, scheduled: { id, atMs } })
          await goOn(tx, id, atMs, { queryId: String(queryId), status: 'Running' }, ctx)
        },
      })
    } catch (error) {
      if (!isAwsError(error)) throw error
      const status = error.code === 'MalformedQueryException' ? 'InvalidQuery' : 'Failed'
      await host.records.write(scope, (tx) => goOn(tx, id, atMs, { status, error: error.message }, ctx))
    }
  },
} satisfies Job<{ id: string }>

/** Remembers a run, and waits for the next time, unless the schedule was changed meanwhile. */
async function goOn(tx: Tx, id: string, atMs: number, run: ScheduledRun, { host }: JobCtx): Promise<void> {
  const nowMs = host.clock.nowMs()
  tx.set(scheduledRun(id, atMs), run)
  tx.clear(scheduledRun.between([id], { to: [nowMs - historyMs] }))
  const current = await byId(tx, id)
  if (current?.nextAtMs !== atMs) return
  storeScheduled(tx, { ...current, nextAtMs: nextTime(current, Math.max(atMs, nowMs)) }, host)
}

/** Puts the results of a run to its destination's bucket, as JSON, as the destination's role. */
export const deliverResultsJob = {
  retry: { attempts: 8, minMs: 1_000, maxMs: 600_000 },
  async run({ id, atMs }: { id: string; atMs: number }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    const found = await host.records.read(scope, async (tx) => {
      const [owner, run] = [await byId(tx, id), await tx.get(scheduledRun(id, atMs))]
      const ended = run?.queryId === undefined ? undefined : await tx.get(query(run.queryId))
      return owner?.destination && ended?.results ? { to: owner.destination, name: owner.name, ended } : undefined
    })
    if (!found) return
    const { to, ended, name } = found
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(to.uri) ?? []
    const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
    const key = `${folder}${name}/${new Date(atMs).toISOString()}/${ended.id}.json`
    const rows: unknown = JSON.parse(Buffer.from(await host.blobs.bytes(ended.results ?? { sizeBytes: 0 })).toString())
    const results = Array.isArray(rows) ? rows.map((row) => Object.fromEntries(row)) : []
    const body = Buffer.from(
      JSON.stringify({ queryId: ended.id, queryString: ended.text, results, statistics: ended.statistics }),
    )
    try {
      const as = (await host.assumeRole(to.roleArn, assuming(id, ctx))).principal
      await putObject({ host, scope, bucket, signal, as }, key, body, {
        ...(to.ownerAccountId !== undefined && { ExpectedBucketOwner: to.ownerAccountId }),
        ...(to.kmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: to.kmsKeyId }),
      })
    } catch (error) {
      if (!isAwsError(error) || isTransient(error)) throw error
      const delivery = { status: 'CLIENT_ERROR' as const, errorMessage: error.message }
      return host.records.write(scope, (tx) => told(tx, id, atMs, delivery))
    }
    const delivery = { status: 'COMPLETE' as const, processedIdentifier: `s3://${bucket}/${key}` }
    await host.records.write(scope, (tx) => told(tx, id, atMs, delivery))
  },
  exhausted: (tx, { id, atMs }, { message }) => told(tx, id, atMs, { status: 'FAILED', errorMessage: message }),
} satisfies Job<{ id: string; atMs: number }>

async function told(tx: Tx, id: string, atMs: number, delivery: ScheduledRun['delivery']): Promise<void> {
  const run = await tx.get(scheduledRun(id, atMs))
  if (run) tx.set(scheduledRun(id, atMs), { ...run, delivery })
}
