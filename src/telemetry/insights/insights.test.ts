import { describe, expect, test } from 'vitest'
import { parseQuery } from './parse.ts'
import type { QueryEvent } from './row.ts'
import { newMemory, resultColumns, resultOfRow, take } from './run.ts'
import { QueryError } from './tokens.ts'

const startMs = Date.parse('2026-01-02T03:04:00Z')
const events = (messages: readonly (string | object)[]): QueryEvent[] =>
  messages.map((message, index) => ({
    ...{ log: '000000000000:g', stream: `s${index % 2}`, ptr: `p${index}`, ingestedAtMs: startMs },
    atMs: startMs + index * 60_000,
    message: typeof message === 'string' ? message : JSON.stringify(message),
  }))

/** What a query gives, its events in batches of two; memory goes between them as it does between threads. */
function run(query: string, messages: readonly (string | object)[]): Record<string, string>[] {
  const commands = parseQuery(query)
  const all = events(messages)
  let memory = newMemory(commands)
  const out: Record<string, string>[] = []
  for (let at = 0; at <= all.length; at += 2) {
    memory = structuredClone(memory)
    const rows = all.slice(at, at + 2).map((event) => ({ event, fields: new Map() }))
    for (const row of take(commands, memory, rows, startMs, at + 2 > all.length)) {
      const { '@ptr': _place, ...result } = Object.fromEntries(resultOfRow(row, resultColumns(commands)))
      out.push(result)
    }
  }
  return out
}
const requests = [
  { level: 'info', ms: 10, path: '/a', user: { name: 'ann' }, ok: true },
  { level: 'error', ms: 200, path: '/b', user: { name: 'bob' }, tags: ['x', 'y'], ok: false },
  { level: 'info', ms: 30, path: '/a' },
  'plain text without members',
  { level: 'error', ms: 40, path: '/a/c' },
]

