import { expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import type { Bounds } from '../../kernel/records.ts'
import { compareUtf8, keyEncoder, listRows, type Row, successor } from './listing.ts'

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

test('pages have each key and each common prefix once, however many keys a prefix has', async () => {
  const part = fc.constantFrom('a', 'b', 'é', '/', 'a/', 'b/')
  const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
  const large = fc.nat({ max: 60 }).map((count) => Array.from({ length: count }, (_, index) => `b/${index}`))
  const asked = fc.record({
    keys: fc
      .tuple(fc.uniqueArray(key, { maxLength: 60 }), large)
      .map(([some, more]) => [...new Set([...some, ...more])]),
    prefix: fc.constantFrom('', 'a', 'b', 'a/'),
    delimiter: fc.constantFrom('', '/', 'a'),
    max: fc.integer({ min: 1, max: 100 }),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ keys, prefix, delimiter, max }) => {
      const sorted = keys.sort(compareUtf8)
      async function* rows({ from = [''], to }: Bounds, limit: number): AsyncGenerator<Row<string>> {
        const within = sorted.filter(
          (one) => compareUtf8(one, String(from[0])) >= 0 && (!to || compareUtf8(one, String(to[0])) < 0),
        )
        for (const one of within.slice(0, limit)) yield { key: ['bucket', one], value: one }
      }
      const expected = new Set<string>()
      for (const one of sorted) {
        if (!one.startsWith(prefix)) continue
        const at = delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length)
        expected.add(at === -1 ? one : `${one.slice(0, at + delimiter.length)}…`)
      }
      const told: string[] = []
      let from: readonly string[] | undefined
      do {
        const { items, prefixes, next } = await listRows(rows, { prefix, delimiter, from, max })
        expect(items.length + prefixes.length).toBeLessThanOrEqual(max)
        if (next) expect(items.length + prefixes.length).toBe(max)
        told.push(...items.map((item) => item.key), ...prefixes.map((group) => `${group}…`))
        from = next?.from
      } while (from)
      expect(told.sort()).toEqual([...expected].sort())
    }),
    { numRuns: 300 },
  )
})
