import type { Tx } from '../../kernel/records.ts'
import { refactorOf, refactorTemplate, type StackRefactor, stackRefactor } from './refactor-state.ts'
import type { Stack } from './state.ts'

/** Refactors made for the stack as it was can no longer be executed. */
export async function outdateRefactors(tx: Tx, of: Stack): Promise<void> {
  for await (const [, id] of tx.keys(refactorOf.under(of.uuid))) {
    const found = await tx.get(stackRefactor(id))
    if (found) closeRefactor(tx, { ...found, execution: 'OBSOLETE', executionReason: `${of.id}: Stack was updated.` })
  }
}

/** A refactor that cannot be executed, again or at all: its templates are no longer needed. */
export function closeRefactor(tx: Tx, closed: StackRefactor): void {
  tx.set(stackRefactor(closed.id), closed)
  tx.clear(refactorTemplate.under(closed.id))
  for (const { uuid } of closed.stacks) tx.delete(refactorOf(uuid, closed.id))
}
