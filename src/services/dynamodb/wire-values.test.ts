import { describe, expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import { itemSizeBytes } from './item-size.ts'
import { decodeItem, encodeItem } from './stored-item.ts'
import { itemFromWire, itemToWire, valuesFromWire, type WireValue } from './wire-values.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

describe('values from the wire', () => {
  test.each<[string, WireValue, string]>([
    ['an empty string set', { SS: [] }, 'One or more parameter values were invalid: An string set  may not be empty'],
    ['an empty number set', { NS: [] }, 'One or more parameter values were invalid: An number set  may not be empty'],
    ['an empty binary set', { BS: [] }, 'One or more parameter values were invalid: Binary sets should not be empty'],
    [
      'a duplicate in a set',
      { SS: ['a', 'a'] },
      'One or more parameter values were invalid: Input collection [a, a] contains duplicates.',
    ],
    ['equal numbers in a set', { NS: ['1', '1.0'] }, 'contains duplicates'],
    ['equal bytes in a set', { BS: [bytes('x'), bytes('x')] }, 'contains duplicates'],
    [
      'NULL that is false',
      { NULL: false },
      'One or more parameter values were invalid: Null attribute value types must have the value of true',
    ],
    ['no number', { N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
    ['no type', {}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    ['two types', { S: 'a', N: '1' }, 'Supplied AttributeValue has more than one datatypes set'],
  ])('%s is refused', (_, value, message) => {
    expect(() => itemFromWire({ a: value })).toThrow(message)
    expect(() => itemFromWire({ a: { L: [{ M: { b: value } }] } })).toThrow(message)
    expect(() => valuesFromWire({ ':v': value })).toThrow(
      /^ExpressionAttributeValues contains invalid value: .* for key :v$/,
    )
  })

  test('documents nest to 32 levels and no further', () => {
    const nested = (levels: number): WireValue => (levels === 0 ? { S: 'x' } : { L: [nested(levels - 1)] })
    expect(() => itemFromWire({ a: nested(32) })).not.toThrow()
    expect(() => itemFromWire({ a: nested(33) })).toThrow('Nesting Levels have exceeded supported limits')
  })

  test('numbers are normalised at every depth, other values kept', () => {
    expect(itemFromWire({ a: { M: { b: { L: [{ N: '1.0' }] } } }, s: { NS: ['1e1', '2'] } })).toEqual({
      a: { M: { b: { L: [{ N: '1' }] } } },
      s: { NS: ['10', '2'] },
    })
  })

  test('an attribute may have any name', () => {
    const wire = JSON.parse('{"__proto__":{"S":"a"},"constructor":{"M":{"__proto__":{"N":"1"}}},"B":{"S":"\\"B\\":"}}')
    const { item } = decodeItem(encodeItem(itemFromWire(wire)))
    expect(JSON.stringify(itemToWire(item, true))).toBe(JSON.stringify(wire))
  })

  const value = fc.letrec<{ value: WireValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.record({ S: fc.string({ unit: 'binary' }) }),
      fc.record({ N: fc.integer().map(String) }),
      fc.record({ B: fc.uint8Array() }),
      fc.record({ BS: fc.uniqueArray(fc.uint8Array({ minLength: 1 }), { minLength: 1, selector: String }) }),
      fc.record({ SS: fc.uniqueArray(fc.string(), { minLength: 1 }) }),
      fc.record({ BOOL: fc.boolean() }),
      fc.record({ NULL: fc.constant(true) }),
      fc.record({ L: fc.array(tie('value')) }),
      fc.record({ M: fc.dictionary(fc.string(), tie('value')) }),
    ),
  })).value

  test('an item comes back from the store as it was sent', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (wire) => {
        const item = itemFromWire(wire)
        const stored = encodeItem(item)
        const decoded = decodeItem(stored)
        const back = itemToWire(decoded.item, decoded.binary)
        expect(plain(back)).toEqual(plain(wire))
        expect(stored.sizeBytes).toBe(itemSizeBytes(decoded.item))
      }),
      { numRuns: 300 },
    )
  })

  /** Buffers and Uint8Arrays are unlike to the matcher. */
  function plain(item: object): unknown {
    return JSON.parse(
      JSON.stringify(item, (_, member: unknown) =>
        typeof member === 'object' && member !== null && 'type' in member && 'data' in member
          ? { bytes: member.data }
          : member instanceof Uint8Array
            ? { bytes: [...member] }
            : member,
      ),
    )
  }

  test('an item of 400 KB that is megabytes of JSON fits into a record', () => {
    const item = itemFromWire({ a: { L: Array.from({ length: 200_000 }, () => ({ NULL: true })) } })
    const stored = encodeItem(item)
    expect(stored.sizeBytes).toBeLessThan(410_000)
    expect(stored.json.length).toBeLessThan(500_000)
    expect(decodeItem(stored).item).toEqual(item)
  })
})

describe('sizes', () => {
  test.each<[string, WireValue, number]>([
    ['a string by its UTF-8', { S: 'aé€' }, 6],
    ['a short number', { N: '12' }, 2],
    ['a negative number', { N: '-12' }, 3],
    ['zeros at the end of a number cost nothing', { N: '1200' }, 2],
    ['38 digits', { N: '1'.repeat(38) }, 20],
    ['binary by its bytes', { B: bytes('hello') }, 5],
    ['true', { BOOL: true }, 1],
    ['null', { NULL: true }, 1],
    ['an empty list', { L: [] }, 3],
    ['a list', { L: [{ S: 'ab' }, { BOOL: false }] }, 3 + 3 + 2],
    ['a map', { M: { k: { S: 'v' } } }, 3 + 1 + 1 + 1],
    ['a set', { SS: ['ab', 'c'] }, 3],
  ])('%s', (_, value, sizeBytes) => {
    expect(itemSizeBytes(itemFromWire({ nm: value }))).toBe(2 + sizeBytes)
  })
})
