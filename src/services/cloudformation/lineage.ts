import type { Ctx } from '../../kernel/context.ts'
import type { InvokeOptions } from '../../kernel/host.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'
import { undoesCreation } from '../../stacks/deployment.ts'
import { findStack } from './find.ts'
import { deployment } from './state.ts'

/** What a nested stack has from the stack that it is in. */
export interface Lineage {
  readonly parentId: string
  readonly rootId: string
  readonly capabilities: readonly string[]
  readonly roleArn?: string | undefined
  /** Of its deployment: a rollback deletes what was made, whatever the deletion policies say. */
  readonly retainExceptOnCreate: boolean
  /** Its deployment is taken back: what it deletes is what it has made. */
  readonly undoes: boolean
  /** What its parent's update changed is put back. */
  readonly restores: boolean
  readonly force: boolean
}

/** How a stack says, invoking an operation, that it is for a stack nested in it. */
export function nested(rx: Pick<ResourceCtx, 'stackId'>): Partial<InvokeOptions> {
  return { context: { ...calledVia, 'aws:SourceArn': rx.stackId } }
}

/** The condition keys of what is invoked for a caller. */
export const calledVia = {
  'aws:CalledVia': ['cloudformation.amazonaws.com'],
  'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
  'aws:CalledViaLast': 'cloudformation.amazonaws.com',
}

/** The ARN of the stack set on whose behalf an operation is invoked from inside. */
export function stackSetOf(ctx: Ctx): string | undefined {
  const source = sourceOf(ctx)
  return source?.includes(':stackset/') ? source : undefined
}

/** What CloudFormation itself invokes an operation for; undefined for requests from outside. */
function sourceOf(ctx: Ctx): string | undefined {
  const source = ctx.requestContext['aws:SourceArn']
  const isOurs = ctx.requestContext['aws:CalledViaLast'] === calledVia['aws:CalledViaLast']
  return ctx.wire === undefined && isOurs && typeof source === 'string' ? source : undefined
}

/** The stack on whose behalf an operation is invoked from inside; undefined for requests from outside. */
export async function lineageOf(ctx: Ctx): Promise<Lineage | undefined> {
  return ctx.read((tx) => lineageIn(tx, ctx))
}

/** The same, within a transaction. */
export async function lineageIn(tx: ReadTx, ctx: Ctx): Promise<Lineage | undefined> {
  const source = sourceOf(ctx)
  if (source === undefined) return undefined
  const parent = await findStack(tx, source)
  if (!parent) return undefined
  const running = await tx.get(deployment(parent.uuid))
  const { capabilities } = running?.target ?? parent
  const roleArn = running?.roleArn ?? parent.roleArn
  return {
    parentId: parent.id,
    rootId: parent.rootId ?? parent.id,
    capabilities,
    roleArn,
    retainExceptOnCreate: running?.retainExceptOnCreate === true,
    undoes: running !== undefined && undoesCreation(running),
    restores: running?.phase === 'rollback',
    force: running?.force === true,
  }
}
