import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { invalidValues } from './keys.ts'
import { type StreamView, stream, type Table } from './state.ts'
import { keptMs } from './stream-trimming.ts'
import { newId } from './tables.ts'

interface StreamRequest {
  readonly StreamEnabled: boolean
  readonly StreamViewType?: StreamView
}

/** The view of the stream that is asked for; undefined for none. Throws ValidationException when it says both. */
export function streamViewOf(request: StreamRequest | undefined): StreamView | undefined {
  if (!request) return undefined
  const { StreamEnabled, StreamViewType } = request
  if (StreamEnabled && StreamViewType === undefined) {
    throw invalidValues('StreamViewType is required when StreamEnabled is true')
  }
  if (!StreamEnabled && StreamViewType !== undefined) {
    throw invalidValues('StreamViewType can only be specified when StreamEnabled is true')
  }
  return StreamEnabled ? StreamViewType : undefined
}

/** Gives the table a new stream. Throws ValidationException when it has one. */
export async function streamOn(tx: Tx, table: Table, view: StreamView, ctx: Ctx): Promise<Table> {
  if (table.stream) {
    throw awsError('ValidationException', `Table already has an enabled stream: TableName: ${table.name}`)
  }
  // Labels are unique: a stream switched off and on within a millisecond is one that begins a little later.
  let createdAtMs = ctx.nowMs
  while (await tx.get(stream(table.name, labelOf(createdAtMs)))) createdAtMs++
  const label = labelOf(createdAtMs)
  const id = newId(ctx)
  tx.set(stream(table.name, label), {
    id,
    label,
    view,
    tableName: table.name,
    key: table.key,
    shardId: `shardId-${String(createdAtMs).padStart(20, '0')}-${ctx.ids.token(8, '0123456789abcdef')}`,
    createdAtMs,
  })
  ctx.host.deliveries.schedule(tx, {
    kind: 'dynamodb:trimStream',
    scope: ctx.scope,
    dueAtMs: createdAtMs + keptMs,
    data: { tableName: table.name, label },
    key: id,
  })
  return { ...table, stream: { id, label, view }, latestStreamLabel: label }
}

/** Ends the table's stream; its records can be read for another day. Throws ValidationException when it has none. */
export async function streamOff(tx: Tx, table: Table, nowMs: number): Promise<Table> {
  const { stream: current, ...rest } = table
  if (!current) {
    throw awsError('ValidationException', `Table already has a disabled stream: TableName: ${table.name}`)
  }
  const found = await tx.get(stream(table.name, current.label))
  if (found) tx.set(stream(table.name, current.label), { ...found, disabledAtMs: nowMs })
  return rest
}

/** `2015-05-11T21:21:33.291` */
function labelOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, -1)
}
