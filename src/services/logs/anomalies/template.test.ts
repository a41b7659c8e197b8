import { expect, test } from 'vitest'
import { patternOf } from './template.ts'

test.each([
  ['GET /users/12 took 3ms', 'GET <*> took <*>'],
  ['to ann@example.com: [x=1,y2="z"]', 'to <*>: [x=<*>,<*>="z"]'],
  ['card **** and a*b*', 'card <*> and a*b*'],
])('what varies in a message is left out of its pattern: %s', (message, pattern) => {
  expect(patternOf(message)).toBe(pattern)
})

// Looked at from each of its letters to its end, one such word took as long as a thousand lines.
test('words without end are looked at once', () => {
  const words = Array.from({ length: 5_000 }, () => '*a'.repeat(1_000))
  expect(new Set(words.map(patternOf)).size).toBe(1)
})
