import { describe, expect, test } from 'vitest'
import { parseFilter } from './pattern.ts'

const matches = (pattern: string, message: string) => parseFilter(pattern)(message)

describe('words', () => {
  test('all must be there, in any order and case-sensitively', () => {
    expect(matches('ERROR timeout', 'a timeout: ERROR')).toBe(true)
    expect(matches('ERROR timeout', 'error timeout')).toBe(false)
    expect(matches('', 'anything')).toBe(true)
  })
  test('a minus excludes, a question mark asks for any, quotation marks hold words together', () => {
    expect(matches('ERROR -expected', 'ERROR expected')).toBe(false)
    expect(matches('?WARN ?ERROR', 'a WARN')).toBe(true)
    expect(matches('?WARN ?ERROR', 'an INFO')).toBe(false)
    expect(matches('"not found"', 'was not found')).toBe(true)
    expect(matches('"not found"', 'found, not')).toBe(false)
  })
})

describe('JSON members', () => {
  const line = JSON.stringify({
    level: 'ERROR',
    ms: 512,
    user: null,
    ok: true,
    tags: ['a', 'b'],
    deep: { er: [{ code: 'X-1' }] },
  })
  test.each([
    ['{ $.level = "ERROR" }', true],
    ['{ $.level = "ERR*" }', true],
    ['{ $.level != "INFO" }', true],
    ['{ $.ms > 500 && $.ms <= 512 }', true],
    ['{ $.ms < 500 || $.level = INFO }', false],
    ['{ ($.ms < 500 || $.ok IS TRUE) && $.user IS NULL }', true],
    ['{ $.tags[1] = "b" }', true],
    ['{ $.tags[*] = "c" }', false],
    ['{ $.deep.er[0].code = "X-*" }', true],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.missing = "x" }', false],
  ])('%s is %s', (pattern, expected) => {
    expect(matches(pattern, line)).toBe(expected)
  })
  test('what is no JSON matches nothing', () => {
    expect(matches('{ $.level = "ERROR" }', 'ERROR { not json')).toBe(false)
  })
})

describe('fields', () => {
  const line = '10.0.0.1 - alice [22/Nov/2026 10:00:00] "GET /a b" 404 1534'
  test.each([
    ['[ip, id, user, time, request, status, bytes]', true],
    ['[ip, id, user, time, request, status = 4*, bytes > 1000]', true],
    ['[ip, ..., status = 5*, bytes]', false],
    ['[..., status = 404 || status = 410, bytes]', true],
    ['[ip, user]', false],
  ])('%s is %s', (pattern, expected) => {
    expect(matches(pattern, line)).toBe(expected)
  })
})

describe('what is refused', () => {
  test.each([
    '"open',
    '{ $.a = }',
    '{ $.a',
    '{ a = 1 }',
    '[a, ..., b, ...]',
    '%regex%',
    '{ $.a = %x% }',
    `{ ${'('.repeat(50)}$.a = 1 }`,
    'x'.repeat(2_000),
  ])('%s', (pattern) => {
    expect(() => parseFilter(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }))
  })
})
