import { expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { readCbor } from './cbor-read.ts'
import { CborWriter } from './cbor-write.ts'
import { TypeFault } from './faults.ts'

const hex = (text: string) => readCbor(Buffer.from(text, 'hex'))

// Appendix A of RFC 8949.
test.each([
  ['00', 0],
  ['1818', 24],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['29', -10],
  ['3903e7', -1000],
  ['f93c00', 1],
  ['f97bff', 65504],
  ['f90001', 2 ** -24],
  ['f97c00', Infinity],
  ['fa47c35000', 100000],
  ['fb3ff199999999999a', 1.1],
  ['f4', false],
  ['f6', null],
  ['c11a514b67b0', new Date(1_363_896_240_000)],
  ['4401020304', new Uint8Array([1, 2, 3, 4])],
  ['62c3bc', 'ü'],
  ['83010203', [1, 2, 3]],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ['7f657374726561646d696e67ff', 'streaming'],
])('%s is read', (text, expected) => {
  const value = hex(text)
  expect(value instanceof Uint8Array ? new Uint8Array(value) : value).toEqual(expected)
})

test.each(['', '18', '62c328', 'ff', '8201', 'a101', '1c', 'f8ff', '5bffffffffffffffff', '0000', 'c16161', '83ff0102'])(
  '%s is refused',
  (text) => {
    expect(() => hex(text)).toThrow(TypeFault)
  },
)

test('what is written is read back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.maxSafeInteger(), fc.boolean())),
      (items) => {
        const writer = new CborWriter()
        writer.list(items.length)
        for (const item of items) {
          if (typeof item === 'string') writer.text(item)
          else if (typeof item === 'number') writer.number(item)
          else writer.boolean(item)
        }
        expect(readCbor(writer.bytes())).toEqual(
          items.map((item) => (typeof item === 'string' ? item.toWellFormed() : item)),
        )
      },
    ),
    { seed: 1 },
  )
})

test('times are in the unit that the dialect has', () => {
  const at = new Date(1_787_036_486_712)
  expect(readCbor(Buffer.from('c11b000001a013accc38', 'hex'), 1000)).toEqual(at)
  const writer = new CborWriter(1000)
  writer.time(at)
  expect(Buffer.from(writer.bytes()).toString('hex')).toBe('c11b000001a013accc38')
})
