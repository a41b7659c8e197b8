import type { Deliveries } from '../kernel/delivery.ts'
import type { Tx } from '../kernel/records.ts'
import { accountProtection, type FindingsTo, type LogGroup } from './log-state.ts'
import { identifiers as finders } from './protection/identifiers.ts'

/** Events of a chunk in which something was found, and who is to be told what of it. */
export interface AuditWork {
  readonly group: string
  readonly generation: string
  readonly firstAtMs: number
  readonly id: string
  readonly to: FindingsTo
  readonly identifiers: readonly string[]
}

/** In the transaction that writes events of which something is masked: tells those whom the policies say. */
export async function auditEvents(
  tx: Tx,
  group: LogGroup,
  found: readonly { readonly firstAtMs: number; readonly id: string }[],
  deliveries: Deliveries,
): Promise<void> {
  if (found.length === 0) return
  const { name, generation } = group
  for (const policy of [group.protection, await tx.get(accountProtection())]) {
    for (const to of policy?.findings ?? []) {
      for (const { firstAtMs, id } of found) {
        const data: AuditWork = { group: name, generation, firstAtMs, id, to, identifiers: policy?.identifiers ?? [] }
        deliveries.schedule(tx, { kind: 'logs:audit', scope: tx.scope, data })
      }
    }
  }
}

/** Of one identifier in one event: `count` says how many there are, and a report stays small enough to be delivered. */
const mostDetections = 1_000

/** What data identifiers find in a text, and where: characters count from 1, and `end` is the last of it. */
export function findingsIn(text: string, names: readonly string[]) {
  return names.flatMap((name) => {
    const found = [...(finders[name]?.(text) ?? [])]
    const detections = found.slice(0, mostDetections).map(([from, end]) => ({ start: from + 1, end }))
    return found.length > 0 ? [{ name, count: found.length, detections }] : []
  })
}
