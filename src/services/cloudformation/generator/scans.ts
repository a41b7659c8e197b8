import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { fromPageToken, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { importIdentifier } from '../../../stacks/import.ts'
import { invalid } from '../../../stacks/value.ts'
import { onAnything } from '../access.ts'
import type { Api } from '../api.ts'
import { badToken } from '../page.ts'
import { dayMs, isPartial, refuseScan } from './scan-limits.ts'
import { type ResourceScan, resourceScan, scanByAge } from './scan-state.ts'

const keptMs = 30 * dayMs

/**
 * Scans: what there is in the account and Region, found by the types that can list it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/iac-generator-start-resource-scan.html
 */
export const scans = operations<Api>()({
  StartResourceScan: {
    authorize: () => onAnything('StartResourceScan'),
    async call({ ClientRequestToken: token, ScanFilters = [] }, ctx) {
      const filter = ScanFilters[0]?.Types
      const found = await ctx.host.resourceTypes()
      const listed = [...found].flatMap(([name, one]) => (one.type?.list && importIdentifier(one) ? [name] : [])).sort()
      const types = filter ? listed.filter((name) => filter.some((wanted) => fits(name, wanted))) : listed
      if (types.length === 0) throw invalid('None of the types of ScanFilters can be scanned by Landfall.')
      return ctx.write(async (tx) => {
        const before = token === undefined ? undefined : await startedWith(tx, token)
        if (before) return { ResourceScanId: before.id }
        await refuseScan(tx, filter !== undefined, ctx.nowMs)
        const id = ctx.arn('cloudformation', `resourceScan/${ctx.newId()}`)
        const scan = { id, startedAtMs: ctx.nowMs, principal: ctx.principal, token, filter, types }
        tx.set(resourceScan(id), { ...scan, status: 'IN_PROGRESS', done: 0, scanned: 0, read: 0 })
        tx.set(scanByAge(ctx.nowMs, id), true)
        const work = { scope: ctx.scope, data: { id } }
        ctx.host.deliveries.schedule(tx, { ...work, kind: 'cloudformation:scanResources' })
        const dueAtMs = ctx.nowMs + keptMs
        ctx.host.deliveries.schedule(tx, { ...work, kind: 'cloudformation:expireScan', dueAtMs })
        return { ResourceScanId: id }
      })
    },
  },

  DescribeResourceScan: {
    authorize: () => onAnything('DescribeResourceScan'),
    async read(tx, { ResourceScanId: id }, ctx) {
      const scan = await foundScan(tx, id)
      const ended = scan.status !== 'IN_PROGRESS'
      return {
        ...summary(scan, ctx.nowMs),
        ScanFilters: scan.filter && [{ Types: [...scan.filter] }],
        ...(ended && { ResourceTypes: [...scan.types], ResourcesScanned: scan.scanned, ResourcesRead: scan.read }),
      }
    },
  },

  ListResourceScans: {
    authorize: () => onAnything('ListResourceScans'),
    async read(tx, { NextToken, MaxResults = 10, ScanTypeFilter = 'FULL' }, ctx) {
      const before = NextToken === undefined ? undefined : fromPageToken(NextToken, ['number', 'string'])
      if (NextToken !== undefined && before === undefined) throw badToken()
      async function* wanted(): AsyncGenerator<ResourceScan> {
        for await (const [, id] of tx.keys(scanByAge.between([], before ? { to: before } : {}), { reverse: true })) {
          const scan = await tx.get(resourceScan(id))
          if (scan && isPartial(scan) === (ScanTypeFilter === 'PARTIAL')) yield scan
        }
      }
      const { items, next } = await pageOf(wanted(), bounded(MaxResults), ({ startedAtMs, id }) => [startedAtMs, id])
      const ScanType = ScanTypeFilter
      return {
        ResourceScanSummaries: items.map((scan) => ({ ...summary(scan, ctx.nowMs), ScanType })),
        NextToken: next,
      }
    },
  },
})

/** MaxResults of what has to do with scans: the model has no bounds for it, the documentation has 100. */
export function bounded(size: number): number {
  if (size >= 1 && size <= 100) return size
  throw invalid('MaxResults must be from 1 to 100.')
}

/** Throws ResourceScanNotFoundException. */
export async function foundScan(tx: ReadTx, id: string): Promise<ResourceScan> {
  const found = await tx.get(resourceScan(id))
  if (!found) throw awsError('ResourceScanNotFoundException', `Resource scan [${id}] does not exist`)
  return found
}

/** The same of a scan whose resources can be asked for. */
export async function completeScan(tx: ReadTx, id: string, nowMs: number): Promise<ResourceScan> {
  const scan = await foundScan(tx, id)
  const status = statusOf(scan, nowMs)
  if (status === 'IN_PROGRESS')
    throw awsError('ResourceScanInProgressException', `Resource scan [${id}] is still in progress`)
  if (status !== 'COMPLETE') throw invalid(`Resource scan [${id}] is ${status}. Start another one.`)
  return scan
}

function statusOf({ status, startedAtMs }: ResourceScan, nowMs: number) {
  return status === 'COMPLETE' && nowMs >= startedAtMs + keptMs ? ('EXPIRED' as const) : status
}

function summary(scan: ResourceScan, nowMs: number) {
  const ended = scan.status !== 'IN_PROGRESS'
  return {
    ResourceScanId: scan.id,
    Status: statusOf(scan, nowMs),
    StatusReason: scan.reason,
    StartTime: new Date(scan.startedAtMs),
    EndTime: scan.endedAtMs === undefined ? undefined : new Date(scan.endedAtMs),
    PercentageCompleted: ended ? 100 : Math.floor((100 * scan.done) / scan.types.length),
  }
}

/** A day's scans are few. */
async function startedWith(tx: ReadTx, token: string): Promise<ResourceScan | undefined> {
  for await (const [, id] of tx.keys(scanByAge.under(), { reverse: true, limit: 25 })) {
    const scan = await tx.get(resourceScan(id))
    if (scan?.token === token) return scan
  }
  return undefined
}

/** A type's name, or the beginning of it and an asterisk. */
function fits(name: string, wanted: string): boolean {
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}
