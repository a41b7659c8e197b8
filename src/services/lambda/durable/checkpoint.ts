import type { Operation as Described } from '@aws-sdk/client-lambda'
import type { Ctx } from '../../../kernel/context.ts'
import { operations } from '../../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { invalid } from '../errors.ts'
import { startChained } from './chained.ts'
import { describeOperation, operationBytes, statePage } from './describe.ts'
import { type Draft, save } from './draft.ts'
import { endExecution } from './end.ts'
import { findExecution } from './find.ts'
import { durableLimits, pageBytes } from './limits.ts'
import { checkpointToken, readCheckpointToken, readExecutionArn } from './names.ts'
import { markerOf, pageSize, readMarker } from './paging.ts'
import { type Execution, type Invocation, operation, operationByChange } from './state.ts'
import { checkContent, checkTogether, type Update } from './update-rules.ts'
import { applyUpdate } from './updates.ts'

/** What a durable function's SDK asks while it runs. */
export const checkpoints = operations<Api>()({
  CheckpointDurableExecution: {
    authorize: ({ DurableExecutionArn }) => [
      { action: 'lambda:CheckpointDurableExecution', resource: DurableExecutionArn },
    ],
    async write(tx, { DurableExecutionArn, CheckpointToken, ClientToken, Updates = [] }, ctx) {
      const { execution, invocation, home } = await findInvocation(
        tx,
        DurableExecutionArn,
        CheckpointToken,
        ctx,
        ClientToken,
      )
      const draft: Draft = { tx: home, host: ctx.host, nowMs: ctx.nowMs, execution }
      if (invocation.again) {
        const { changed } = await changesAfter(draft, invocation.last?.told ?? 0)
        return answer(invocation, changed)
      }
      const updates = Updates as readonly Update[]
      checkTogether(updates)
      for (const update of updates) await apply(draft, update, ctx)
      const { changed, last } = await changesAfter(draft, execution.told)
      const checkpoints = invocation.checkpoints + 1
      const next: Invocation = {
        id: invocation.id,
        checkpoints,
        last: ClientToken === undefined ? undefined : { clientToken: ClientToken, told: execution.told },
      }
      const ended = draft.execution.status !== 'RUNNING'
      draft.execution = { ...draft.execution, told: last, invocation: ended ? undefined : next }
      save(draft)
      return ended ? { NewExecutionState: { Operations: changed } } : answer(next, changed)
    },
  },

  GetDurableExecutionState: {
    authorize: ({ DurableExecutionArn }) => [
      { action: 'lambda:GetDurableExecutionState', resource: DurableExecutionArn },
    ],
    async read(tx, { DurableExecutionArn, CheckpointToken, Marker, MaxItems }, ctx) {
      const { execution, home } = await findInvocation(tx, DurableExecutionArn, CheckpointToken, ctx)
      const [after] = readMarker(Marker, ['number']) ?? []
      const page = await statePage(home, execution, after, pageSize(MaxItems))
      return { Operations: page.operations, NextMarker: page.next === undefined ? undefined : markerOf(page.next) }
    },
  },
})

const answer = ({ id, checkpoints }: Invocation, Operations: Described[]) => ({
  CheckpointToken: checkpointToken(id, checkpoints),
  NewExecutionState: { Operations },
})

async function apply(draft: Draft, update: Update, ctx: Ctx): Promise<void> {
  if (update.Type !== 'EXECUTION') {
    const chained = await applyUpdate(draft, update)
    if (chained) await startChained(draft, chained, ctx)
    return
  }
  if (update.Action !== 'SUCCEED' && update.Action !== 'FAIL') throw invalid('Invalid EXECUTION action.')
  checkContent(update, resultLimit(draft.execution))
  const status = update.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED'
  await endExecution(draft, status, { result: update.Payload, error: update.Error })
}

/** In bytes: nobody waits for more than an event could carry. */
export function resultLimit({ asynchronous }: Execution): number {
  return asynchronous ? durableLimits.payloadBytes : durableLimits.checkpointBytes
}

/** What has changed after a change: as much as an answer may have, the rest is told with the next. */
async function changesAfter({ tx, execution: { id } }: Draft, told: number) {
  const changed: Described[] = []
  let last = told
  let bytes = 0
  for await (const { key, value: number } of tx.range(operationByChange.between([id], { after: [told] }))) {
    const found = await tx.get(operation(id, number))
    if (!found) continue
    bytes += operationBytes(found)
    if (changed.length > 0 && bytes > pageBytes) break
    changed.push(describeOperation(found))
    last = key[1]
  }
  return { changed, last }
}

/**
 * The execution, and the invocation of it that runs and has the token. Throws InvalidParameterValueException for every
 * other: another invocation may have taken over, or the execution ended. `again`: it is the last checkpoint once more.
 */
async function findInvocation<T extends ReadTx | Tx>(
  tx: T,
  arn: string,
  token: string,
  ctx: Ctx,
  clientToken?: string,
) {
  const name = readExecutionArn(arn)
  const execution = await findExecution(tx, name, ctx)
  const given = readCheckpointToken(token)
  const invocation = execution?.invocation
  const behind = invocation && given ? invocation.checkpoints - given.checkpoints : undefined
  const again = behind === 1 && clientToken !== undefined && invocation?.last?.clientToken === clientToken
  if (!execution || !invocation || given?.invocationId !== invocation.id || !(behind === 0 || again)) {
    throw invalid('Invalid checkpoint token')
  }
  return { execution, invocation: { ...invocation, again }, home: tx.in(name.scope) as T }
}
