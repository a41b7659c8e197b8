import { describe, expect, test } from 'vitest'
import { parseSchedule } from './cron.ts'

const firesAfter = (expression: string, after: string, count = 3) => {
  const schedule = parseSchedule(expression)
  const times: string[] = []
  let atMs: number | undefined = Date.parse(after)
  const anchorMs = Date.parse(after)
  for (let n = 0; n < count; n++) {
    atMs = schedule?.next(atMs, anchorMs)
    if (atMs === undefined) break
    times.push(new Date(atMs).toISOString().slice(0, 16))
  }
  return times
}

describe('a cron expression', () => {
  test.each([
    ['cron(0 12 * * ? *)', '2026-02-27T12:00:00Z', ['2026-02-28T12:00', '2026-03-01T12:00', '2026-03-02T12:00']],
    [
      'cron(0/15 8-9 ? * MON-FRI *)',
      '2026-01-02T09:40:00Z',
      ['2026-01-02T09:45', '2026-01-05T08:00', '2026-01-05T08:15'],
    ],
    ['cron(0 0 L * ? *)', '2028-01-15T00:00:00Z', ['2028-01-31T00:00', '2028-02-29T00:00', '2028-03-31T00:00']],
    // The 15th of August 2026 is a Saturday, of November a Sunday.
    ['cron(0 0 15W 8,11 ? 2026)', '2026-01-01T00:00:00Z', ['2026-08-14T00:00', '2026-11-16T00:00']],
    // The 1st is a Saturday: not in the month before.
    ['cron(0 0 1W 8 ? 2026)', '2026-01-01T00:00:00Z', ['2026-08-03T00:00']],
    ['cron(30 6 ? * 6L *)', '2026-01-01T00:00:00Z', ['2026-01-30T06:30', '2026-02-27T06:30', '2026-03-27T06:30']],
    ['cron(0 0 ? * 3#2 *)', '2026-01-01T00:00:00Z', ['2026-01-13T00:00', '2026-02-10T00:00', '2026-03-10T00:00']],
    ['cron(0 0 ? * FRI#5 2026)', '2026-06-01T00:00:00Z', ['2026-07-31T00:00', '2026-10-30T00:00']],
    ['cron(0 0 29 FEB ? *)', '2026-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['cron(0 0 ? * SAT-SUN *)', '2026-01-01T00:00:00Z', ['2026-01-03T00:00', '2026-01-04T00:00', '2026-01-10T00:00']],
    ['cron(0 0 1 1 ? 2020)', '2026-01-01T00:00:00Z', []],
  ])('%s after %s', (expression, after, times) => {
    expect(firesAfter(expression, after)).toEqual(times)
  })

  test.each([
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(60 12 * * ? *)',
    'cron(0 12 * * ?)',
    'cron(0 12 32 * ? *)',
    'cron(0 12 ? * 8 *)',
    'cron(0 12 ? * 3#6 *)',
    'cron(0/0 12 * * ? *)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'rate(5 seconds)',
    'at(2026-01-01T00:00:00)',
    '',
  ])('%s is none', (expression) => {
    expect(parseSchedule(expression)).toBeUndefined()
  })
})

test('a rate counts from when the rule was made', () => {
  expect(firesAfter('rate(5 minutes)', '2026-01-01T00:01:00Z')).toEqual([
    '2026-01-01T00:06',
    '2026-01-01T00:11',
    '2026-01-01T00:16',
  ])
})
