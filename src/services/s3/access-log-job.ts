import { hash } from 'node:crypto'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { accessRequest, findBucket } from './access.ts'
import { groups } from './acl.ts'
import { type Bucket, logLine } from './state.ts'
import { replaceObject, wholeSeconds } from './stored-object.ts'

/** Lines of one object. */
const mostLines = 5_000
const dayMs = 86_400_000

/** Who delivers logs: the target's policy must let it, or the target's ACL the group of that name. */
const principal = servicePrincipal('logging.s3.amazonaws.com')

/** Makes objects of a bucket's lines in the bucket that it logs to; lines and object change in one transaction. */
export const accessLogJob = {
  retry: { attempts: 20, minMs: 1_000, maxMs: 600_000 },
  async run({ name }: { name: string }, ctx: JobCtx) {
    while (!ctx.signal.aborted) if (!(await deliverSome(ctx, name))) return
    throw new Retry(0, 'the node is stopping', { counts: false })
  },
} satisfies Job<{ name: string }>

/** Delivers the oldest lines. Answers whether there may be more. */
async function deliverSome({ host, scope }: JobCtx, name: string): Promise<boolean> {
  const found = await host.records.read(scope, async (tx) => {
    const source = await findBucket(tx, name)
    const lines: { key: [string, Uint8Array]; atMs: number; text: string }[] = []
    for await (const { key, value } of tx.range(logLine.under(name), { limit: mostLines })) {
      // An object holds the lines of one day, by which it may be filed.
      if (lines[0] && dayOf(lines[0].atMs) !== dayOf(value.atMs)) break
      lines.push({ key, ...value })
    }
    return { source, lines }
  })
  const { source, lines } = found
  const [first] = lines
  if (!first) return false
  const body = Buffer.from(`${lines.map(({ text }) => text).join('\n')}\n`)
  const ref = await host.blobs.put(body)
  const nowMs = host.clock.nowMs()
  return host.records.write(scope, async (tx) => {
    if (!(await tx.get(logLine(...first.key)))) return true
    for (const { key } of lines) tx.delete(logLine(...key))
    const logging = source?.logging
    // What is still to be delivered when logging ends is let go.
    if (!source || !logging) return true
    const target = await findBucket(tx.snapshot, logging.target)
    if (!target || !(await mayDeliver(host, tx.snapshot, source, target))) {
      host.log.warn('s3.access-log-not-delivered', { bucket: name, target: logging.target, lines: lines.length })
      return true
    }
    const { clock, ids } = host
    const actor = { host, clock, ids, principal, sourceIp: 's3.amazonaws.com', requestId: ids.uuid() }
    const object = {
      etag: hash('md5', body),
      modifiedAtMs: wholeSeconds(nowMs),
      description: { contentType: 'text/plain', metadata: {} },
      storageClass: 'STANDARD' as const,
      encryption: target.encryption,
    }
    const unique = ids.token(16, '0123456789ABCDEF')
    await replaceObject(tx.in(target), actor, target, keyOf(source, first.atMs, nowMs, unique), object, ref, {
      event: 'ObjectCreated:Put',
    })
    return true
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
async function mayDeliver(host: Host, tx: ReadTx, source: Bucket, target: Bucket): Promise<boolean> {
  const byAcl =
    target.ownership !== 'BucketOwnerEnforced' &&
    target.acl?.some(
      ({ grantee, permission }) =>
        'uri' in grantee && grantee.uri === groups.logDelivery && ['WRITE', 'FULL_CONTROL'].includes(permission),
    )
  if (byAcl) return true
  const caller = { account: target.account, principal }
  const key = source.logging?.prefix ?? ''
  const request = accessRequest(caller, target, { action: 's3:PutObject', bucket: target.name, key: `${key}log` })
  const context = { 'aws:SourceArn': `arn:aws:s3:::${source.name}`, 'aws:SourceAccount': source.account }
  return host.isAllowed(principal, request, context, tx)
}

function keyOf({ name, account, region, logging }: Bucket, eventMs: number, nowMs: number, unique: string): string {
  const { prefix = '', partitionedBy } = logging ?? {}
  const byEvent = partitionedBy === 'EventTime'
  const time = new Date(byEvent ? dayOf(eventMs) * dayMs : nowMs).toISOString().slice(0, 19).replace(/[T:]/g, '-')
  if (partitionedBy === undefined) return `${prefix}${time}-${unique}`
  const day = time.slice(0, 10).replaceAll('-', '/')
  return `${prefix}${account}/${region}/${name}/${day}/${time}-${unique}`
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs)
}
