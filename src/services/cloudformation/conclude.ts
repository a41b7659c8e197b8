import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { StackOutput, Transition } from '../../stacks/deployment.ts'
import { invalid } from '../../stacks/value.ts'
import { addEvent, stackLine } from './event-log.ts'
import { forgetLater, releaseName } from './forget.ts'
import { closeOperation, openOperation } from './operation-log.ts'
import {
  answer,
  changeSet,
  deployment,
  exported,
  importing,
  type Stack,
  type StoredDeployment,
  stack,
  template,
} from './state.ts'

/** A step of the stack as a whole: its status and event, what has been reached, and what comes next. */
export async function conclude(
  tx: Tx,
  host: Host,
  uuid: string,
  running: StoredDeployment,
  step: Transition,
  atMs: number,
): Promise<void> {
  const before = await tx.get(stack(uuid))
  if (!before) throw new Error(`the stack ${uuid} has no record`)
  // A deletion asked for in the meantime goes on, whatever this step was to be.
  const deleting = running.request === 'delete' && !step.deleted && step.status !== 'DELETE_FAILED'
  const next = deleting && step.next === 'end' ? 'remove' : step.next
  const status = deleting ? 'DELETE_IN_PROGRESS' : step.status
  let now: Stack = { ...before, status, reason: deleting ? before.reason : step.reason }
  if (step.reached && running.target) now = await reach(tx, now, running, step.reached)
  if (next === 'end' && !step.deleted) await settleImports(tx, now)
  if (step.deleted) {
    now = { ...now, deletedAtMs: atMs }
    await releaseName(tx, now)
    forgetLater(tx, host, now, atMs)
  }
  const { operation, lastOperations } = await turn(tx, host, now, { running, step, next })
  now = { ...now, lastOperations }
  tx.set(stack(uuid), now)
  if (before.status !== status || (step.reason !== undefined && !deleting)) {
    await addEvent(tx, now, host, stackLine(now), atMs, { ...running, operation })
  }
  await closeChangeSet(tx, uuid, running, step)
  if (next === 'end') {
    tx.delete(deployment(uuid))
    tx.delete(template(uuid, 'target'))
    tx.clear(answer.under(uuid))
  } else {
    const { rolledBack } = step
    tx.set(deployment(uuid), { ...running, operation, phase: next, ...(rolledBack ? { rolledBack } : {}) })
  }
}

/** The end of the operation that the deployment is, or what it goes on as: a rollback is another operation. */
async function turn(
  tx: Tx,
  host: Host,
  now: Stack,
  { running, step, next }: { running: StoredDeployment; step: Transition; next: Transition['next'] },
): Promise<Pick<StoredDeployment, 'operation'> & Pick<Stack, 'lastOperations'>> {
  const { operation, phase, request } = running
  const { lastOperations } = now
  const goesBack = phase === 'forward' && request !== 'delete' && (next === 'rollback' || next === 'remove')
  if (goesBack) {
    await closeOperation(tx, now.uuid, operation, 'FAILED')
    const opened = openOperation(tx, now, step.status === 'DELETE_IN_PROGRESS' ? 'DELETE_STACK' : 'ROLLBACK', host.ids)
    return { operation: opened.id, lastOperations: [opened, ...(lastOperations ?? []).slice(0, 1)] }
  }
  if (next === 'end')
    await closeOperation(tx, now.uuid, operation, now.status.endsWith('_FAILED') ? 'FAILED' : 'SUCCEEDED')
  return { operation, lastOperations }
}

async function reach(
  tx: Tx,
  now: Stack,
  running: StoredDeployment,
  reached: NonNullable<Transition['reached']>,
): Promise<Stack> {
  const text = await tx.get(template(now.uuid, 'target'))
  if (text) tx.set(template(now.uuid, 'stack'), text)
  tx.delete(template(now.uuid, 'target'))
  await exportOutputs(tx, now, reached.outputs)
  for (const name of reached.imports) tx.set(importing(name, now.uuid), { stackName: now.name })
  const { outputs, imports } = reached
  return { ...now, ...running.target, outputs, imports, changeSetId: running.changeSetId ?? now.changeSetId }
}

/** Imports noted when the deployment began, and no longer made, are let go. */
async function settleImports(tx: Tx, now: Stack): Promise<void> {
  for await (const [name] of tx.keys(exported.under())) {
    if (!now.imports.includes(name) && (await tx.get(importing(name, now.uuid)))) tx.delete(importing(name, now.uuid))
  }
}

async function exportOutputs(tx: Tx, now: Stack, outputs: readonly StackOutput[]): Promise<void> {
  const next = new Map(
    outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value] as const])),
  )
  await checkUnused(
    tx,
    now.outputs.filter(({ exportName }) => !next.has(exportName ?? '')),
    'deleted',
  )
  await checkUnused(
    tx,
    now.outputs.filter(({ exportName, value }) => next.has(exportName ?? '') && next.get(exportName ?? '') !== value),
    'updated',
  )
  for (const { exportName } of now.outputs)
    if (exportName !== undefined && !next.has(exportName)) tx.delete(exported(exportName))
  for (const [name, value] of next) {
    const taken = await tx.get(exported(name))
    if (taken && taken.uuid !== now.uuid) {
      throw invalid(
        `Export with name ${name} is already exported by stack ${taken.stackName}. Rollback requested by user.`,
      )
    }
    tx.set(exported(name), { value, uuid: now.uuid, stackId: now.id, stackName: now.name })
  }
}

/** Throws ValidationError when another stack uses one of these exports. */
export async function checkUnused(
  tx: ReadTx,
  outputs: readonly StackOutput[],
  what: 'deleted' | 'updated',
): Promise<void> {
  for (const { exportName } of outputs) {
    if (exportName === undefined) continue
    for await (const { value } of tx.range(importing.under(exportName), { limit: 1 })) {
      throw invalid(`Export ${exportName} cannot be ${what} as it is in use by ${value.stackName}`)
    }
  }
}

async function closeChangeSet(tx: Tx, uuid: string, running: StoredDeployment, step: Transition): Promise<void> {
  if (running.changeSetUuid === undefined) return
  const set = await tx.get(changeSet(uuid, running.changeSetUuid))
  if (set?.execution !== 'EXECUTE_IN_PROGRESS') return
  if (step.reached) tx.set(changeSet(uuid, set.uuid), { ...set, execution: 'EXECUTE_COMPLETE' })
  else if (step.next !== 'cleanup') tx.set(changeSet(uuid, set.uuid), { ...set, execution: 'EXECUTE_FAILED' })
}
