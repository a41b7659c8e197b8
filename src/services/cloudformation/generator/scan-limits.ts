import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { type ResourceScan, resourceScan, scanByAge } from './scan-state.ts'

const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs
/** Resources of one scan. */
export const mostResources = 100_000

/**
 * Throws unless another scan may be started: one at a time, ten of each kind a day, one a day after one of more than
 * 10,000 resources, and not soon after one that failed.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/generate-IaC.html
 */
export async function refuseScan(tx: ReadTx, partial: boolean, nowMs: number): Promise<void> {
  let [same, latest] = [0, true]
  for await (const [startedAtMs, id] of tx.keys(scanByAge.under(), { reverse: true })) {
    const scan = await tx.get(resourceScan(id))
    if (!scan) continue
    if (scan.status === 'IN_PROGRESS')
      throw awsError('ResourceScanInProgressException', `A resource scan is already in progress: ${id}`)
    if (startedAtMs < nowMs - dayMs) return
    if (latest && scan.status === 'FAILED' && nowMs < (scan.endedAtMs ?? 0) + 10 * minuteMs)
      throw exceeded('The last resource scan failed. Wait 10 minutes before starting another.')
    if (scan.scanned > mostResources) throw exceeded('A scan of the last 24 hours found too many resources.')
    if (isPartial(scan) === partial) same++
    if (scan.scanned > 10_000)
      throw exceeded('After a scan of more than 10,000 resources, another can be started a day later.')
    latest = false
  }
  if (same >= 10) throw exceeded('Ten resource scans have been started within 24 hours.')
}

export const isPartial = ({ filter }: Pick<ResourceScan, 'filter'>): boolean => filter !== undefined

function exceeded(message: string) {
  return awsError('ResourceScanLimitExceededException', message)
}
