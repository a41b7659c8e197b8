import type { Tx } from '../../kernel/records.ts'
import {
  refactorAction,
  refactorByAge,
  refactorOf,
  refactorTemplate,
  type StackRefactor,
  stackRefactor,
} from './refactor-state.ts'
import type { Stack } from './state.ts'

/** As long as deleted stacks: AWS does not say how long it remembers refactors. */
const rememberedMs = 90 * 24 * 3_600_000
/** Forgotten for each that is made: more than come, so that the old ones grow fewer. */
const batch = 20

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

/** Forgets what was made long ago, whether it was executed or not. */
export async function forgetRefactors(tx: Tx, nowMs: number): Promise<void> {
  const old = refactorByAge.between([], { to: [nowMs - rememberedMs] })
  for await (const [atMs, id] of tx.keys(old, { limit: batch })) {
    const found = await tx.get(stackRefactor(id))
    if (found) closeRefactor(tx, found)
    tx.clear(refactorAction.under(id))
    tx.delete(stackRefactor(id))
    tx.delete(refactorByAge(atMs, id))
  }
}