describe('queries', () => {
  test('without fields tell time and message; fields, aliases and calculations name others', () => {
    expect(run('limit 1', requests)).toEqual([
      { '@timestamp': '2026-01-02 03:04:00.000', '@message': JSON.stringify(requests[0]) },
    ])
    expect(run('fields user.name as who, ms / 3 as third, tags.1, nothing | filter ispresent(who)', requests)).toEqual([
      { who: 'ann', third: '3.3333' },
      { who: 'bob', third: '66.6667', 'tags.1': 'y' },
    ])
    expect(run('fields ms, path | display path | limit 2', requests)).toEqual([{ path: '/a' }, { path: '/b' }])
  })

  test('filter with comparisons, lists, text and expressions', () => {
    const paths = (test: string) => run(`fields ms | filter ${test}`, requests).map(({ ms }) => Number(ms))
    expect(paths('ms > 30')).toEqual([200, 40])
    expect(paths('level = "error" and not (ms >= 200)')).toEqual([40])
    expect(paths('path in ["/b", "/a/c"] or ms = 10')).toEqual([10, 200, 40])
    expect(paths("path not in ['/a'] and ispresent(ms)")).toEqual([200, 40])
    expect(paths('path like "/a"')).toEqual([10, 30, 40])
    expect(paths('path like /^.a$/')).toEqual([10, 30])
    expect(paths('level not like /(?i)INFO/ and ispresent(ms)')).toEqual([200, 40])
    expect(paths('path =~ /c$/')).toEqual([40])
    expect(paths('ok = 1')).toEqual([10])
    expect(paths('ms - 10 * 2 = 10')).toEqual([30])
    const texts = ['', ' ', '0x10', '0b1', ' 16.0 ', '1.6e1', '+16', '.5', '-', '1_6'].map((n) => ({ n }))
    const given = (test: string) => run(`fields n | filter ${test}`, texts).map(({ n }) => n)
    expect(given('n = 16')).toEqual([' 16.0 ', '1.6e1', '+16'])
    expect(given('n + 1 = 1')).toEqual([])
    expect(given('ispresent(n * 1)')).toEqual([' 16.0 ', '1.6e1', '+16', '.5'])
    expect(paths('strlen(path) = 4 and toupper(level) = "ERROR"')).toEqual([40])
    expect(paths('@logStream = "s1" and ispresent(ms)')).toEqual([200])
    expect(paths('@timestamp < fromMillis(0) or `ms` = 10 # the rest is said of it')).toEqual([10])
  })

  test('parse with a pattern and with a regular expression', () => {
    const lines = ['[WARN] slow: 12 ms in /x', '[INFO] fine: 1 ms in /y z', 'other']
    expect(run('fields @logStream | parse "[*] *: * ms in *" as level, what, ms, path', lines)).toEqual([
      { '@logStream': 's0', level: 'WARN', what: 'slow', ms: '12', path: '/x' },
      { '@logStream': 's1', level: 'INFO', what: 'fine', ms: '1', path: '/y z' },
      { '@logStream': 's0' },
    ])
    expect(run('parse @message /(?<n>\\d+) (?<unit>ms)/ | filter n > 5 | display n, unit', lines)).toEqual([
      { n: '12', unit: 'ms' },
    ])
  })

  test('stats over all, by fields and by time, with calculations of them, and commands behind', () => {
    expect(run('stats count(*), sum(ms), avg(ms) as mean, min(ms), max(ms), count_distinct(path)', requests)).toEqual([
      { 'count(*)': '5', 'sum(ms)': '280', mean: '70', 'min(ms)': '10', 'max(ms)': '200', 'count_distinct(path)': '3' },
    ])
    expect(
      run('stats count() as n, max(ms) - min(ms) as spread by level | sort n desc, level | limit 2', requests),
    ).toEqual([
      { level: 'error', n: '2', spread: '160' },
      { level: 'info', n: '2', spread: '20' },
    ])
    expect(run('stats count(*) as n by bin(2m)', requests)).toEqual([
      { 'bin(2m)': '2026-01-02 03:04:00.000', n: '2' },
      { 'bin(2m)': '2026-01-02 03:06:00.000', n: '2' },
      { 'bin(2m)': '2026-01-02 03:08:00.000', n: '1' },
    ])
    expect(run('stats count(*) as n by path | filter n > 1 | stats sum(n) as all', requests)).toEqual([{ all: '2' }])
    expect(run('stats latest(path) as p, pct(ms, 50) as half, stddev(ms) as s', requests)).toEqual([
      { p: '/a/c', half: '30', s: '75.8288' },
    ])
  })

  test('percentiles of many values are right to a quarter of a percent', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({ ms: ((index * 7919) % 5_000) + 1 }))
    const [{ low, high } = {}] = run('stats pct(ms, 10) as low, pct(ms, 99) as high', many)
    expect(Math.abs(Number(low) / 500 - 1)).toBeLessThan(0.005)
    expect(Math.abs(Number(high) / 4_950 - 1)).toBeLessThan(0.005)
  })

  test('sort, limit and dedup', () => {
    const sorted = run('fields ms | filter ispresent(ms) | sort ms desc | limit 2', requests)
    expect(sorted).toEqual([{ ms: '200' }, { ms: '40' }])
    expect(run('fields path, ms | sort ms | dedup path', requests.slice(0, 3))).toEqual([
      { path: '/a', ms: '10' },
      { path: '/b', ms: '200' },
    ])
    const many = Array.from({ length: 500 }, (_, index) => ({ n: (index * 7919) % 500 }))
    expect(run('fields n | sort n desc | limit 3', many)).toEqual([{ n: '499' }, { n: '498' }, { n: '497' }])
  })

  test('what would take too much memory is refused', () => {
    const large = Array.from({ length: 9 }, (_, n) => `${n}${'x'.repeat(8 * 1024 * 1024)}`)
    expect(() => run('fields @timestamp | sort @message | stats count(*)', large)).toThrow('remember')
    expect(run('fields @logStream | sort @message | limit 1', large)).toEqual([{ '@logStream': 's0' }])
    expect(() =>
      run(
        'dedup @message',
        Array.from({ length: 20 }, (_, n) => n + large[0]!),
      ),
    ).toThrow('remember')
    const atOnce = (query: string, messages: readonly string[]) => {
      const commands = parseQuery(query)
      const rows = events(messages).map((event) => ({ event, fields: new Map() }))
      return take(commands, newMemory(commands), rows, startMs, true)
    }
    const texts = Array.from({ length: 13 }, (_, n) => `${n}${large[0]}`)
    expect(() => atOnce('stats count_distinct(@message)', texts)).toThrow('remember')
    expect(() => atOnce('stats latest(@message) by @timestamp', texts)).toThrow('remember')
    expect(atOnce('stats latest(@logStream), min(@message)', texts)).toHaveLength(1)
    expect(() => atOnce('fields concat(@message, @message) as x', texts)).toThrow('text of')
    expect(() => atOnce('filter replace(@message, "x", "xy") = 1', texts)).toThrow('text of')
    expect(() => atOnce('fields substr(@stream, 0), trim(@message) as x', texts)).toThrow('more text')
    expect(() => atOnce('fields trim(@message) as x | sort @timestamp', texts.slice(0, 5))).toThrow('sort')
  })

  test('a number that is no time is not told as one', () => {
    const odd = [{ at: 1e300 }, { at: 90_000 }]
    expect(run('fields dateFloor(at, 1m) as floor, dateCeil(at, 1m) as ceil', odd)).toEqual([
      {},
      { floor: '1970-01-01 00:01:00.000', ceil: '1970-01-01 00:02:00.000' },
    ])
  })

  test('the figures of invocations are found', () => {
    const id = '8f1c0f0e-0000-4000-8000-000000000001'
    const lines = [
      `START RequestId: ${id} Version: $LATEST`,
      `2026-01-02T03:04:05.000Z\t${id}\tINFO\thello`,
      `REPORT RequestId: ${id}\tDuration: 12.5 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 100.1 ms\t`,
    ]
    expect(
      run('filter @type = "REPORT" | fields @duration, @memorySize / 1000 / 1000 as mb, @initDuration', lines),
    ).toEqual([{ '@duration': '12.5', mb: '128', '@initDuration': '100.1' }])
    expect(run('stats count(*) as n by @requestId', lines)).toEqual([{ '@requestId': id, n: '3' }])
  })

  test.each([
    ['', 'no command'],
    ['fetch x', 'fetch is no command'],
    ['fields a b', 'commands have |'],
    ['filter a = ', 'a value is expected'],
    ['filter nothing(a)', 'no such function'],
    ['filter count(*) > 1', 'is for stats'],
    ['stats a by b', 'stats needs a function'],
    ['stats sum(avg(a))', 'is for stats'],
    ['limit 0', 'limit takes'],
    ['parse "a * b *" as x', 'names are given'],
    ['filter a like /(/', 'Invalid regular expression'],
    ['stats count(*) by bin(5x)', 'no unit of time'],
    [`filter ${'('.repeat(200)}a`, 'nested too deeply'],
    ['filter "open', 'unexpected symbol'],
  ])('%s is refused, with its place', (query, problem) => {
    const refused = () => parseQuery(query)
    expect(refused).toThrow(QueryError)
    expect(refused).toThrow(problem)
  })
})
