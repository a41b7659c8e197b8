import { hash } from 'node:crypto'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { Tx } from '../../../kernel/records.ts'
import { inOrder } from './preferences.ts'
import {
  type Instance,
  instance,
  operationByAge,
  type Preferences,
  type SetOperation,
  type StackSet,
  setOperation,
  stackSet,
  target,
} from './state.ts'

/** What an operation may reach at most, and so what a set may have. */
export const mostInstances = 2_000
/** Operations of a set that are remembered. */
const remembered = 1_000
/** Operations that may wait in a set with managed execution. */
const mostQueued = 100

export interface Beginning {
  readonly id: string
  readonly action: SetOperation['action']
  /** What was asked for, to know it again. */
  readonly request: object
  readonly preferences: Preferences
  readonly targets: readonly { readonly account: string; readonly region: string; readonly stackId?: string }[]
  readonly retainStacks?: boolean | undefined
  readonly overrides?: SetOperation['overrides']
  readonly imports?: boolean
}

/**
 * The operation of this id, when it has been asked for before, in the same words. Throws OperationIdAlreadyExistsException
 * when it was asked for in others, StaleRequestException when another has been begun since.
 */
export async function repeatedOperation(
  tx: Tx,
  set: StackSet,
  id: string | undefined,
  request: object,
): Promise<string | undefined> {
  const before = id === undefined ? undefined : await tx.get(setOperation(set.uuid, id))
  if (!before) return undefined
  if (before.requestHash !== hashOf(request)) {
    throw awsError(
      'OperationIdAlreadyExistsException',
      `The operation ID ${id} has already been used on StackSet ${set.arn}`,
    )
  }
  if (set.latest !== id) {
    throw awsError(
      'StaleRequestException',
      `Another operation has been performed on StackSet ${set.arn} since operation ${id}`,
    )
  }
  return id
}

/** Throws OperationInProgressException unless another operation can be begun, or queued. */
export function refuseWhileBusy(set: StackSet): void {
  if (set.active.length === 0 || (set.managedExecution && set.active.length < mostQueued)) return
  throw awsError('OperationInProgressException', `Another Operation on StackSet ${set.arn} is in progress`)
}

/** Begins an operation, or queues it, in the transaction of its request. `set` is stored with what else has changed of it. */
export async function beginOperation(tx: Tx, set: StackSet, start: Beginning, ctx: Ctx): Promise<string> {
  refuseWhileBusy(set)
  const { id, action, preferences } = start
  const regions = inOrder([...new Set(start.targets.map(({ region }) => region))], preferences)
  const queued = set.active.length > 0
  const operation: SetOperation = {
    id,
    action,
    imports: start.imports,
    status: queued ? 'QUEUED' : 'RUNNING',
    createdAtMs: ctx.nowMs,
    preferences,
    retainStacks: start.retainStacks,
    overrides: start.overrides,
    administrationRoleArn: set.administrationRoleArn,
    executionRoleName: set.executionRoleName,
    regions: regions.map((name) => ({
      name,
      accounts: start.targets.filter(({ region }) => region === name).length,
      failed: 0,
    })),
    requestHash: hashOf(start.request),
    token: ctx.newId(),
    ...(action === 'DETECT_DRIFT' ? { drift: { total: start.targets.length, drifted: 0, inSync: 0, failed: 0 } } : {}),
  }
  for (const { account, region, stackId } of start.targets) {
    const [index, of] = [regions.indexOf(region), instance(set.uuid, account, region)]
    tx.set(target(set.uuid, id, index, account), { account, region, status: 'PENDING', stackId })
    if (action === 'DETECT_DRIFT') continue
    const before = (await tx.get(of)) ?? newInstance(set, account, region, ctx.newId())
    tx.set(of, { ...before, detailed: 'PENDING', reason: undefined, lastOperationId: id })
  }
  tx.set(setOperation(set.uuid, id), operation)
  tx.set(operationByAge(set.uuid, ctx.nowMs, id), true)
  const kept = await forgetOldest(tx, set)
  tx.set(stackSet(set.uuid), { ...set, active: [...set.active, id], latest: id, operations: kept + 1 })
  if (!queued) scheduleOperation(tx, ctx.host, set.uuid, id)
  return id
}

/** Has an operation carried out that is RUNNING. */
export function scheduleOperation(tx: Tx, host: Ctx['host'], uuid: string, operation: string): void {
  host.deliveries.schedule(tx, {
    kind: 'cloudformation:runStackSetOperation',
    scope: tx.scope,
    data: { uuid, operation },
  })
}

/** An instance without a stack yet; `id` makes the stack's name. */
export function newInstance(set: StackSet, account: string, region: string, id: string): Instance {
  return {
    account,
    region,
    stackName: nameOfStack(set, id),
    overrides: {},
    detailed: 'PENDING',
    lastOperationId: '',
  }
}

/** `StackSet-<set>-<uuid>`, as long as a stack's name may be. */
function nameOfStack({ name }: StackSet, uuid: string): string {
  return `StackSet-${name.slice(0, 128 - 'StackSet--'.length - uuid.length)}-${uuid}`
}

/** Makes room for one more operation; answers how many are left. */
async function forgetOldest(tx: Tx, set: StackSet): Promise<number> {
  if (set.operations < remembered) return set.operations
  let kept = set.operations
  for await (const [, atMs, id] of tx.keys(operationByAge.under(set.uuid), { limit: 2 })) {
    if (set.active.includes(id)) continue
    tx.delete(operationByAge(set.uuid, atMs, id))
    tx.delete(setOperation(set.uuid, id))
    tx.clear(target.under(set.uuid, id))
    kept -= 1
  }
  return kept
}

function hashOf(request: object): string {
  return hash('sha256', JSON.stringify(request), 'base64')
}
