import { expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { type EventPattern, PatternError, parsePattern } from './event-pattern.ts'

/** The pattern, or undefined when it is refused as it should be. */
function read(text: string): EventPattern | undefined {
  try {
    return parsePattern(text)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    return undefined
  }
}

const name = fc.constantFrom('a', 'b', '$or', 'constructor', '__proto__', 'toString', 'length', '')
const operator = fc.oneof(
  fc.constantFrom('prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'cidr', 'anything-but', 'numeric', 'exists'),
  name,
)
const scalar = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('>', '<=', '=', '*', '\\', '10.0.0.0/8', '::/129', '::ffff:1.2.3.4/1', 'fe80::1%e/9'),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.tuple(operator, tie('value')).map(([key, operand]) => ({ [key]: operand })),
    fc.tuple(operator, fc.array(scalar)).map(([key, operand]) => [{ [key]: operand }]),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}))

test('whatever JSON is a pattern or refused, and a pattern answers yes or no to any event', () => {
  let accepted = 0
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.dictionary(name, value, { maxKeys: 2 }).map((pattern) => JSON.stringify(pattern)),
        fc
          .tuple(name, fc.array(value, { minLength: 1, maxLength: 2 }))
          .map(([key, of]) => JSON.stringify({ [key]: of })),
      ),
      fc.array(fc.oneof(value, fc.dictionary(name, value)), { maxLength: 4 }),
      (text, events) => {
        const matches = read(text)
        if (!matches) return
        accepted += 1
        for (const event of [...events, undefined]) expect(typeof matches(event)).toBe('boolean')
      },
    ),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(500)
})

test('a value matches the pattern that lists it, and not one that lists anything but it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer()), fc.oneof(fc.string(), fc.integer()), (one, other) => {
      const event = { a: { b: one } }
      expect(parsePattern(JSON.stringify({ a: { b: [other, one] } }))(event)).toBe(true)
      expect(parsePattern(JSON.stringify({ a: { b: [{ 'anything-but': [one] }] } }))(event)).toBe(false)
      expect(parsePattern(JSON.stringify({ a: { b: [other] } }))(event)).toBe(one === other)
    }),
  )
})

test.each([
  ['objects in objects', `${'{"a":'.repeat(2_000)}["x"]${'}'.repeat(2_000)}`],
  ['negations of negations', `{"a":[${'{"anything-but":'.repeat(2_000)}"x"${'}'.repeat(2_000)}]}`],
  ['alternatives in alternatives', `${'{"$or":['.repeat(500)}{"a":[1]}${',{"a":[2]}]}'.repeat(500)}`],
])('%s without end are refused', (_, text) => {
  expect(read(text)).toBeUndefined()
})

test('what takes long takes no longer with length', () => {
  const stars = parsePattern(JSON.stringify({ a: [{ wildcard: `${'a*'.repeat(1_000)}b` }] }))
  expect(stars({ a: 'a'.repeat(200_000) })).toBe(false)
  const nested = `${'['.repeat(2_000)}1${']'.repeat(2_000)}`
  expect(typeof parsePattern('{"a":[1]}')(JSON.parse(`{"a":${nested}}`))).toBe('boolean')
}, 30_000)
