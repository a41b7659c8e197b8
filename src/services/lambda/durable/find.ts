import type { Ctx } from '../../../kernel/context.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { notFound } from '../errors.ts'
import { type ExecutionName, executionArn, readExecutionArn } from './names.ts'
import { type Execution, execution } from './state.ts'

/** The execution of that name, or undefined. */
export async function findExecution(
  tx: ReadTx,
  { scope, ...name }: ExecutionName,
  ctx: Pick<Ctx, 'region'>,
): Promise<Execution | undefined> {
  if (scope.region !== ctx.region) return undefined
  const found = await tx.in(scope).get(execution(name.id))
  return found && executionArn(scope, found) === executionArn(scope, name) ? found : undefined
}

/** The execution of an ARN. Throws ResourceNotFoundException. */
export async function requireExecution(tx: ReadTx, arn: string, ctx: Pick<Ctx, 'region'>) {
  const name = readExecutionArn(arn)
  const found = await findExecution(tx, name, ctx)
  if (!found) throw notFound(`Durable execution not found: ${arn}`)
  return { execution: found, scope: name.scope }
}
