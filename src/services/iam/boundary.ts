import type { Tx } from '../../kernel/records.ts'
import { lookUpPolicy, lower, noSuchEntity } from './find.ts'
import { attachment, attachmentCount, type EntityKind, type Named } from './state.ts'

/** Notes that `entity` uses a managed policy as its boundary. Throws NoSuchEntity when there is no such policy. */
export async function useBoundary(
  tx: Tx,
  kind: EntityKind,
  entity: Pick<Named, 'name' | 'id'>,
  arn: string,
): Promise<void> {
  if (!(await lookUpPolicy(tx, arn))) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  tx.set(attachment(arn, 'boundary', kind, lower(entity.name)), { name: entity.name, id: entity.id })
  tx.add(attachmentCount(arn, 'boundary'), 1)
}

export function dropBoundary(tx: Tx, kind: EntityKind, name: string, arn: string | undefined): void {
  if (arn === undefined) return
  tx.delete(attachment(arn, 'boundary', kind, lower(name)))
  tx.add(attachmentCount(arn, 'boundary'), -1)
}
