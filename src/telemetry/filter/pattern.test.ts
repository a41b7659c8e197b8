import { createHash } from 'node:crypto'
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
    ones: [1],
    odd: { valueOf: 1, toString: 1 },
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
    // Neither null nor true nor a list of one is a number.
    ['{ $.user = 0 || $.ok = 1 || $.ones = 1 }', false],
    ['{ $.user != 0 && $.ok != 1 && $.ones != 1 }', true],
    ['{ $.odd = 1 || $.ms = 512 }', true],
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

describe('regular expressions', () => {
  test.each([
    ['%AUTHORIZED%', '[ERROR 401] UNAUTHORIZED REQUEST', true],
    ['%^[hc]at%', 'cat', true],
    ['%^[hc]at%', 'a cat', false],
    ['%[hc]at$%', 'a hat', true],
    ['%[hc]at$%', 'hats', false],
    ['%^$%', '', true],
    ['%^$%', ' ', false],
    ['%colou?r%', 'colr', false],
    ['%colou?r%', 'a colour', true],
    ['%^a{3,5}$%', 'aa', false],
    ['%^a{3,5}$%', 'aaaaa', true],
    ['%^a{3,5}$%', 'aaaaaa', false],
    ['%^a{2}b{1,}$%', 'aabbb', true],
    ['%gr[ae]y|white%', 'a gray one', true],
    ['%^gray|white$%', 'off-white', true],
    ['%10\\.10\\.0\\.1%', '10.10.0.1', true],
    ['%10\\.10\\.0\\.1%', '10x10.0.1', false],
    ['%ab*c+%', 'ac', true],
    ['%ab*c+%', 'abb', false],
    ['%^\\d+\\s\\w\\S$%', '404 aé', true],
    ['%^\\D\\W$%', 'é ', true],
    ['%[^a-z_]%', 'abc_', false],
    ['%^[a-]$%', '-', true],
    ['%^.$%', '😀', true],
    ['%\\x40[\\x30-\\x39]%', 'x@7', true],
    ['{ $.level = %^ERR|WARN$% }', '{"level":"ERROR"}', true],
    ['{ $.level != %ERR% }', '{"level":"ERROR"}', false],
    ['{ ($.a = %^x,y/1$%) && $.ms = %^5% }', '{"a":"x,y/1","ms":512}', true],
    ['[ip=%127\\.0\\.0\\.[1-9]%, user = %^a{1,2},b|^c$%]', '127.0.0.7 "aa,b"', true],
    ['[a = 50%, b = 60%]', '50% 60%', true],
  ])('%s in %s is %s', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected)
  })

  test('take time by the length of a message, whatever they are', () => {
    const long = 'a'.repeat(200_000)
    expect(matches(`%${'a*'.repeat(100)}b%`, long)).toBe(false)
    expect(matches(`%[ab]${'[ab]'.repeat(100)}b%`, long)).toBe(false)
  }, 30_000)

  test('remember nothing of a message, however many ways there are to match', () => {
    // Each of these bits leads somewhere else: 250 of them are remembered by what is followed.
    const bits = createHash('shake256', { outputLength: 131_072 }).update('bits').digest('hex')
    const text = [...bits].map((digit) => (digit < '8' ? 'aabb' : 'abab')).join('')
    expect(matches('%[ab]*a[ab]{250}c%', text)).toBe(false)
    expect(matches('%b[ab]{250}c%', `${text}c`)).toBe(text.at(-251) === 'b')
  }, 30_000)
})

describe('what is refused', () => {
  test.each([
    '"open',
    '{ $.a = }',
    '{ $.a',
    '{ a = 1 }',
    '[a, ..., b, ...]',
    '%%',
    '%open',
    '%[]-a]%',
    '%\\%%',
    '[ip, user = %a||b%]',
    'word %regex%',
    '%(a|b)%',
    '%a!%',
    '%a b%',
    '%é%',
    '%[z-a]%',
    '%[a%',
    '%a||b%',
    '%*a%',
    '%a{5,2}%',
    '%a{9999}%',
    '%a^b%',
    '%\\q%',
    `%${'a{200}'.repeat(2)}%`,
    '{ $.a > %x% }',
    '{ $.a = %x% || $.b = %y% || $.c = %z% }',
    `{ ${'('.repeat(50)}$.a = 1 }`,
    'x'.repeat(2_000),
  ])('%s', (pattern) => {
    expect(() => parseFilter(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }))
  })
})
