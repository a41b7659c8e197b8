import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import type { RefactoredStack } from '../../stacks/refactor.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { invalid } from '../../stacks/value.ts'
import { outdate } from './begin.ts'
import { checkUnused } from './conclude.ts'
import { addEvent, stackLine } from './event-log.ts'
import { findStack } from './find.ts'
import { noteOwner } from './owners.ts'
import type { RefactorPlan } from './refactor-plan.ts'
import { register } from './stacks.ts'
import { exported, importing, resource, type Stack, stack, template } from './state.ts'

type Changed = RefactorPlan['stacks'][number] & { readonly to: RefactoredStack; readonly fresh: boolean }

/**
 * Makes all stacks what the plan says, in the transaction given: each resource is some stack's before and after, and
 * none is touched. Throws ValidationError when what other stacks export or use has changed since the plan was made.
 */
export async function carryOut(tx: Tx, { stacks, refactored }: RefactorPlan, ctx: Ctx): Promise<void> {
  const changed: Changed[] = []
  for (const one of stacks) {
    const to = refactored.stacks.find(({ uuid }) => uuid === one.of.uuid)
    if (!to) throw new Error(`the refactor has no plan for ${one.of.id}`)
    // As it is now: its protection, or its alias, may be another than when the plan was made.
    const there = await tx.get(stack(one.of.uuid))
    changed.push({ ...one, of: there ?? one.of, to, fresh: there === undefined })
  }
  for (const { of, fresh } of changed) {
    const verb = fresh ? 'CREATE' : 'UPDATE'
    if (fresh) await refuseTaken(tx, of)
    const begun: Stack = { ...of, status: `${verb}_IN_PROGRESS`, reason: 'User Initiated' }
    if (fresh) register(tx, begun)
    await addEvent(tx, of, ctx.host, stackLine(begun), ctx.nowMs, {})
  }
  await moveResources(tx, changed, ctx)
  await exchangeExports(tx, changed)
  for (const { of, to, stored, settings, fresh } of changed) {
    const now: Stack = {
      ...of,
      ...settings,
      status: fresh ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE',
      reason: undefined,
      ...(fresh ? {} : { updatedAtMs: ctx.nowMs }),
      outputs: to.outputs,
      imports: to.imports,
    }
    tx.set(stack(of.uuid), now)
    tx.set(template(of.uuid, 'stack'), stored)
    await outdate(tx, of, undefined)
    await addEvent(tx, of, ctx.host, stackLine(now), ctx.nowMs, {})
  }
}

async function refuseTaken(tx: Tx, of: Stack): Promise<void> {
  if (await findStack(tx, of.name)) throw invalid(`Stack [${of.name}] already exists`)
}

/** All are taken out before any is put in: two may change places. */
async function moveResources(tx: Tx, changed: readonly Changed[], ctx: Ctx): Promise<void> {
  const places = changed.flatMap(({ of, to }) => to.resources.map((item) => ({ of, ...item })))
  const moved = places.filter(({ of, logicalId, from }) => of.uuid !== from.uuid || logicalId !== from.logicalId)
  for (const { from, now } of moved) {
    const home = changed.find(({ of }) => of.uuid === from.uuid)?.of
    if (!home) throw new Error(`the refactor takes ${from.logicalId} of a stack that has no part in it`)
    await noteOwner(tx, from.uuid, from.logicalId, undefined)
    tx.delete(resource(from.uuid, from.logicalId))
    await twoEvents(tx, home, { logicalId: from.logicalId, type: now.type, physicalId: now.id }, 'EXPORT', ctx)
  }
  for (const { of, logicalId, from, now } of places) {
    if (of.uuid === from.uuid && logicalId === from.logicalId) {
      const record = await tx.get(resource(of.uuid, logicalId))
      if (record) tx.set(resource(of.uuid, logicalId), { ...record, now })
      continue
    }
    const status = 'IMPORT_COMPLETE'
    const record: StackResource = { logicalId, type: now.type, status, updatedAtMs: ctx.nowMs, now }
    await noteOwner(tx, of.uuid, logicalId, record)
    tx.set(resource(of.uuid, logicalId), record)
    await twoEvents(tx, of, { logicalId, type: now.type, physicalId: now.id }, 'IMPORT', ctx)
  }
}

async function twoEvents(
  tx: Tx,
  of: Stack,
  line: { readonly logicalId: string; readonly type: string; readonly physicalId: string },
  verb: 'EXPORT' | 'IMPORT',
  ctx: Ctx,
): Promise<void> {
  for (const status of [`${verb}_IN_PROGRESS`, `${verb}_COMPLETE`])
    await addEvent(tx, of, ctx.host, { ...line, status }, ctx.nowMs, {})
}

/** What the stacks export and use, all at once: an export may go from one to another while others use it. */
async function exchangeExports(tx: Tx, changed: readonly Changed[]): Promise<void> {
  const after = new Map<string, { readonly value: string; readonly of: Stack }>()
  for (const { of, to } of changed) {
    for (const { exportName, value } of to.outputs) if (exportName !== undefined) after.set(exportName, { value, of })
  }
  for (const { of, to } of changed) {
    for (const name of of.imports) if (!to.imports.includes(name)) tx.delete(importing(name, of.uuid))
  }
  for (const { of } of changed) {
    for (const output of of.outputs) {
      const { exportName: name, value } = output
      if (name === undefined || after.get(name)?.value === value) continue
      await checkUnused(tx, [output], after.has(name) ? 'updated' : 'deleted')
      if (!after.has(name)) tx.delete(exported(name))
    }
  }
  const ours = new Set(changed.map(({ of }) => of.uuid))
  for (const [name, { value, of }] of after) {
    const taken = await tx.get(exported(name))
    if (taken && !ours.has(taken.uuid))
      throw invalid(`Export with name ${name} is already exported by stack ${taken.stackName}.`)
    tx.set(exported(name), { value, uuid: of.uuid, stackId: of.id, stackName: of.name })
  }
  for (const { of, to } of changed) {
    for (const name of to.imports) {
      if (!(await tx.get(exported(name)))) throw invalid(`No export named ${name} found.`)
      tx.set(importing(name, of.uuid), { stackName: of.name })
    }
  }
}
