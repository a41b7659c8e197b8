import { awaited } from '../../../kernel/awaited.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { ResourceFailure } from '../../../kernel/resource.ts'
import { stackUuid } from '../find.ts'
import { tagList } from '../input.ts'
import { calledVia } from '../lineage.ts'
import { driftDetection, driftDetectionHome, type Stack, stack } from '../state.ts'
import { askGate } from './account-gate.ts'
import { assumeExecutionRole } from './execution-role.ts'
import { failureOf } from './failure.ts'
import { instance, target } from './state.ts'
import { takeOver } from './take-over.ts'
import { type Invoke, type Outcome, placeOf, type Work } from './work.ts'

/** A stack is waited for as long as it takes: its own timeout ends it. */
const foreverMs = 366 * 24 * 3_600_000

/** Does with one instance what its operation is for. What is refused is its failure; done again after a crash, it goes on. */
export async function carryOut(work: Work): Promise<Outcome> {
  const { host, scope, set, operation, of, signal } = work
  // Nothing of the account is touched: its role may be gone, or have been what a creation failed for.
  if (operation.action === 'DELETE' && (operation.retainStacks || of.stackId === undefined)) return { ok: true }
  try {
    const as = await assumeExecutionRole(host, scope, set, operation, of.account)
    const invoke: Invoke = (name, input, options) =>
      host.invoke(name, input, {
        as,
        scope: placeOf(of),
        signal,
        context: { ...calledVia, 'aws:SourceArn': set.arn },
        ...options,
      })
    if (operation.action !== 'DETECT_DRIFT') {
      const gate = await askGate(work, invoke)
      if (gate.status === 'FAILED') return { ok: false, reason: 'Account gate check failed' }
    }
    if (operation.imports) return await takeOver(work, invoke)
    return await byAction[operation.action](work, invoke)
  } catch (error) {
    signal.throwIfAborted()
    if (isAwsError(error) || error instanceof ResourceFailure) return { ok: false, reason: error.message }
    throw error
  }
}

const byAction = { CREATE: deploy, UPDATE: deploy, DELETE: remove, DETECT_DRIFT: lookForDrift }

async function deploy(work: Work, invoke: Invoke): Promise<Outcome> {
  const { set, operation, text, of } = work
  const declared = (name: string) => set.declared?.includes(name) ?? true
  const input = {
    TemplateBody: text,
    Parameters: Object.entries({ ...set.parameters, ...of.overrides })
      .filter(([name]) => declared(name))
      .map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Capabilities: set.capabilities,
    Tags: tagList(set.tags),
    ClientRequestToken: operation.token,
  }
  const there = await stackOf(work)
  return there ? change(work, there, input, invoke) : make(work, input, invoke)
}

async function make(work: Work, input: object, invoke: Invoke): Promise<Outcome> {
  const { StackId } = await invoke<{ StackId: string }>('cloudformation:CreateStack', {
    StackName: work.of.stackName,
    OnFailure: 'DELETE',
    ...input,
  })
  await noteStack(work, StackId)
  const made = await settled(work, StackId)
  if (made?.status === 'CREATE_COMPLETE') return { ok: true, stackId: StackId }
  return { ok: false, ...(await told(work, made, ['CREATE_IN_PROGRESS'])) }
}

async function change(work: Work, there: Stack, input: object, invoke: Invoke): Promise<Outcome> {
  await settled(work, there.id)
  try {
    await invoke('cloudformation:UpdateStack', { StackName: there.id, ...input })
  } catch (error) {
    const nothing = isAwsError(error, 'ValidationError') && error.message === 'No updates are to be performed.'
    if (!nothing) throw error
    return { ok: true, stackId: there.id }
  }
  const now = await settled(work, there.id)
  // One that was being made when the node stopped is known by the same token.
  if (now?.status === 'UPDATE_COMPLETE' || now?.status === 'CREATE_COMPLETE') return { ok: true, stackId: there.id }
  return { ok: false, ...(await told(work, now, ['UPDATE_IN_PROGRESS', 'CREATE_IN_PROGRESS'])) }
}

