import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { invalid } from '../../stacks/value.ts'
import { type ChangeSet, changeSet, changeSetHome, changeSetNamed, named, type Stack, stack } from './state.ts'

const arn = /^arn:aws:cloudformation:[^:]*:[^:]*:(stack|changeSet)\/([^/]+)\/(.+)$/

/** The part of a stack's ARN that its records are kept under. */
export function stackUuid(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}

/** A stack by name (the one that has it now) or by id (deleted ones too). */
export async function findStack(tx: ReadTx, nameOrId: string): Promise<Stack | undefined> {
  const match = arn.exec(nameOrId)
  if (match) {
    if (match[1] !== 'stack') return undefined
    const found = await tx.get(stack(match[3] ?? ''))
    return found?.id === nameOrId ? found : undefined
  }
  const live = await tx.get(named(nameOrId))
  return live && tx.get(stack(live.uuid))
}

/** The same; throws ValidationError, in the words of most operations, when there is none. */
export async function stackOf(
  tx: ReadTx,
  nameOrId: string,
  words = `Stack with id ${nameOrId} does not exist`,
): Promise<Stack> {
  const found = await findStack(tx, nameOrId)
  if (!found) throw invalid(words)
  return found
}

/** A stack that is not deleted, for operations that change it. */
export async function liveStack(tx: ReadTx, nameOrId: string): Promise<Stack> {
  const found = await findStack(tx, nameOrId)
  if (!found || found.status === 'DELETE_COMPLETE') throw invalid(`Stack [${nameOrId}] does not exist`)
  return found
}

/** A change set by ARN, or by name within a stack. Throws ChangeSetNotFoundException. */
export async function changeSetOf(
  tx: ReadTx,
  nameOrId: string,
  stackName: string | undefined,
): Promise<{ set: ChangeSet; of: Stack }> {
  const match = arn.exec(nameOrId)
  const none = () => awsError('ChangeSetNotFoundException', `ChangeSet [${nameOrId}] does not exist`)
  if (match) {
    const uuid = match[3] ?? ''
    const home = await tx.get(changeSetHome(uuid))
    const set = home && (await tx.get(changeSet(home.stack, uuid)))
    const of = home && (await tx.get(stack(home.stack)))
    if (!set || !of || set.id !== nameOrId) throw none()
    return { set, of }
  }
  if (stackName === undefined) throw invalid('StackName must be specified if ChangeSetName is not specified as an ARN.')
  const of = await findStack(tx, stackName)
  if (!of) throw invalid(`Stack [${stackName}] does not exist`)
  const found = await tx.get(changeSetNamed(of.uuid, nameOrId))
  const set = found && (await tx.get(changeSet(of.uuid, found.uuid)))
  if (!set) throw none()
  return { set, of }
}
