import type { KeyPart } from '../kernel/records.ts'
import { StoreError } from '../kernel/store.ts'

/**
 * Tuples as byte strings that sort as the tuples do: part by part, a shorter tuple before the longer ones it begins.
 * Between types: bytes < strings (by UTF-8) < numbers < booleans.
 *
 * | part    | bytes                                                                              |
 * |---------|------------------------------------------------------------------------------------|
 * | bytes   | 01, the bytes with 00 written 00 FF, 00                                             |
 * | string  | 02, its UTF-8 with 00 written 00 FF, 00                                             |
 * | number  | 21, the big-endian IEEE double, sign flipped (all bits flipped when negative)       |
 * | boolean | 26 for false, 27 for true                                                           |
 *
 * No part begins with FF, so `tuple + FF` lies right after everything that begins with the tuple.
 */
export const tag = { bytes: 0x01, string: 0x02, number: 0x21, false: 0x26, true: 0x27 } as const
/** Follows a zero that belongs to the part rather than ending it. */
const afterZero = 0xff

/** Long enough for any key that the store takes, escapes included; longer ones grow it. */
let scratch = Buffer.allocUnsafeSlow(8_192)
const scratchNumber = Buffer.allocUnsafeSlow(8)

/** The tuple's bytes after `prefix`, with `last` (one byte) at the end when given. Throws StoreError('limit') for NaN and lone surrogates. */
export function packTuple(parts: readonly KeyPart[], prefix?: Uint8Array, last?: number): Buffer {
  let at = 0
  if (prefix !== undefined) {
    reserve(0, prefix.length)
    scratch.set(prefix, 0)
    at = prefix.length
  }
  // By index: an iterator for each key of each request costs more than the packing of a short one.
  for (let i = 0; i < parts.length; i++) at = packPart(parts[i]!, at)
  if (last !== undefined) {
    reserve(at, 1)
    scratch[at++] = last
  }
  const packed = Buffer.allocUnsafe(at)
  scratch.copy(packed, 0, 0, at)
  return packed
}

function packPart(part: KeyPart, start: number): number {
  let at = start
  if (typeof part === 'string') {
    if (part.length <= plainLength) {
      const end = packPlain(part, at)
      if (end !== undefined) return end
    }
    // A lone surrogate has no UTF-8: written as U+FFFD, two different keys would become one.
    if (!part.isWellFormed()) throw new StoreError('limit', 'A key holds text that is not well-formed Unicode.')
    reserve(at, part.length * 3 + 2)
    scratch[at++] = tag.string
    const end = at + scratch.write(part, at, 'utf8')
    return terminate(at, end)
  }
  if (typeof part === 'number') {
    if (Number.isNaN(part)) throw new StoreError('limit', 'A key holds NaN, which has no place in an order.')
    reserve(at, 9)
    scratch[at++] = tag.number
    // Adding 0 makes one zero of two.
    scratch.writeDoubleBE(part + 0, at)
    flipDouble(scratch, at)
    return at + 8
  }
  if (typeof part === 'boolean') {
    reserve(at, 1)
    scratch[at] = part ? tag.true : tag.false
    return at + 1
  }
  reserve(at, part.length + 2)
  scratch[at++] = tag.bytes
  scratch.set(part, at)
  return terminate(at, at + part.length)
}

/** Up to here a loop over the characters is quicker than the calls that encode any text. */
const plainLength = 64

/** Packs text of ASCII without zeros, which nearly all keys are; undefined for other text, of which nothing is kept. */
function packPlain(part: string, start: number): number | undefined {
  reserve(start, part.length + 2)
  scratch[start] = tag.string
  let at = start + 1
  for (let i = 0; i < part.length; i++) {
    const code = part.charCodeAt(i)
    if (code === 0 || code > 0x7f) return undefined
    scratch[at++] = code
  }
  scratch[at] = 0
  return at + 1
}

/** Escapes the zeros in scratch[from, end), ends the part, and says where the next one goes. */
function terminate(from: number, end: number): number {
  let zero = scratch.subarray(0, end).indexOf(0, from)
  if (zero === -1) {
    scratch[end] = 0
    return end + 1
  }
  const rest = Buffer.from(scratch.subarray(zero, end))
  reserve(zero, rest.length * 2 + 1)
  for (const byte of rest) {
    scratch[zero++] = byte
    if (byte === 0) scratch[zero++] = afterZero
  }
  scratch[zero] = 0
  return zero + 1
}

function flipDouble(bytes: Uint8Array, at: number): void {
  const negative = (bytes[at]! & 0x80) !== 0
  if (!negative) bytes[at] = bytes[at]! | 0x80
  else for (let i = at; i < at + 8; i++) bytes[i] = bytes[i]! ^ 0xff
}

function reserve(used: number, more: number): void {
  if (used + more <= scratch.length) return
  const grown = Buffer.allocUnsafeSlow((used + more) * 2)
  grown.set(scratch.subarray(0, used))
  scratch = grown
}

/** The parts packed in `bytes` from `start` on. Throws on bytes that `packTuple` did not write. */
export function unpackTuple(bytes: Uint8Array, start = 0): KeyPart[] {
  const source = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const parts: KeyPart[] = []
  let at = start
  while (at < source.length) {
    const kind = source[at++]
    if (kind === tag.bytes || kind === tag.string) {
      let end = source.indexOf(0, at)
      let escaped = false
      while (end !== -1 && source[end + 1] === afterZero) {
        escaped = true
        end = source.indexOf(0, end + 2)
      }
      if (end === -1) throw new Error('A stored key ends inside a part.')
      const body = escaped ? unescaped(source, at, end) : source.subarray(at, end)
      parts.push(kind === tag.string ? body.toString('utf8') : new Uint8Array(body))
      at = end + 1
    } else if (kind === tag.number) {
      if (at + 8 > source.length) throw new Error('A stored key ends inside a number.')
      source.copy(scratchNumber, 0, at, at + 8)
      if ((scratchNumber[0]! & 0x80) !== 0) scratchNumber[0] = scratchNumber[0]! & 0x7f
      else for (let i = 0; i < 8; i++) scratchNumber[i] = scratchNumber[i]! ^ 0xff
      parts.push(scratchNumber.readDoubleBE(0))
      at += 8
    } else if (kind === tag.true || kind === tag.false) {
      parts.push(kind === tag.true)
    } else {
      throw new Error(`A stored key has a part of unknown type ${kind}.`)
    }
  }
  return parts
}

function unescaped(source: Buffer, from: number, end: number): Buffer {
  const out = Buffer.allocUnsafe(end - from)
  let length = 0
  for (let at = from; at < end; at++) {
    out[length++] = source[at]!
    if (source[at] === 0) at++
  }
  return out.subarray(0, length)
}
