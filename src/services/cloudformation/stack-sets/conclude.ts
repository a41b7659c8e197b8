import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { stackUuid } from '../find.ts'
import { stack } from '../state.ts'
import { newInstance, scheduleOperation } from './begin.ts'
import { tolerance } from './preferences.ts'
import {
  type Instance,
  instance,
  type Override,
  type SetOperation,
  type StackSet,
  setOperation,
  setTemplate,
  stackSet,
  type Target,
  target,
} from './state.ts'
import { refusedImport } from './take-over.ts'
import { type Outcome, placeOf } from './work.ts'

/** Which instance of which operation. */
export interface Place {
  readonly uuid: string
  readonly operation: string
  readonly regionIndex: number
  readonly account: string
}

export interface Claimed {
  readonly set: StackSet
  /** The set's template, of the same moment. */
  readonly text: string
  readonly operation: SetOperation
  readonly target: Target
  readonly of: Instance
}

/**
 * Begins an instance's turn. Undefined when it was called off, or when what was to be changed has been deleted while the
 * operation was queued. One that had begun before a crash goes on as it began.
 */
export async function claim(tx: Tx, place: Place, host: Host): Promise<Claimed | undefined> {
  const { uuid } = place
  const key = target(uuid, place.operation, place.regionIndex, place.account)
  const [set, operation, now, template] = [
    await tx.get(stackSet(uuid)),
    await tx.get(setOperation(uuid, place.operation)),
    await tx.get(key),
    await tx.get(setTemplate(uuid)),
  ]
  if (!set || !operation || !now || (now.status !== 'PENDING' && now.status !== 'RUNNING')) return undefined
  const at = instance(uuid, now.account, now.region)
  const there = await tx.get(at)
  if (!there && operation.action === 'UPDATE') {
    tx.set(key, { ...now, status: 'CANCELLED', reason: 'Cancelled since the stack instance was deleted' })
    return undefined
  }
  const before = there ?? newInstance(set, now.account, now.region, host.ids.uuid())
  const text = template?.text ?? ''
  if (now.status === 'RUNNING') return { set, text, operation, target: now, of: before }
  const running: Target = { ...now, status: 'RUNNING' }
  tx.set(key, running)
  if (operation.action === 'DETECT_DRIFT') return { set, text, operation, target: running, of: before }
  const of: Instance = {
    ...before,
    detailed: 'RUNNING',
    lastOperationId: operation.id,
    overrides: overridden(before.overrides, operation.overrides),
  }
  tx.set(at, of)
  return { set, text, operation, target: running, of }
}

function overridden(before: Instance['overrides'], given: readonly Override[] | undefined): Instance['overrides'] {
  if (!given) return before
  return Object.fromEntries(
    given.flatMap(({ key, value = before[key] }) => (value === undefined ? [] : [[key, value] as const])),
  )
}

/**
 * Ends an instance's turn; false when it has failed. When too many of its Region have failed, what has not begun is
 * called off.
 */
export async function finish(
  tx: Tx,
  place: Place,
  { set, of }: Claimed,
  came: Outcome,
  atMs: number,
): Promise<boolean> {
  const { uuid } = place
  const key = target(uuid, place.operation, place.regionIndex, place.account)
  const operation = await tx.get(setOperation(uuid, place.operation))
  const ending = await tx.get(key)
  if (!operation || ending?.status !== 'RUNNING') return came.ok
  const outcome = operation.imports ? await ifFree(tx, of, set, came) : came
  tx.set(key, {
    ...ending,
    status: outcome.ok ? 'SUCCEEDED' : 'FAILED',
    reason: outcome.ok ? undefined : outcome.reason,
  })
  const now = (await tx.get(instance(uuid, of.account, of.region))) ?? of
  await settleInstance(tx, { uuid, arn: set.arn, generation: set.generation }, operation, now, outcome, atMs)
  const after = counted(operation, place.regionIndex, outcome)
  tx.set(setOperation(uuid, operation.id), after)
  if (after.exceeded && !operation.exceeded) {
    await callOff(tx, uuid, operation, 'Cancelled since failure tolerance has exceeded')
  }
  return outcome.ok
}

/** A stack may have been taken over by another set since it was looked at, or be gone. */
async function ifFree(tx: Tx, of: Instance, set: StackSet, outcome: Outcome): Promise<Outcome> {
  if (!outcome.ok || outcome.stackId === undefined) return outcome
  const found = await tx.in(placeOf(of)).get(stack(stackUuid(outcome.stackId)))
  const refused = refusedImport(outcome.stackId, found, set)
  return refused === undefined ? outcome : { ok: false, reason: refused, inoperable: true }
}

