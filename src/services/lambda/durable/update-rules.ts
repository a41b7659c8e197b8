import type { ErrorObject, OperationUpdate } from '@aws-sdk/client-lambda'
import { invalid, requestTooLarge } from '../errors.ts'
import type { Draft, Numbered } from './draft.ts'
import { errorTooLarge, isErrorTooLarge } from './error-size.ts'
import { durableLimits } from './limits.ts'
import { sizeOf } from './payloads.ts'

/*
 * What a checkpoint may say of each kind of operation. Rules and words are those that AWS's own testing SDK has
 * (github.com/aws/aws-durable-execution-sdk-python-testing, checkpoint/validators).
 */

export type Update = OperationUpdate & { readonly Id: string; readonly Type: string; readonly Action: string }

/** Throws InvalidParameterValueException for updates that no checkpoint may have together. */
export function checkTogether(updates: readonly Update[]): void {
  if (updates.filter(({ Type }) => Type === 'EXECUTION').length > 1) {
    throw invalid('Cannot checkpoint multiple EXECUTION updates.')
  }
  const last = updates.at(-1)
  if (updates.some((update) => update.Type === 'EXECUTION' && update !== last)) {
    throw invalid('EXECUTION checkpoint must be the last update.')
  }
  const seen = new Map<string, Update>()
  let bytes = 0
  for (const update of updates) {
    const before = seen.get(update.Id)
    const begun = before?.Action === 'START' && (before.Type === 'STEP' || before.Type === 'CONTEXT')
    if (before && !(begun && update.Action !== 'START')) {
      throw invalid('Cannot checkpoint multiple operations with the same ID.')
    }
    seen.set(update.Id, update)
    bytes += sizeOf(update.Payload) + errorSize(update)
  }
  if (bytes > durableLimits.checkpointBytes) {
    throw requestTooLarge(durableLimits.checkpointBytes, 'CheckpointDurableExecution')
  }
}

/** In bytes of JSON. */
export const errorSize = ({ Error: error }: Update): number => (error ? sizeOf(JSON.stringify(error)) : 0)

/** Throws unless an error is of a size that is taken. */
export function checkError(error: ErrorObject | undefined): void {
  if (isErrorTooLarge(error)) throw invalid(errorTooLarge)
}

/** Throws unless payload and error are of a size that is taken, and are what the action has. */
export function checkContent(update: Update, mostBytes: number): void {
  checkError(update.Error)
  if (sizeOf(update.Payload) > mostBytes) {
    throw invalid(`${update.Type} payload size must be less than or equal to ${mostBytes} bytes.`)
  }
  if (update.Action === 'SUCCEED' && update.Error) throw invalid('Cannot provide an Error for SUCCEED action.')
  if (update.Action === 'FAIL' && update.Payload !== undefined) {
    throw invalid('Cannot provide a Payload for FAIL action.')
  }
}

/** Throws unless an update is of the operation that has its id. */
export function checkSame({ value }: Numbered, update: Update): void {
  if (value.type !== update.Type) throw invalid('Inconsistent operation type.')
  if (update.SubType !== undefined && update.SubType !== value.subType) throw invalid('Inconsistent operation subtype.')
  if (update.Name !== undefined && update.Name !== value.name) throw invalid('Inconsistent operation name.')
  if (update.ParentId !== undefined && update.ParentId !== value.parentId) {
    throw invalid('Inconsistent parent operation id.')
  }
}

/** An operation as its first update has it. */
export function begun(update: Update, draft: Draft) {
  const { Id: id, ParentId: parentId, Name: name, SubType: subType } = update
  return { ...{ id, parentId, name, subType }, status: 'STARTED', startedAtMs: draft.nowMs } as const
}

export const invalidAction = () => invalid('Invalid action for the given operation type.')

/** The first of two times that may be absent. */
export function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}
