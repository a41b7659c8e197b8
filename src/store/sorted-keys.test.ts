import { describe, expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { SortedKeys } from './sorted-keys.ts'

const action = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'remove', 'range', 'reverse'),
  from: fc.integer({ min: 0, max: 400 }),
  to: fc.integer({ min: 0, max: 400 }),
})
const name = (n: number) => String(n).padStart(4, '0')

describe('sorted keys', () => {
  test('are those added and not removed, in order, through any sequence of steps', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 600, size: 'max' }), (actions) => {
        const sorted = new SortedKeys<{ key: string }>()
        const model = new Map<string, { key: string }>()
        for (const { kind, from, to } of actions) {
          const key = name(from)
          if (kind === 'add' && !model.has(key)) {
            const item = { key }
            model.set(key, item)
            sorted.add(item)
          } else if (kind === 'remove' && model.has(key)) {
            sorted.remove(model.get(key)!)
            model.delete(key)
          } else if (kind === 'range' || kind === 'reverse') {
            const expected = [...model.keys()].filter((each) => each >= key && each < name(to)).sort()
            const found = kind === 'range' ? sorted.range(key, name(to)) : sorted.reverse(key, name(to))
            expect([...found].map((item) => item.key)).toEqual(kind === 'range' ? expected : expected.reverse())
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('many added between two looks are in order too', () => {
    const sorted = new SortedKeys<{ key: string }>()
    const items = Array.from({ length: 5_000 }, (_, i) => ({ key: name((i * 7_919) % 5_000) }))
    for (const item of items) sorted.add(item)
    for (const item of items.slice(0, 100)) sorted.remove(item)
    const found = [...sorted.range('', '\xff')].map(({ key }) => key)
    expect(found).toEqual(
      items
        .slice(100)
        .map(({ key }) => key)
        .sort(),
    )
  })
})
