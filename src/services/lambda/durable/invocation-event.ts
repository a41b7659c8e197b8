import type { ReadTx } from '../../../kernel/records.ts'
import { statePage } from './describe.ts'
import { pageItems } from './limits.ts'
import { executionArn } from './names.ts'
import { markerOf } from './paging.ts'
import { type Execution, operation, operationByChange } from './state.ts'

/**
 * What a durable function is invoked with: the first page of its state, whose others it asks for. Times are numbers of
 * milliseconds there, as AWS's SDKs read them. `UpdatedOperationIds` are those that changed since it was told last.
 */
export async function invocationEvent(tx: ReadTx, execution: Execution, token: string): Promise<Buffer> {
  const page = await statePage(tx, execution, undefined, pageItems.most)
  const event = {
    DurableExecutionArn: executionArn(tx.scope, execution),
    CheckpointToken: token,
    InitialExecutionState: {
      Operations: page.operations,
      NextMarker: page.next === undefined ? '' : markerOf(page.next),
    },
    UpdatedOperationIds: await updatedIds(tx, execution),
  }
  return Buffer.from(JSON.stringify(event, toMilliseconds))
}

/** `JSON.stringify` hands over dates as the text that they say they are. */
function toMilliseconds(this: unknown, key: string, value: unknown): unknown {
  const own = (this as Record<string, unknown>)[key]
  return own instanceof Date ? own.getTime() : value
}

async function updatedIds(tx: ReadTx, { id, told }: Execution): Promise<string[]> {
  const ids: string[] = []
  for await (const { value: number } of tx.range(operationByChange.between([id], { after: [told] }))) {
    const found = await tx.get(operation(id, number))
    if (found) ids.push(found.id)
  }
  return ids
}
