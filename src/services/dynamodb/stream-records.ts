import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Tx } from '../../kernel/records.ts'
import type { Item } from './attribute-value.ts'
import { valuesEqual } from './comparison.ts'
import { itemSizeBytes } from './item-size.ts'
import type { Current } from './item-writes.ts'
import { keysOf } from './keys.ts'
import { type Stream, type StreamRecord, type StreamView, streamRecord, type Table, type TableStream } from './state.ts'
import type { StoredItem } from './stored-item.ts'

/** Two images of 400 KB with their JSON around them do not fit into a record of the store as they are. */
const maxPlainLength = 400_000

interface Circumstances {
  readonly atMs: number
  readonly byService: boolean | undefined
}

/**
 * Writes what happened to an item to its table's stream, in the transaction of the change. A write that changes nothing
 * is not told. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
export function appendChange(
  tx: Tx,
  table: Table,
  { id, view }: TableStream,
  before: Current | undefined,
  after: Item | undefined,
  kept: StoredItem | undefined,
  circumstances: Circumstances,
): void {
  const record = changeRecord(table, view, before, after, kept, circumstances)
  if (record) tx.append(streamRecord.under(id), record)
}

/** A change with the images that the view asks for; undefined for a write that changes nothing. */
export function changeRecord(
  table: Table,
  view: StreamView,
  before: Current | undefined,
  after: Item | undefined,
  kept: StoredItem | undefined,
  { atMs, byService }: Circumstances,
): StreamRecord | undefined {
  if (!before && !after) return undefined
  if (before && after && isSame(before, after, kept)) return undefined
  const keys = keysOf(after ?? before!.item, table.key)
  const old = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? before?.stored : undefined
  const fresh = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? kept : undefined
  const plain = (old?.json.length ?? 0) + (fresh?.json.length ?? 0) <= maxPlainLength
  const image = ({ json }: StoredItem) =>
    plain || typeof json !== 'string' ? json : deflateRawSync(Buffer.from(json), { level: 1 })
  return {
    name: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
    atMs,
    keys: JSON.stringify(keys),
    ...(old ? { before: image(old) } : {}),
    ...(fresh ? { after: image(fresh) } : {}),
    sizeBytes: itemSizeBytes(keys) + (old?.sizeBytes ?? 0) + (fresh?.sizeBytes ?? 0),
    ...(byService ? { byService } : {}),
  }
}

function isSame(before: Current, after: Item, kept: StoredItem | undefined): boolean {
  if (before.stored.sizeBytes !== kept?.sizeBytes) return false
  return before.stored.json === kept.json || valuesEqual({ M: before.item }, { M: after })
}

/** A change as the API and functions tell it, its items as they are stored (binary in base64). */
export interface Change {
  readonly eventID: string
  readonly name: StreamRecord['name']
  readonly atSec: number
  readonly keys: Item
  readonly before?: Item
  readonly after?: Item
  readonly sequenceNumber: string
  readonly sizeBytes: number
  readonly byService: boolean
}

export function changeOf(stream: Stream, position: Uint8Array, record: StreamRecord): Change {
  return {
    eventID: hash('md5', Buffer.concat([Buffer.from(stream.id), position])),
    name: record.name,
    atSec: Math.floor(record.atMs / 1_000),
    keys: JSON.parse(record.keys) as Item,
    ...(record.before === undefined ? {} : { before: imageOf(record.before) }),
    ...(record.after === undefined ? {} : { after: imageOf(record.after) }),
    sequenceNumber: sequenceNumber(position),
    sizeBytes: record.sizeBytes,
    byService: record.byService === true,
  }
}

/** The item that a record holds. */
export function imageOf(stored: string | Uint8Array): Item {
  return JSON.parse(typeof stored === 'string' ? stored : inflateRawSync(stored).toString()) as Item
}

const positionBytes = 12
const digits = 29
/** Before every record. */
export const firstSequenceNumber = `1${'0'.repeat(digits)}`

/** A position as a number of 30 digits that sorts as positions do, also as text. */
export function sequenceNumber(position: Uint8Array): string {
  return `1${BigInt(`0x${Buffer.from(position).toString('hex')}`)
    .toString()
    .padStart(digits, '0')}`
}

/** The position that a sequence number stands for; undefined when it is none of ours. */
export function positionOfSequence(text: string): Uint8Array | undefined {
  if (!/^1\d{29}$/.test(text)) return undefined
  const hex = BigInt(text.slice(1))
    .toString(16)
    .padStart(2 * positionBytes, '0')
  return hex.length === 2 * positionBytes ? Buffer.from(hex, 'hex') : undefined
}
