import { createHash } from 'node:crypto'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { invalid } from '../../stacks/value.ts'
import { owner, resource } from './state.ts'

/** A place in a stack. */
export interface Home {
  readonly uuid: string
  readonly logicalId: string
}

/**
 * Whose a physical resource is. Several homes have one id where it is but a part of the identity (a stage's name); an
 * importable type's id is all of it.
 */
export async function ownersOf(tx: ReadTx, physicalId: string, type?: string): Promise<Home[]> {
  const homes: Home[] = []
  const range = type === undefined ? owner.under(digest(physicalId)) : owner.under(digest(physicalId), type)
  for await (const [, , uuid, logicalId] of tx.keys(range, { limit: 100 })) homes.push({ uuid, logicalId })
  return homes
}

/**
 * Follows what a resource's record is about to become: what is there now, and what a rollback would bring back, is the
 * stack's. Throws ValidationError for an import of what another stack has got meanwhile.
 */
export async function noteOwner(tx: Tx, uuid: string, logicalId: string, next: StackResource | undefined) {
  const before = await tx.get(resource(uuid, logicalId))
  const [had, has] = [owned(before), owned(next)]
  if (next?.now?.imported && !before?.now) await refuseOwned(tx, next.now.id, next.type)
  for (const { id, type } of had) tx.delete(owner(digest(id), type, uuid, logicalId))
  for (const { id, type } of has) tx.set(owner(digest(id), type, uuid, logicalId), true)
}

/** Throws ValidationError when a stack has it. */
export async function refuseOwned(tx: ReadTx, physicalId: string, type: string): Promise<void> {
  const [home] = await ownersOf(tx, physicalId, type)
  if (home) throw invalid(`Resource of type '${type}' with identifier '${physicalId}' already belongs to a stack.`)
}

function owned(record: StackResource | undefined): { readonly id: string; readonly type: string }[] {
  const { now, before } = record ?? {}
  return [now, before].flatMap((made) => (made === undefined || made === 'absent' ? [] : [made]))
}

function digest(physicalId: string): string {
  return createHash('sha256').update(physicalId).digest('base64url')
}
