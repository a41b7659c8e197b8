import { expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import { parseRange } from './byte-range.ts'

test('a range is inside the body, and is all of it that was asked for', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1200), fc.nat(1200), (size, first, last) => {
      const read = () => parseRange(`bytes=${first}-${last}`, size)
      if (first > last && first < size) expect(read()).toBeUndefined()
      else if (first >= size) {
        if (first <= last) expect(read).toThrow('not satisfiable')
      } else expect(read()).toEqual({ start: first, end: Math.min(last + 1, size) })
    }),
  )
})

test('a suffix is as much of the end as there is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2000 }), (size, length) => {
      expect(parseRange(`bytes=-${length}`, size)).toEqual({ start: Math.max(0, size - length), end: size })
    }),
  )
})

test.each(['', 'bytes', 'bytes=', 'bytes=-', 'bytes=1', 'bytes=a-b', 'bytes=1-2,4-5', 'bytes=99999999999999999999-'])(
  '%j is no range',
  (header) => {
    expect(parseRange(header, 10)).toBeUndefined()
  },
)
