import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { onStack } from './access.ts'
import { type StackRefactor, stackRefactor } from './refactor-state.ts'

/** A refactor by its id. Throws StackRefactorNotFoundException. */
export async function foundRefactor(tx: ReadTx, id: string): Promise<StackRefactor> {
  const found = await tx.get(stackRefactor(id))
  if (!found) throw awsError('StackRefactorNotFoundException', `Stack refactor [${id}] does not exist`)
  return found
}

/** What an action on a refactor needs: the action on each of its stacks. */
export async function onRefactor(action: string, id: string, ctx: Ctx, tx: ReadTx) {
  const found = await tx.get(stackRefactor(id))
  if (!found) return onStack(action, undefined, {}, ctx, tx)
  return (await Promise.all(found.stacks.map((member) => onStack(action, member.id, {}, ctx, tx)))).flat()
}
