import { describe, expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import type { KeyPart } from '../kernel/records.ts'
import { packTuple, unpackTuple } from './tuple.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary-ascii', minLength: 60, maxLength: 70 }),
  fc.constantFrom(
    '',
    '\0',
    '\0\xff',
    'a\0',
    '\u{10000}',
    '\uffff',
    'a'.repeat(64),
    'a'.repeat(65),
    `${'a'.repeat(63)}\0`,
  ),
)
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc.constantFrom(Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 255), Uint8Array.of(255)),
)
const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(0, 1, -1, Infinity, -Infinity, 5e-324, -5e-324),
)
const part: fc.Arbitrary<KeyPart> = fc.oneof(text, bytes, number, fc.boolean())
const tuple = fc.array(part, { maxLength: 4 })

const rank = (value: KeyPart) =>
  value instanceof Uint8Array ? 0 : typeof value === 'string' ? 1 : typeof value === 'number' ? 2 : 3

function compareParts(a: KeyPart, b: KeyPart): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array)
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return Number(a) - Number(b) || 0
}

function compareTuples(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i]!, b[i]!)
    if (order !== 0 && !Number.isNaN(order)) return Math.sign(order)
  }
  return Math.sign(a.length - b.length)
}

/** What a part comes back as: there is one zero. */
const plain = (parts: readonly KeyPart[]) => parts.map((value) => (Object.is(value, -0) ? 0 : value))

describe('tuples', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(tuple, (parts) => {
        expect(unpackTuple(packTuple(parts))).toEqual(plain(parts))
      }),
    )
  })

  test('sort as bytes the way they sort as tuples', () => {
    fc.assert(
      fc.property(tuple, tuple, (a, b) => {
        expect(Buffer.compare(packTuple(a), packTuple(b))).toBe(compareTuples(a, b))
      }),
      { numRuns: 3_000 },
    )
  })

  test('that begin with a tuple, and only they, lie between it and it with FF behind', () => {
    fc.assert(
      fc.property(tuple, tuple, (prefix, other) => {
        const key = packTuple(other)
        const begins = compareTuples(prefix, other.slice(0, prefix.length)) === 0 && other.length >= prefix.length
        const inside =
          Buffer.compare(key, packTuple(prefix)) >= 0 && Buffer.compare(key, packTuple([], packTuple(prefix), 0xff)) < 0
        expect(inside).toBe(begins)
      }),
      { numRuns: 3_000 },
    )
  })

  test('follow a prefix, and are read from behind it', () => {
    const prefix = packTuple(['account', 'region'])
    const packed = packTuple(['name', 7, true], prefix)
    expect(packed.subarray(0, prefix.length)).toEqual(prefix)
    expect(unpackTuple(packed, prefix.length)).toEqual(['name', 7, true])
  })

  test('longer than the buffer they are written in are whole', () => {
    const long = 'x\0'.repeat(20_000)
    expect(unpackTuple(packTuple([long, 1, new Uint8Array(50_000)]))).toEqual([long, 1, new Uint8Array(50_000)])
  })

  test('refuse NaN and lone surrogates, which would collide or have no place', () => {
    expect(() => packTuple([Number.NaN])).toThrow('NaN')
    expect(() => packTuple(['\ud800'])).toThrow('Unicode')
  })

  test('cut short or of unknown type are refused, never misread', () => {
    expect(() => unpackTuple(Buffer.from([0x02, 0x61]))).toThrow('ends inside')
    expect(() => unpackTuple(Buffer.from([0x21, 0x61]))).toThrow('ends inside')
    expect(() => unpackTuple(Buffer.from([0x7e]))).toThrow('unknown type')
  })
})
