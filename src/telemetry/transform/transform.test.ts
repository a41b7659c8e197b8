import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import { substituted } from './substitute.ts'
import { transformBatch } from './transform.ts'

const about = { logGroup: '/app', logStream: 's', account: '111122223333', region: 'eu-west-1' }
function make(message: string | object, ...config: Processor[]): unknown {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  const [made] = transformBatch({ config: JSON.stringify(config), messages: [text], ...about })
  return made === undefined ? undefined : JSON.parse(made)
}

test('parsers take fields out of JSON, grok, CSV and pairs', () => {
  const nested = { outer: { inner: 'value' } }
  expect(make(nested, { parseJSON: { destination: 'new' } })).toEqual({ new: nested })
  const line = '293750 server-01.internal-network.local OK "[Thread-000] token generated"'
  const match = '%{NUMBER:version} %{HOSTNAME:host.name} %{NOTSPACE:status} %{QUOTEDSTRING:text}'
  expect(make(line, { grok: { match } })).toEqual({
    version: '293750',
    host: { name: 'server-01.internal-network.local' },
    status: 'OK',
    text: '[Thread-000] token generated',
  })
  const timed = { match: '%{IP:client} \\[%{HTTPDATE:at}\\] %{TIMESTAMP_ISO8601:iso} %{LOGLEVEL:level}' }
  expect(make('::1 [10/Oct/2000:13:55:36 -0700] 2025-01-02T03:04:05.678Z WARN', { grok: timed })).toEqual({
    ...{ client: '::1', at: '10/Oct/2000:13:55:36 -0700', iso: '2025-01-02T03:04:05.678Z', level: 'WARN' },
  })
  expect(
    make("'Akua Mansah':28:'New: York'", { csv: { delimiter: ':', quoteCharacter: "'", columns: ['name'] } }),
  ).toEqual({ name: 'Akua Mansah', column_2: '28', column_3: 'New: York' })
  const pairs = {
    fieldDelimiter: ';',
    keyValueDelimiter: ':',
    keyPrefix: 'p_',
    nonMatchValue: 'none',
    destination: 'to',
  }
  expect(make('a:1;b:2:3;c', { parseKeyValue: pairs })).toEqual({ to: { p_a: '1', p_b: '2:3', p_c: 'none' } })
})

test('what no parser can read is not transformed', () => {
  expect(make('plain text', { parseJSON: {} })).toBeUndefined()
  expect(make('no number', { grok: { match: '%{INT:n}' } })).toBeUndefined()
  expect(make('2 too few', { parseVPC: {} })).toBeUndefined()
})

