import { describe, expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import { compareValues } from './comparison.ts'
import { normalizeNumber } from './decimal.ts'
import { partitionHash, segmentBounds, sortBytes, sortBytesAfterPrefix } from './positions.ts'

const binary = (bytes: Uint8Array) => ({ B: Buffer.from(bytes).toString('base64') })
const order = (a: Uint8Array, b: Uint8Array) => Math.sign(Buffer.compare(a, b))

describe('sort bytes', () => {
  const longBytes = fc
    .tuple(fc.constantFrom(0, 1, 509, 511, 512, 513, 1_000), fc.uint8Array({ maxLength: 24 }))
    .map(([zeros, tail]) => Buffer.concat([Buffer.alloc(zeros), tail]))

  test('sort as the binary values do, also past the first 512 bytes', () => {
    fc.assert(
      fc.property(longBytes, longBytes, (a, b) => {
        expect(order(sortBytes(binary(a)), sortBytes(binary(b)))).toBe(order(a, b))
      }),
      { numRuns: 500 },
    )
  })

  test('sort as the strings do by UTF-8', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Math.sign(compareValues({ S: a }, { S: b })!)
        expect(order(sortBytes({ S: a }), sortBytes({ S: b }))).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('sort as the numbers do', () => {
    const number = fc
      .tuple(fc.integer(), fc.integer({ min: -100, max: 100 }))
      .map(([n, e]) => normalizeNumber(`${n}E${e}`))
    fc.assert(
      fc.property(number, number, (a, b) => {
        const expected = Math.sign(compareValues({ N: a }, { N: b })!)
        expect(order(sortBytes({ N: a }), sortBytes({ N: b }))).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('everything that begins with a prefix lies before the end of the prefix, and nothing else does', () => {
    fc.assert(
      fc.property(longBytes, longBytes, (prefix, value) => {
        const end = sortBytesAfterPrefix(binary(prefix))
        const inside =
          order(sortBytes(binary(value)), sortBytes(binary(prefix))) >= 0 &&
          (end === undefined || order(sortBytes(binary(value)), end) < 0)
        expect(inside).toBe(value.subarray(0, prefix.length).equals(prefix))
        const longer = Buffer.concat([prefix, value]).subarray(0, 1_024)
        if (longer.length >= prefix.length) {
          expect(order(sortBytes(binary(longer)), sortBytes(binary(prefix)))).toBeGreaterThanOrEqual(0)
          if (end) expect(order(sortBytes(binary(longer)), end)).toBe(-1)
        }
      }),
      { numRuns: 500 },
    )
    expect(sortBytesAfterPrefix(binary(Buffer.from([255, 255])))).toBeUndefined()
  })

  test('the longest sort key of zeros leaves room in the key of the store', () => {
    const bytes = sortBytes(binary(Buffer.alloc(1_024)))
    expect(bytes.length + bytes.filter((byte) => byte === 0).length).toBeLessThan(1_700)
  })
})

describe('partitions', () => {
  test('keys of different types are different partitions', () => {
    const hashes = [{ S: '1' }, { N: '1' }, { B: '1' }].map((value) =>
      Buffer.from(partitionHash(value)).toString('hex'),
    )
    expect(new Set(hashes).size).toBe(3)
  })

  test('segments cover every partition once', () => {
    for (const total of [1, 2, 3, 7, 1_000]) {
      for (const value of ['a', 'b', 'c', 'd', 'e']) {
        const hash = partitionHash({ S: value })
        const holding = Array.from({ length: total }, (_, i) => segmentBounds(i, total)).filter(
          ({ from, to }) => order(hash, from) >= 0 && (!to || order(hash, to) < 0),
        )
        expect(holding).toHaveLength(1)
      }
    }
  })
})