async function settleInstance(
  tx: Tx,
  set: Pick<StackSet, 'uuid' | 'arn' | 'generation'>,
  { action, imports, retainStacks }: SetOperation,
  now: Instance,
  outcome: Outcome,
  atMs: number,
): Promise<void> {
  const key = instance(set.uuid, now.account, now.region)
  if (action === 'DETECT_DRIFT') {
    if (outcome.ok && outcome.drift) tx.set(key, { ...now, drift: { status: outcome.drift, atMs } })
  } else if (action === 'DELETE' && outcome.ok) {
    tx.delete(key)
    if (retainStacks && now.stackId !== undefined) await belong(tx, now, now.stackId, undefined)
  } else if (outcome.ok) {
    if (imports && outcome.stackId !== undefined) await belong(tx, now, outcome.stackId, set.arn)
    tx.set(key, {
      ...now,
      stackId: outcome.stackId ?? now.stackId,
      overrides: outcome.overrides ?? now.overrides,
      deployed: set.generation,
      inoperable: undefined,
      detailed: 'SUCCEEDED',
      reason: undefined,
    })
  } else {
    const { stackId, ...rest } = now
    tx.set(key, {
      ...rest,
      ...(outcome.stackGone || stackId === undefined ? {} : { stackId }),
      deployed: undefined,
      inoperable: outcome.inoperable,
      detailed: imports ? 'FAILED_IMPORT' : outcome.inoperable ? 'INOPERABLE' : 'FAILED',
      reason: outcome.reason,
    })
  }
}

/** A stack becomes one of a set, or no longer is. */
async function belong(tx: Tx, { account, region }: Instance, stackId: string, arn: string | undefined): Promise<void> {
  const there = tx.in({ account, region })
  const found = await there.get(stack(stackUuid(stackId)))
  if (found) there.set(stack(found.uuid), { ...found, stackSetArn: arn })
}

function counted(operation: SetOperation, regionIndex: number, outcome: Outcome): SetOperation {
  const regions = operation.regions.map((region, index) =>
    index === regionIndex && !outcome.ok ? { ...region, failed: region.failed + 1 } : region,
  )
  const of = regions[regionIndex]
  const { drift } = operation
  return {
    ...operation,
    regions,
    exceeded: operation.exceeded || (of !== undefined && of.failed > tolerance(operation, of.accounts)),
    drift: drift && {
      ...drift,
      failed: drift.failed + (outcome.ok ? 0 : 1),
      drifted: drift.drifted + (outcome.ok && outcome.drift === 'DRIFTED' ? 1 : 0),
      inSync: drift.inSync + (outcome.ok && outcome.drift === 'IN_SYNC' ? 1 : 0),
    },
  }
}

/** Cancels what an operation has not begun. */
export async function callOff(tx: Tx, uuid: string, operation: SetOperation, reason: string): Promise<void> {
  for await (const { key, value } of tx.range(target.under(uuid, operation.id))) {
    if (value.status !== 'PENDING') continue
    tx.set(target(...key), { ...value, status: 'CANCELLED', reason })
    if (operation.action === 'DETECT_DRIFT') continue
    const at = instance(uuid, value.account, value.region)
    const of = await tx.get(at)
    if (of) tx.set(at, { ...of, detailed: 'CANCELLED', reason })
  }
}

/** Ends an operation, and begins what has waited for it. */
export async function endOperation(tx: Tx, host: Host, uuid: string, id: string, atMs: number): Promise<void> {
  const [set, operation] = [await tx.get(stackSet(uuid)), await tx.get(setOperation(uuid, id))]
  if (!set || !operation || operation.endedAtMs !== undefined) return
  const status =
    operation.status === 'STOPPING' || operation.status === 'QUEUED'
      ? 'STOPPED'
      : operation.exceeded
        ? 'FAILED'
        : 'SUCCEEDED'
  tx.set(setOperation(uuid, id), { ...operation, status, endedAtMs: atMs })
  const active = set.active.filter((each) => each !== id)
  const drift = operation.drift && { ...operation.drift, status: detectionStatus(status, operation.drift.failed), atMs }
  tx.set(stackSet(uuid), { ...set, active, ...(drift ? { drift } : {}) })
  await beginQueued(tx, host, uuid, active)
}

function detectionStatus(status: 'STOPPED' | 'FAILED' | 'SUCCEEDED', failed: number): string {
  if (status !== 'SUCCEEDED') return status
  return failed > 0 ? 'PARTIAL_SUCCESS' : 'COMPLETED'
}

/** Begins each operation that waits and has no instance in common with one that was asked for before it. */
async function beginQueued(tx: Tx, host: Host, uuid: string, active: readonly string[]): Promise<void> {
  const taken = new Set<string>()
  for (const id of active) {
    const operation = await tx.get(setOperation(uuid, id))
    const mine: string[] = []
    for await (const { value } of tx.range(target.under(uuid, id))) mine.push(`${value.account}/${value.region}`)
    if (operation?.status === 'QUEUED' && !mine.some((place) => taken.has(place))) {
      tx.set(setOperation(uuid, id), { ...operation, status: 'RUNNING' })
      scheduleOperation(tx, host, uuid, id)
    }
    for (const place of mine) taken.add(place)
  }
}