test('fields are added, copied, moved, renamed, deleted, and lists made maps', () => {
  const json = { parseJSON: {} }
  const event = {
    a: { b: 1 },
    list: [
      { k: 'x', v: 1 },
      { k: 'y', v: 2 },
      { k: 'x', v: 3 },
    ],
  }
  const entries = [
    { key: 'a.c', value: 'new' },
    { key: 'a.b', value: 'kept' },
  ]
  expect(make(event, json, { addKeys: { entries } }, { deleteKeys: { withKeys: ['list'] } })).toEqual({
    a: { b: 1, c: 'new' },
  })
  const copied = [
    { source: 'a.b', target: 'copy' },
    { source: '@logGroupName', target: 'about.group' },
  ]
  expect(make(event, json, { copyValue: { entries: copied } })).toMatchObject({ copy: 1, about: { group: '/app' } })
  expect(make({ a: { b: 1 }, c: { d: 2 } }, json, { moveKeys: { entries: [{ source: 'a.b', target: 'c' }] } })).toEqual(
    {
      a: {},
      c: { d: 2, b: 1 },
    },
  )
  expect(make({ a: { b: 1 } }, json, { renameKeys: { entries: [{ key: 'a', renameTo: 'z' }] } })).toEqual({
    z: { b: 1 },
  })
  const toMap = { source: 'list', key: 'k', valueKey: 'v', target: 'map' }
  expect(make(event, json, { listToMap: toMap })).toMatchObject({ map: { x: [1, 3], y: [2] } })
  const last = { ...toMap, flatten: true, flattenedElement: 'last' as const }
  expect(make(event, json, { listToMap: last })).toMatchObject({ map: { x: 3, y: 2 } })
  expect(
    make('{"__proto__":{"bad":1},"a":1}', json, { addKeys: { entries: [{ key: '__proto__.x', value: 'y' }] } }),
  ).toEqual({ a: 1 })
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test('strings, types and dates are changed', () => {
  const json = { parseJSON: {} }
  const event = { s: ' Ab-C ', n: '200', t: 'TRUE', list: 'a,b' }
  expect(
    make(
      event,
      json,
      { trimString: { withKeys: ['s'] } },
      { lowerCaseString: { withKeys: ['s', 'absent'] } },
      { substituteString: { entries: [{ source: 's', from: '(\\w)-(\\w)', to: '$2-$1' }] } },
      { splitString: { entries: [{ source: 'list', delimiter: ',' }] } },
      {
        typeConverter: {
          entries: [
            { key: 'n', type: 'integer' },
            { key: 't', type: 'boolean' },
          ],
        },
      },
    ),
  ).toEqual({ s: 'ac-b', n: 200, t: true, list: ['a', 'b'] })
  const date = (text: string, matchPatterns: string[], more = {}) =>
    make({ d: text }, json, { dateTimeConverter: { source: 'd', target: 'to', matchPatterns, ...more } })
  expect(date('19 Dec 2024 20:10:06.5', ['yyyy', 'd MMM yyyy HH:mm:ss.S'])).toMatchObject({
    to: '2024-12-19T20:10:06.500Z',
  })
  const zones = { sourceTimezone: 'Europe/Vienna', targetTimezone: 'America/New_York', targetFormat: 'EEE, h a XXX' }
  expect(date('2024-07-01 12:00', ['yyyy-MM-dd HH:mm'], zones)).toMatchObject({ to: 'Mon, 6 AM -04:00' })
  expect(date('10/Oct/2000:13:55:36 -0700', ['dd/MMM/yyyy:HH:mm:ss Z'])).toMatchObject({
    to: '2000-10-10T20:55:36.000Z',
  })
  expect(date('nonsense', ['yyyy'])).toEqual({ d: 'nonsense' })
})

test('lines of services are read', () => {
  const vpc = '2 123456789010 eni-abc123de 192.0.2.0 192.0.2.24 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
  expect(make(vpc, { parseVPC: {} })).toMatchObject({ accountId: '123456789010', srcPort: 20641, action: 'ACCEPT' })
  const route =
    '1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com AAAA NOERROR TCP IAD12 192.0.2.0 198.51.100.0/24'
  expect(make(route, { parseRoute53: {} })).toMatchObject({
    queryName: 'example.com',
    ednsClientSubnet: '198.51.100.0/24',
  })
  const postgres = '2019-03-10 03:54:59 UTC:10.0.0.123(52834):postgres@logtestdb:[20175]:ERROR: column does not exist'
  expect(make(postgres, { parsePostgres: {} })).toEqual({
    ...{ logTime: '2019-03-10 03:54:59 UTC', srcIp: '10.0.0.123(52834)', userName: 'postgres', dbName: 'logtestdb' },
    ...{ processId: '20175', logLevel: 'ERROR' },
  })
  const waf = { action: 'BLOCK', httpRequest: { headers: [{ name: 'Host', value: 'h' }] }, labels: [{ name: 'a:b:c' }] }
  expect(make(waf, { parseWAF: {} })).toEqual({
    action: 'BLOCK',
    httpRequest: { headers: { Host: 'h' } },
    labels: { 'a:b': 'c' },
  })
})

test('an event nested too deeply stays as it came, and takes no other with it', () => {
  const deep = `{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}`
  const config = JSON.stringify([{ parseJSON: {} }, { addKeys: { entries: [{ key: 'b', value: 'c' }] } }])
  const made = transformBatch({ config, messages: [deep, '{"d":1}'], ...about })
  expect(made).toEqual([undefined, '{"d":1,"b":"c"}'])
})

test('what would become of a few letters more than there is room for stays as it came', () => {
  const grow = { substituteString: { entries: [{ source: 'a', from: '.', to: 'x'.repeat(128) }] } }
  const config = JSON.stringify([{ parseJSON: {} }, grow, grow])
  const messages = Array.from({ length: 64 }, () => JSON.stringify({ a: 'y'.repeat(64) }))
  const made = transformBatch({ config, messages, ...about })
  expect(made[0]).toHaveLength(64 * 128 * 128 + '{"a":""}'.length)
  expect(made.filter((one) => one !== undefined)).toHaveLength(7)
})

// Each copied all that were there before.
test('a line of very many values is left as it came', () => {
  const rest: Processor[] = [
    { deleteKeys: { withKeys: ['all'] } },
    { addKeys: { entries: [{ key: 'a', value: 'b' }] } },
  ]
  expect(make(','.repeat(500), { csv: { destination: 'all' } }, ...rest)).toEqual({ a: 'b' })
  expect(make(','.repeat(500_000), { csv: { destination: 'all' } }, ...rest)).toBeUndefined()
  expect(make('a&'.repeat(500_000), { parseKeyValue: { destination: 'all' } }, ...rest)).toBeUndefined()
})

test('a list of very many under one name is one of each', () => {
  const list = Array.from({ length: 150_000 }, (_, n) => ({ k: 'a', n }))
  const listToMap = { source: 'list', key: 'k', valueKey: 'n', target: 'to', flatten: true }
  const last = { listToMap: { ...listToMap, flattenedElement: 'last' as const } }
  expect(make({ list }, { parseJSON: {} }, last, { deleteKeys: { withKeys: ['list'] } })).toEqual({
    to: { a: 149_999 },
  })
})

// The letters that a text would grow to are more than a thread may have, and would take the node with it.
test('a text that would grow without end is not transformed', () => {
  const substituteString = { entries: [{ source: 'a', from: '^x+$', to: '$&'.repeat(64) }] }
  const grown = (letters: number) =>
    make({ a: 'x'.repeat(letters) }, { parseJSON: {} }, { substituteString }, { substituteString })
  expect(grown(10)).toEqual({ a: 'x'.repeat(40_960) })
  expect(grown(10_000)).toBeUndefined()
  const copies = { entries: ['a.b', 'a.c', 'a.d'].map((target) => ({ source: 'a', target })) }
  expect(make({ a: { z: 'x'.repeat(200_000) } }, { parseJSON: {} }, { copyValue: copies })).toBeUndefined()
})

test.each(['$&$&', '$1-$2', '$<n>$<none>', "[$`|$']", '$$1$0$3$12', '$<'])(
  '%s stands for what it does in JavaScript',
  (to) => {
    for (const from of ['(?<n>b)(.)', '(b)(c)?', '^', ''])
      expect(substituted('abcabc', new RegExp(from, 'g'), to)).toBe('abcabc'.replace(new RegExp(from, 'g'), to))
  },
)

test('what has no text of its own is not converted, and has no other event suffer', () => {
  const odd = { a: { toString: 1, valueOf: 1 }, b: [1], c: true }
  const entries = ['a', 'b', 'c'].map((key) => ({ key, type: 'string' as const }))
  expect(make(odd, { parseJSON: {} }, { typeConverter: { entries } })).toEqual({ ...odd, c: 'true' })
  const headers = [
    { name: odd.a, value: 'x' },
    { name: 'Host', value: 'y' },
  ]
  expect(make({ httpRequest: { headers }, labels: [{ name: odd.a }] }, { parseWAF: {} })).toEqual({
    ...{ httpRequest: { headers: { Host: 'y' } }, labels: {} },
  })
})
