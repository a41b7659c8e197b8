import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { findBucket } from './access.ts'
import { type Change, changesOf, type Seen } from './lifecycle-changes.ts'
import { dueAtMs } from './lifecycle-rules.ts'
import { allVersions } from './list-versions.ts'
import { endUpload } from './multipart.ts'
import { actorS3, notify } from './notify.ts'
import { isLocked } from './retention.ts'
import { type Bucket, upload } from './state.ts'
import { type Actor, deleteLatest, deleteVersion, rewriteVersion } from './stored-object.ts'
import { findVersion, isDeleteMarker } from './versions.ts'

const kind = 's3:lifecycle'
const dayMs = 86_400_000
const page = 250
const events = { removed: 'LifecycleExpiration:Delete', marked: 'LifecycleExpiration:DeleteMarkerCreated' } as const

/** Has a bucket's rules looked at from the next midnight (UTC) on, every day, as S3 does. */
export function scheduleLifecycle(
  tx: Tx,
  { host, clock }: Pick<Actor, 'host' | 'clock'>,
  { name, account, region }: Bucket,
): void {
  const scope = { account, region }
  host.deliveries.schedule(tx, {
    kind,
    scope,
    dueAtMs: nextMidnightMs(clock.nowMs()),
    data: { bucket: name },
    key: name,
  })
}

export function cancelLifecycle(tx: Tx, { host }: Pick<Actor, 'host'>, { name, account, region }: Bucket): void {
  host.deliveries.cancel(tx, kind, { account, region }, name)
}

/** The midnight (UTC) after now. */
export function nextMidnightMs(nowMs: number): number {
  return (Math.floor(nowMs / dayMs) + 1) * dayMs
}

/**
 * Applies the rules of one bucket to what it holds, a page a transaction. What was done stays done, so that an
 * interrupted run begins anew without harm.
 */
export const lifecycleJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 600_000 },
  concurrency: 2,
  async run({ bucket: name }: { bucket: string }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    const startedMs = host.clock.nowMs()
    let from: string[] | undefined = ['']
    let seen: Seen = {}
    while (from) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const start: string[] = from
      const found = await host.records.read(scope, async (tx) => {
        const bucket = await lifecycleBucket(tx, name)
        return (
          bucket && {
            bucket,
            ...(await changesOf(allVersions(tx, name, { from: start }, page), bucket, seen, startedMs)),
          }
        )
      })
      if (!found) return
      if (found.changes.length > 0) await apply(ctx, name, found.changes)
      seen = found.seen
      from = found.rows < page ? undefined : found.next
    }
    await finishPages(ctx, name, seen, startedMs)
    await abortUploads(ctx, name, startedMs)
    throw new Retry(nextMidnightMs(startedMs), 'again at midnight', { counts: false })
  },
} satisfies Job<{ bucket: string }>

/** The bucket, while it has rules. */
async function lifecycleBucket(tx: ReadTx, name: string): Promise<Bucket | undefined> {
  const found = await findBucket(tx, name)
  const { account, region } = tx.scope
  return found?.lifecycle && found.account === account && found.region === region ? found : undefined
}

/** What only the end of the listing told: that the last key has no more versions. */
async function finishPages(ctx: JobCtx, name: string, seen: Seen, nowMs: number): Promise<void> {
  const changes = await ctx.host.records.read(ctx.scope, async (tx) => {
    const bucket = await lifecycleBucket(tx, name)
    return bucket ? (await changesOf([], bucket, seen, nowMs, true)).changes : []
  })
  if (changes.length > 0) await apply(ctx, name, changes)
}

function apply({ host, scope }: JobCtx, name: string, changes: readonly Change[]): Promise<void> {
  return host.records.write(scope, async (tx) => {
    const bucket = await lifecycleBucket(tx, name)
    if (!bucket) return
    const at = tx.in(bucket)
    for (const change of changes) await applyOne(at, actorS3(host), bucket, change)
  })
}

/** Does one change, unless what it is about changed meanwhile. */
async function applyOne(at: Tx, actor: Actor, bucket: Bucket, { key, version, what, to }: Change): Promise<void> {
  const { name } = bucket
  const now = await findVersion(at, name, key, version.versionId)
  if (!now || now.modifiedAtMs !== version.modifiedAtMs) return
  if (what === 'expire') {
    const latest = await findVersion(at, name, key, undefined)
    if (latest?.versionId === version.versionId) await deleteLatest(at, actor, bucket, key, events)
  } else if (what === 'remove') {
    if (isDeleteMarker(now) || !isLocked(now, actor.clock.nowMs()))
      await deleteVersion(at, actor, bucket, key, version.versionId, {}, events)
  } else if (to !== undefined && !isDeleteMarker(now)) {
    const moved = { ...now, storageClass: to }
    await rewriteVersion(at, name, key, moved)
    await notify(at, actor, bucket, 'LifecycleTransition', key, moved, undefined)
  }
}

/** Ends uploads that were not completed in the time a rule gives them. */
async function abortUploads({ host, scope, signal }: JobCtx, name: string, nowMs: number): Promise<void> {
  let from: string[] | undefined = ['']
  while (from && !signal.aborted) {
    const start: string[] = from
    from = await host.records.write(scope, async (tx) => {
      const bucket = await lifecycleBucket(tx, name)
      const rules = bucket?.lifecycle?.rules.filter((rule) => rule.enabled && rule.abortUploadsDays !== undefined) ?? []
      if (rules.length === 0) return undefined
      let rows = 0
      let last: string[] | undefined
      // Few at a time: each may have thousands of parts.
      for await (const { key, value } of tx.snapshot.range(upload.between([name], { from: start }), { limit: 20 })) {
        rows++
        last = [key[1], `${key[2]}\0`]
        const due = rules.some(
          ({ filter, abortUploadsDays = 0 }) =>
            key[1].startsWith(filter.prefix ?? '') && dueAtMs(value.initiatedAtMs, abortUploadsDays) <= nowMs,
        )
        if (!due || !(await tx.get(upload(...key)))) continue
        await endUpload(tx, { host }, name, key[1], key[2])
        return last
      }
      return rows < 20 ? undefined : last
    })
  }
}
