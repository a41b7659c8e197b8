import { hash } from 'node:crypto'

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const digestBytes = 16
/** More than that is no aggregate that a producer makes: it stays one record. */
const mostRecords = 100_000

/** A record of a producer, out of what the Kinesis Producer Library has put of many into one of a stream. */
export interface UserRecord {
  readonly key: string
  readonly data: Uint8Array
}

/**
 * The records in one that the Kinesis Producer Library aggregated: its mark, a message of protocol buffers, and the MD5 of
 * that. Undefined for any other record, also for one that only begins like that.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function userRecords(record: Uint8Array): UserRecord[] | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
  if (bytes.length < magic.length + digestBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  const message = bytes.subarray(magic.length, -digestBytes)
  if (!hash('md5', message, 'buffer').equals(bytes.subarray(-digestBytes))) return undefined
  const keys: string[] = []
  const found: { readonly key: number; readonly data: Uint8Array }[] = []
  for (const { field, bytes: value } of fieldsOf(message) ?? []) {
    if (field === 1 && value) keys.push(value.toString('utf8'))
    if (field !== 3) continue
    const one = value && aggregated(value)
    if (!one || found.length === mostRecords) return undefined
    found.push(one)
  }
  if (found.length === 0 || found.some(({ key }) => keys[key] === undefined)) return undefined
  return found.map(({ key, data }) => ({ key: keys[key]!, data }))
}

function aggregated(message: Buffer): { key: number; data: Uint8Array } | undefined {
  let [key, data]: [number | undefined, Buffer | undefined] = [undefined, undefined]
  for (const { field, number, bytes } of fieldsOf(message) ?? []) {
    if (field === 1) key = number
    if (field === 3) data = bytes
  }
  return key === undefined || data === undefined ? undefined : { key, data }
}

interface Field {
  readonly field: number
  readonly number?: number
  readonly bytes?: Buffer
}

/** The fields of a message, of the two kinds that there are here; undefined when it is none. */
function fieldsOf(message: Buffer): Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let [value, scale] = [0, 1]
    for (; at < message.length && scale < 2 ** 53; scale *= 128) {
      const byte = message[at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < message.length) {
    const tag = varint()
    const [field, kind] = [Math.floor(tag / 8), tag % 8]
    const number = varint()
    if (kind === 0 && number >= 0) fields.push({ field, number })
    else if (kind === 2 && number <= message.length - at) {
      fields.push({ field, bytes: message.subarray(at, at + number) })
      at += number
    } else return undefined
  }
  return fields
}
