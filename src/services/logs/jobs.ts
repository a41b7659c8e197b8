import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { chunk, fieldTimes, group, storedBytes, stream, streamByTime, streamChunk } from '../../telemetry/log-state.ts'
import { detectJob } from './anomalies/detect-job.ts'
import { auditJob } from './audit.ts'
import { deliverJob } from './deliver-job.ts'
import { exportJob } from './export-job.ts'
import { forgetQueryJob, queryJob } from './insights/query-job.ts'
import { deliverResultsJob, runScheduledJob } from './insights/scheduled-job.ts'
import { transformJob } from './transform-job.ts'
import { vendJob } from './vended/vend-job.ts'

const batch = 500
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

/** Background work of logs: what is deleted or past its retention goes in small transactions. */
export const jobs = {
  deliver: deliverJob,
  transform: transformJob,
  export: exportJob,
  detect: detectJob,
  query: queryJob,
  forgetQuery: forgetQueryJob,
  runScheduled: runScheduledJob,
  deliverResults: deliverResultsJob,
  vend: vendJob,
  audit: auditJob,

  drop: {
    retry,
    async run({ generation }: { generation: string }, ctx: JobCtx) {
      await dropChunks(ctx, generation, Number.MAX_SAFE_INTEGER)
      await repeat(ctx, async (tx) => {
        let count = 0
        for await (const [, name] of tx.keys(stream.under(generation), { limit: batch })) {
          tx.delete(stream(generation, name))
          count++
        }
        for await (const key of tx.keys(streamByTime.under(generation), { limit: batch })) {
          tx.delete(streamByTime(...key))
          count++
        }
        return count
      })
      await ctx.host.records.write(ctx.scope, (tx) => {
        tx.delete(storedBytes(generation))
        tx.delete(fieldTimes(generation))
      })
    },
  } satisfies Job<{ generation: string }>,

  /** The events that a deleted stream had; a stream of the same name may have new ones since. */
  dropStream: {
    retry,
    async run(
      { generation, stream: name, beforeMs }: { generation: string; stream: string; beforeMs: number },
      ctx: JobCtx,
    ) {
      let after: readonly [number, string] | undefined
      while (!ctx.signal.aborted) {
        const from = after
        // What a transaction finds out leaves it as its result: it may run again.
        after = await ctx.host.records.write(ctx.scope, async (tx) => {
          let last: readonly [number, string] | undefined
          const range = streamChunk.between([generation, name], from ? { after: [...from] } : {})
          for await (const [, , firstAtMs, id] of tx.keys(range, { limit: batch })) {
            last = [firstAtMs, id]
            if (Number.parseInt(id.slice(0, 9), 36) > beforeMs) continue
            const bytes = (await tx.get(chunk(generation, firstAtMs, id)))?.bytes
            if (bytes !== undefined) tx.add(storedBytes(generation), -bytes)
            tx.delete(streamChunk(generation, name, firstAtMs, id))
            tx.delete(chunk(generation, firstAtMs, id))
          }
          return last
        })
        if (!after) return
      }
      throw new Retry(0, 'the node is stopping', { counts: false })
    },
  } satisfies Job<{ generation: string; stream: string; beforeMs: number }>,

  /** Once an hour: what is past the retention of its group. */
  retain: {
    retry,
    async run(_: object, ctx: JobCtx) {
      let groups = 0
      let after: string | undefined
      while (!ctx.signal.aborted) {
        const found = await ctx.host.records.read(ctx.scope, async (tx) => {
          for await (const { value } of tx.range(group.between([], after === undefined ? {} : { after: [after] }), {
            limit: 1,
          }))
            return value
          return undefined
        })
        if (!found) break
        after = found.name
        groups++
        if (found.retentionDays !== undefined)
          await dropChunks(ctx, found.generation, ctx.host.clock.nowMs() - found.retentionDays * dayMs)
      }
      if (groups > 0) throw new Retry(ctx.host.clock.nowMs() + hourMs, 'again in an hour', { counts: false })
    },
  } satisfies Job<object>,
} as const

/** Deletes chunks whose last event is older than `beforeMs`. */
function dropChunks(ctx: JobCtx, generation: string, beforeMs: number): Promise<void> {
  return repeat(ctx, async (tx) => {
    let count = 0
    let freed = 0
    for await (const { key, value } of tx.range(chunk.between([generation], { to: [beforeMs] }), { limit: 100 })) {
      if (value.lastAtMs >= beforeMs) continue
      const [, firstAtMs, id] = key
      tx.delete(chunk(generation, firstAtMs, id))
      tx.delete(streamChunk(generation, value.stream, firstAtMs, id))
      freed += value.bytes ?? 0
      count++
    }
    if (freed > 0) tx.add(storedBytes(generation), -freed)
    return count
  })
}

async function repeat({ host, scope, signal }: JobCtx, step: (tx: Tx) => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    if ((await host.records.write(scope, step)) === 0) return
  }
  throw new Retry(0, 'the node is stopping', { counts: false })
}
