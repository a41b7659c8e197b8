import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Ctx } from '../../kernel/context.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Scope } from '../../kernel/records.ts'
import { type AuditWork, findingsIn } from '../../telemetry/audit.ts'
import { eventsOf } from '../../telemetry/log-read.ts'
import { chunk, type FindingsTo, group } from '../../telemetry/log-state.ts'
import { putObject } from './export-bucket.ts'
import { groupArn } from './find.ts'
import { deliverer, objectContext } from './vended/deliverer.ts'
import { portionsOf, putLines } from './vended/log-group.ts'
import { folderOf, placeOf, rootOf } from './vended/object-key.ts'
import { permit } from './vended/permit.ts'

const compress = promisify(gzip)
/** Of a bucket, under the account's. */
const log = { folder: 'CloudWatchLogsDataProtection' }

/** Sees to it that the destinations of a policy's findings are there, and let them in. */
export async function permitFindings(findings: readonly FindingsTo[], groupName: string, ctx: Ctx): Promise<void> {
  const sourceArn = `${groupArn(ctx.scope, groupName)}:*`
  for (const to of findings) {
    const destination = { type: to.type, resourceArn: arnOf(to, ctx.scope) }
    await permit({ destination, log, sourceArn, hive: false, owner: ctx.account }, ctx)
  }
}

function arnOf({ type, name }: FindingsTo, { region, account }: Scope): string {
  if (type === 'S3') return `arn:aws:s3:::${name}`
  return type === 'CWL'
    ? groupArn({ region, account }, name)
    : `arn:aws:firehose:${region}:${account}:deliverystream/${name}`
}

/**
 * Tells a destination what of one chunk's events a policy found, of each event where, not what. An object of a bucket is
 * named by the chunk and by what was looked for, which two policies may tell one bucket of: written again, it is the same.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-audit-findings.html
 */
export const auditJob = {
  retry: { attempts: 40, minMs: 1_000, maxMs: 3_600_000 },
  target: ({ to }: AuditWork) => to.name,
  async run({ to, identifiers, ...work }: AuditWork, { host, scope, signal }: JobCtx) {
    const value = await host.records.read(scope, async (tx) => {
      const owner = await tx.get(group(work.group))
      if (owner?.generation !== work.generation) return undefined
      return tx.get(chunk(work.generation, work.firstAtMs, work.id))
    })
    if (!value) return
    const sourceArn = `${groupArn(scope, work.group)}:*`
    const found = [...eventsOf({ ...work, value }, true)].flatMap(({ ingestedAtMs, message }) => {
      const dataIdentifiers = findingsIn(message, identifiers)
      const auditTimestamp = new Date(ingestedAtMs).toISOString().replace(/\.\d+Z$/, 'Z')
      const record = { auditTimestamp, resourceArn: sourceArn, dataIdentifiers }
      return dataIdentifiers.length > 0 ? [{ timestamp: ingestedAtMs, message: JSON.stringify(record) }] : []
    })
    // What is masked in the chunk may be another policy's.
    if (found.length === 0) return
    const resourceArn = arnOf(to, scope)
    if (to.type === 'CWL') {
      for (const lines of portionsOf(found)) await putLines({ resourceArn, stream: work.group, sourceArn, host }, lines)
      return
    }
    if (to.type === 'FH') {
      const stream = await host.messageTarget(resourceArn)
      await host.records.write(scope, async (tx) => {
        for (const { message } of found) await stream.send(tx, { body: `${message}\n`, sourceArn }, deliverer)
      })
      return
    }
    const root = rootOf(placeOf(resourceArn), log, false, scope.account)
    const name = hash('sha256', `${work.generation} ${work.id} ${identifiers.join()}`)
    const key = `${folderOf({}, root, scope, work.firstAtMs)}${name}.log.gz`
    const body = await compress(found.map(({ message }) => `${message}\n`).join(''))
    const access = { host, scope, bucket: to.name, signal, as: deliverer, context: objectContext(sourceArn) }
    await putObject(access, key, body, { ContentType: 'application/gzip' })
  },
  exhausted(_tx, { group: name, to }, error, { host }) {
    host.log.warn('logs.findings-not-delivered', { group: name, to: to.name, error: error.message })
  },
} satisfies Job<AuditWork>
