import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { type Stream, stream, streamRecord } from './state.ts'
import { type Change, changeOf } from './stream-records.ts'
import { keptMs } from './stream-trimming.ts'

const maxPageBytes = 2 ** 20

export interface StreamName {
  readonly tableName: string
  readonly label: string
}

/** What the resource part of a stream's ARN names; undefined when it is no stream. */
export function streamName(resource: string): StreamName | undefined {
  const [, tableName, label] = /^table\/([a-zA-Z0-9_.-]+)\/stream\/([^/]+)$/.exec(resource) ?? []
  return tableName === undefined || label === undefined ? undefined : { tableName, label }
}

export function streamArn(ctx: Pick<Ctx, 'arn'>, { tableName, label }: StreamName): string {
  return ctx.arn('dynamodb', `table/${tableName}/stream/${label}`)
}

/** Throws ResourceNotFoundException. */
export async function findStream(tx: ReadTx, name: StreamName | undefined, arn: string): Promise<Stream> {
  const found = name && (await tx.get(stream(name.tableName, name.label)))
  if (!found) {
    throw awsError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`)
  }
  return found
}

export interface ReadFrom {
  /** Undefined for the oldest record there is. */
  readonly after: Uint8Array | undefined
  readonly limit: number
  readonly nowMs: number
}
export interface ReadChange {
  readonly position: Uint8Array
  readonly atMs: number
  readonly change: Change
}

/** The next changes: up to `limit`, or a megabyte. */
export async function readChanges(tx: ReadTx, from: Stream, { after, limit, nowMs }: ReadFrom): Promise<ReadChange[]> {
  const changes: ReadChange[] = []
  let bytes = 0
  const rest = streamRecord.between([from.id], after ? { after: [after] } : {})
  for await (const { key, value } of tx.snapshot.range(rest)) {
    if (value.atMs + keptMs <= nowMs) continue
    if (changes.length > 0 && bytes + value.sizeBytes > maxPageBytes) break
    bytes += value.sizeBytes
    changes.push({ position: key[1], atMs: value.atMs, change: changeOf(from, key[1], value) })
    if (changes.length >= limit) break
  }
  return changes
}

/** The position of the newest record; undefined when there is none. */
export async function lastPosition(tx: ReadTx, { id }: Stream): Promise<Uint8Array | undefined> {
  for await (const [, position] of tx.snapshot.keys(streamRecord.under(id), { limit: 1, reverse: true }))
    return position
  return undefined
}
