import type { AccessRequest } from '../kernel/authorization.ts'
import type { Ctx } from '../kernel/context.ts'
import type { AnyOperation, CallOperation, Operation, ReadOperation, WriteOperation } from '../kernel/operation.ts'
import type { ReadTx, Tx } from '../kernel/records.ts'

type Run = Operation<object, object | undefined>

/**
 * Authorises and runs one operation. Reads and writes are authorised in the transaction they run in (on its
 * snapshot, so that reading policies conflicts with nothing), calls in one of their own before they start.
 */
export async function operate(
  operation: AnyOperation,
  input: object,
  ctx: Ctx,
  within?: (tx: Tx, output: Record<string, unknown>) => void | Promise<void>,
): Promise<object> {
  const op = operation as Run
  // No await where nothing waits: a request passes here whatever it asks for.
  if ('read' in op) {
    const { read } = op as ReadOperation<object, object | undefined>
    const output = await ctx.read((tx) => {
      const checking = allow(op, input, ctx, tx)
      return checking ? checking.then(() => read(tx, input, ctx)) : read(tx, input, ctx)
    })
    return output ?? {}
  }
  if ('write' in op) {
    const { write } = op as WriteOperation<object, object | undefined>
    const output = await ctx.write((tx) => {
      const checking = allow(op, input, ctx, tx.snapshot)
      const writing = checking ? checking.then(() => write(tx, input, ctx)) : write(tx, input, ctx)
      return within ? joined(writing, (result) => within(tx, result)) : writing
    })
    return output ?? {}
  }
  if (within) throw new Error('only a write operation can commit together with its caller')
  if (op.authorize !== 'none') await ctx.read((tx) => allow(op, input, ctx, tx))
  return (await (op as CallOperation<object, object | undefined>).call(input, ctx)) ?? {}
}

function allow(op: Run, input: object, ctx: Ctx, tx: ReadTx): Promise<void> | undefined {
  if (op.authorize === 'none') return undefined
  const requests = op.authorize(input, ctx, tx)
  if (requests instanceof Promise) return requests.then((list) => check(list, ctx, tx))
  return check(requests, ctx, tx)
}

async function joined(
  writing: Promise<object | undefined> | object | undefined,
  within: (output: Record<string, unknown>) => void | Promise<void>,
): Promise<object> {
  const output = (await writing) ?? {}
  await within(output as Record<string, unknown>)
  return output
}

function check(requests: readonly AccessRequest[], ctx: Ctx, tx: ReadTx): Promise<void> | undefined {
  return ctx.host.authorize(ctx.principal, requests, ctx.requestContext, tx)
}
