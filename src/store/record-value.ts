import { deserialize, serialize } from 'node:v8'
import { Packr, RESET_BUFFER_MODE } from 'msgpackr'
import type { RecordInfo } from '../kernel/records.ts'
import { StoreError } from '../kernel/store.ts'

/**
 * A record's value: its version as a varint, then plain msgpack. Plain maps, not msgpackr's shared structures, so that
 * a value needs nothing else to be read, on any node, in any order of crashes (docs/decisions/001-store.md).
 */
const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  // Without it a Buffer inside a value would be a window on the store's memory.
  copyBuffers: true,
  useBigIntExtension: true,
})

/** msgpackr renames this key when it reads it, for safety; what users store has to come back as it was. */
const renamed = '__proto__'
/** A byte that msgpack never uses: what follows is not msgpack but V8's own format. */
const other = Buffer.of(0xc1)

/** What it returns is overwritten by the next call: msgpackr would otherwise take 8 KB anew for every few values. */
function encode(value: unknown): Buffer {
  const body = packr.pack(value, RESET_BUFFER_MODE)
  return body.includes(renamed, 0, 'latin1') ? Buffer.concat([other, serialize(value)]) : body
}

function decode(body: Uint8Array): unknown {
  // A copy, since V8's buffers are windows on what they are read from.
  return body[0] === other[0] ? deserialize(Buffer.from(body.subarray(1))) : packr.unpack(body)
}

export function packValue(record: RecordInfo, value: unknown): Uint8Array {
  const body = encode(value)
  if (record.version < 0x80) {
    const out = Buffer.allocUnsafe(body.length + 1)
    out[0] = record.version
    out.set(body, 1)
    return out
  }
  const head: number[] = []
  let left = record.version
  for (; left >= 0x80; left >>>= 7) head.push((left & 0x7f) | 0x80)
  head.push(left)
  return Buffer.concat([Buffer.from(head), body])
}

/** The value in the record's current shape. Throws StoreError('format') when a newer release wrote it. */
export function unpackValue(record: RecordInfo, bytes: Uint8Array): unknown {
  let version = bytes[0]!
  let start = 1
  if (version >= 0x80) {
    version &= 0x7f
    for (let shift = 7; ; shift += 7) {
      const byte = bytes[start++]
      if (byte === undefined || shift > 28)
        throw new StoreError('format', `${nameOf(record)} has an unreadable version.`)
      version |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
  }
  let value: unknown = decode(bytes.subarray(start))
  if (version === record.version) return value
  if (version > record.version) {
    throw new StoreError(
      'format',
      `${nameOf(record)} was written as version ${version}, by a newer release; this one knows ${record.version}.`,
    )
  }
  for (let from = version; from < record.version; from++) {
    const upgrade = record.upgrade[from]
    if (!upgrade) throw new StoreError('format', `${nameOf(record)} cannot be upgraded from version ${from}.`)
    value = upgrade(value as never)
  }
  return value
}

const nameOf = (record: RecordInfo) => `A ${record.service} ${record.name} record`
