import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareUtf8, keyEncoder, successor } from './listing.ts'

const text = fc.string({ unit: 'binary' })

test('what follows a prefix is above all that begin with it, and below all that are above those', () => {
  fc.assert(
    fc.property(text, text, text, (prefix, rest, other) => {
      const next = successor(prefix)
      if (next === undefined) return
      expect(compareUtf8(prefix + rest, next)).toBeLessThan(0)
      if (compareUtf8(other, prefix) > 0 && !other.startsWith(prefix))
        expect(compareUtf8(next, other)).toBeLessThanOrEqual(0)
    }),
  )
})

test.each([
  ['a/', 'a0'],
  ['a\ud7ff', 'a\ue000'],
  ['a\u{10ffff}', 'b'],
])('after %j comes %j', (prefix, next) => {
  expect(successor(prefix)).toBe(next)
})

test('nothing is above the highest character, nor above no prefix', () => {
  expect([successor('\u{10ffff}'), successor('')]).toEqual([undefined, undefined])
})

test('url-encoded keys decode as forms do', () => {
  fc.assert(
    fc.property(text, (key) => {
      expect(decodeURIComponent(keyEncoder('url')(key).replaceAll('+', ' '))).toBe(key)
    }),
  )
})
