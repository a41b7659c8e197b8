import { type Job, Retry } from '../kernel/delivery.ts'
import type { FaultPlace } from '../kernel/faults.ts'
import type { Host } from '../kernel/host.ts'
import type { Claimed } from './claim.ts'

/** Where a delivery stands, for faults: its job, and the last name in its target. Undefined for the node's upkeep. */
export function faultPlace({ kind, work }: Claimed, job: Job<never>): FaultPlace | undefined {
  const target = job.target?.(work.data as never)
  if (target === undefined) return undefined
  const [service = '', operation = ''] = kind.split(':')
  const name = target.slice(Math.max(target.lastIndexOf(':'), target.lastIndexOf('/')) + 1)
  return { account: work.scope.account, service, operation, name }
}

/** One attempt as faults have it: put off, made twice, later, failing, or with the death of the node. */
export async function runWithFaults(
  { faults, clock }: Host,
  place: FaultPlace,
  work: () => Promise<void>,
  acknowledged: (then: () => void) => void,
): Promise<void> {
  if (!faults) return work()
  const { delayMs, duplicate } = faults.fateOf(place)
  if (delayMs > 0) throw new Retry(clock.nowMs() + delayMs, 'put off by a fault', { counts: false })
  await faults.around(place, work, acknowledged)
  if (duplicate) await work()
}
