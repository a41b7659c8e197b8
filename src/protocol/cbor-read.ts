import { deepest } from './checks.ts'
import { TypeFault } from './faults.ts'
import { fromEpoch } from './timestamps.ts'
import { put } from './walk.ts'

/**
 * Reads one CBOR value: maps with text keys, epoch tags as Date, bytes as Uint8Array. Written here because a library's
 * reader trusts the lengths in the input; this one allocates nothing it has not seen. `ticksPerSecond` is the unit of
 * its times. https://www.rfc-editor.org/rfc/rfc8949
 */
export function readCbor(bytes: Uint8Array, ticksPerSecond = 1): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = { bytes, view, at: 0, ticksPerSecond }
  const value = item(reader, 0)
  if (value === breakMark || reader.at !== bytes.length) throw new TypeFault('The body is not one CBOR value')
  return value
}

interface Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly ticksPerSecond: number
  at: number
}

const breakMark: unique symbol = Symbol('break')

function take(reader: Reader, count: number): number {
  const start = reader.at
  if (count > reader.bytes.length - start) throw new TypeFault('The CBOR body ends too early')
  reader.at = start + count
  return start
}

/** The argument of a head: a count, a number or a tag; undefined for an indefinite length. */
function argument(reader: Reader, info: number): number | bigint | undefined {
  if (info < 24) return info
  switch (info) {
    case 24:
      return reader.view.getUint8(take(reader, 1))
    case 25:
      return reader.view.getUint16(take(reader, 2))
    case 26:
      return reader.view.getUint32(take(reader, 4))
    case 27: {
      const wide = reader.view.getBigUint64(take(reader, 8))
      return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide
    }
    case 31:
      return undefined
    default:
      throw new TypeFault('The CBOR body has a reserved head')
  }
}

function item(reader: Reader, depth: number): unknown {
  if (depth > deepest) throw new TypeFault(`The body nests deeper than ${deepest} levels`)
  const head = reader.view.getUint8(take(reader, 1))
  const major = head >> 5
  const info = head & 31
  if (major === 7) return simple(reader, info)
  const count = argument(reader, info)
  switch (major) {
    case 0:
      return Number(definite(count))
    case 1:
      return -1 - Number(definite(count))
    case 2:
      return count === undefined ? joined(reader, 2) : slice(reader, count)
    case 3:
      return utf8(count === undefined ? joined(reader, 3) : slice(reader, count))
    case 4:
      return list(reader, count, depth)
    case 5:
      return map(reader, count, depth)
    default:
      return tagged(reader, definite(count), item(reader, depth + 1))
  }
}

function definite(count: number | bigint | undefined): number | bigint {
  if (count === undefined) throw new TypeFault('The CBOR body has a number without a value')
  return count
}

function slice(reader: Reader, count: number | bigint): Uint8Array {
  if (typeof count === 'bigint') throw new TypeFault('The CBOR body ends too early')
  const start = take(reader, count)
  return reader.bytes.subarray(start, start + count)
}

function joined(reader: Reader, major: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (;;) {
    const head = reader.view.getUint8(take(reader, 1))
    if (head === 0xff) return Buffer.concat(parts)
    const count = head >> 5 === major ? argument(reader, head & 31) : undefined
    if (count === undefined) throw new TypeFault('The CBOR body has a malformed string')
    parts.push(slice(reader, count))
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) throw new TypeFault('The body has text that is not UTF-8')
    throw error
  }
}

function list(reader: Reader, count: number | bigint | undefined, depth: number): unknown[] {
  const out: unknown[] = []
  for (let i = 0; count === undefined || i < count; i++) {
    const value = item(reader, depth + 1)
    if (value === breakMark) {
      if (count === undefined) return out
      throw new TypeFault('The CBOR body has a misplaced break')
    }
    out.push(value)
  }
  return out
}

function map(reader: Reader, count: number | bigint | undefined, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (let i = 0; count === undefined || i < count; i++) {
    const key = item(reader, depth + 1)
    if (key === breakMark && count === undefined) return out
    if (typeof key !== 'string') throw new TypeFault('The CBOR body has a map key that is not text')
    const value = item(reader, depth + 1)
    if (value === breakMark) throw new TypeFault('The CBOR body has a misplaced break')
    put(out, key, value)
  }
  return out
}

function tagged({ ticksPerSecond }: Reader, tag: number | bigint, value: unknown): unknown {
  if (tag === 1) {
    const time = typeof value === 'number' ? fromEpoch(value / ticksPerSecond) : undefined
    if (!time) throw new TypeFault('The CBOR body has a timestamp that is not a number')
    return time
  }
  if (value === breakMark) throw new TypeFault('The CBOR body has a misplaced break')
  return value
}

function simple(reader: Reader, info: number): unknown {
  switch (info) {
    case 20:
      return false
    case 21:
      return true
    case 22:
      return null
    case 23:
      return undefined
    case 25:
      return half(reader.view.getUint16(take(reader, 2)))
    case 26:
      return reader.view.getFloat32(take(reader, 4))
    case 27:
      return reader.view.getFloat64(take(reader, 8))
    case 31:
      return breakMark
    default:
      throw new TypeFault('The CBOR body has an unknown simple value')
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