async function remove(work: Work, invoke: Invoke): Promise<Outcome> {
  const there = await stackOf(work)
  if (!there) return { ok: true }
  try {
    await invoke('cloudformation:DeleteStack', { StackName: there.id, ClientRequestToken: work.operation.token })
  } catch (error) {
    if (!isAwsError(error)) throw error
    return { ok: false, reason: error.message, inoperable: true }
  }
  const left = await settled(work, there.id)
  if (!left || left.status === 'DELETE_COMPLETE') return { ok: true }
  return { ok: false, ...(await told(work, left, ['DELETE_IN_PROGRESS'])), inoperable: true }
}

async function lookForDrift(work: Work, invoke: Invoke): Promise<Outcome> {
  const { host, scope, set, operation, regionIndex, of, signal } = work
  const there = await stackOf(work)
  if (!there) return { ok: false, reason: 'The stack instance has no stack.' }
  const key = target(set.uuid, operation.id, regionIndex, of.account)
  let id = work.target.detectionId
  if (id === undefined) {
    const begun = await invoke<{ StackDriftDetectionId: string }>(
      'cloudformation:DetectStackDrift',
      { StackName: there.id },
      {
        within: (tx, { StackDriftDetectionId }) =>
          tx.in(scope).set(key, { ...work.target, detectionId: String(StackDriftDetectionId) }),
      },
    )
    id = begun.StackDriftDetectionId
  }
  const detection = id
  const look = () =>
    host.records.read(placeOf(of), async (tx) => {
      const home = await tx.get(driftDetectionHome(detection))
      const found = home && (await tx.get(driftDetection(home.stack, home.startedAtMs, detection)))
      return found?.status === 'DETECTION_IN_PROGRESS' ? undefined : (found ?? null)
    })
  const ranges = [driftDetection.under(there.uuid)]
  const found = await awaited(host, { scope: placeOf(of), ranges, waitMs: foreverMs, signal }, look)
  signal.throwIfAborted()
  if (found?.status === 'DETECTION_COMPLETE' && found.found) return { ok: true, drift: found.found }
  return { ok: false, reason: found?.reason ?? 'The drift detection is gone.' }
}

/** The instance's stack, unless it is deleted. */
async function stackOf({ host, of }: Work): Promise<Stack | undefined> {
  const { stackId } = of
  if (stackId === undefined) return undefined
  const found = await host.records.read(placeOf(of), (tx) => tx.get(stack(stackUuid(stackId))))
  return found?.status === 'DELETE_COMPLETE' ? undefined : found
}

/** The stack once nothing is being done to it; undefined when it is gone. */
async function settled({ host, of, signal }: Work, id: string): Promise<Stack | undefined> {
  const key = stack(stackUuid(id))
  const look = () =>
    host.records.read(placeOf(of), async (tx) => {
      const now = await tx.get(key)
      return now?.status.endsWith('_IN_PROGRESS') ? undefined : (now ?? null)
    })
  const ranges = [stack.under(stackUuid(id))]
  const found = await awaited(host, { scope: placeOf(of), ranges, waitMs: foreverMs, signal }, look)
  signal.throwIfAborted()
  return found ?? undefined
}

async function told({ host, of }: Work, now: Stack | undefined, began: readonly string[]) {
  if (!now) return { reason: 'The stack is gone.', stackGone: true }
  const reason = await host.records.read(placeOf(of), (tx: ReadTx) => failureOf(tx, now, began))
  return { reason, stackGone: now.status === 'DELETE_COMPLETE' }
}

/** The instance has its stack from here on, whatever becomes of it. */
async function noteStack({ host, scope, set, of }: Work, stackId: string): Promise<void> {
  await host.records.write(scope, async (tx) => {
    const key = instance(set.uuid, of.account, of.region)
    const now = await tx.get(key)
    if (now) tx.set(key, { ...now, stackId })
  })
}
