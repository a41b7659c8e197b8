import { describe, expect, test } from 'vitest'
import { parseSchedule, type ScheduleOptions } from './schedule-expression.ts'

const firesAfter = (expression: string, after: string, count = 3, options: ScheduleOptions = {}) => {
  const schedule = parseSchedule(expression, options)
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

test('a rate may begin later than now', () => {
  const anchorMs = Date.parse('2026-01-02T00:00:00Z')
  expect(parseSchedule('rate(1 day)')?.next(Date.parse('2026-01-01T00:00:00Z'), anchorMs)).toBe(anchorMs)
  expect(parseSchedule('rate(1 day)')?.next(anchorMs, anchorMs)).toBe(anchorMs + 86_400_000)
})

describe('in a time zone', () => {
  test.each([
    // New York is five hours behind, from the 8th of March four.
    ['cron(30 8 * * ? *)', '2026-03-07T00:00:00Z', ['2026-03-07T13:30', '2026-03-08T12:30', '2026-03-09T12:30']],
    // 02:30 is left out on the 8th of March 2026.
    ['cron(30 2 * * ? *)', '2026-03-07T00:00:00Z', ['2026-03-07T07:30', '2026-03-09T06:30', '2026-03-10T06:30']],
    // 01:30 comes twice on the 1st of November 2026, at 05:30 and 06:30.
    ['cron(30 1 * * ? *)', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30', '2026-11-03T06:30']],
    ['cron(30 1 * * ? *)', '2026-11-01T05:45:00Z', ['2026-11-02T06:30', '2026-11-03T06:30', '2026-11-04T06:30']],
    // Of the hour that is repeated only the first counts.
    ['cron(0/30 * * * ? *)', '2026-11-01T05:00:00Z', ['2026-11-01T05:30', '2026-11-01T07:00', '2026-11-01T07:30']],
    ['at(2026-07-04T12:00:00)', '2026-01-01T00:00:00Z', ['2026-07-04T16:00']],
    ['at(2026-11-01T01:30:00)', '2026-01-01T00:00:00Z', ['2026-11-01T05:30']],
    // Once is not left out: it is as much later as the clock is moved.
    ['at(2026-03-08T02:30:00)', '2026-01-01T00:00:00Z', ['2026-03-08T07:30']],
    ['at(2025-12-31T00:00:00)', '2026-01-01T00:00:00Z', []],
  ])('%s after %s', (expression, after, times) => {
    expect(firesAfter(expression, after, 3, { timeZone: 'America/New_York', oneTime: true })).toEqual(times)
  })

  test('half hours, and a clock that is moved at midnight', () => {
    const india = { timeZone: 'Asia/Kolkata' }
    expect(firesAfter('cron(0 9 * * ? *)', '2026-01-01T00:00:00Z', 1, india)).toEqual(['2026-01-01T03:30'])
    // In Beirut the 29th of March 2026 begins at 01:00.
    const beirut = { timeZone: 'Asia/Beirut' }
    expect(firesAfter('cron(0 0 * * ? *)', '2026-03-27T22:00:00Z', 2, beirut)).toEqual([
      '2026-03-29T21:00',
      '2026-03-30T21:00',
    ])
  })

  test.each([
    ['at(2026-02-30T00:00:00)', { oneTime: true }],
    ['at(2026-02-03T24:00:00)', { oneTime: true }],
    ['at(2026-02-03 00:00:00)', { oneTime: true }],
    ['at(2026-02-03T00:00:00Z)', { oneTime: true }],
    ['rate(5 minutes)', { timeZone: 'Europe/Nowhere' }],
    ['rate(5 minutes)', { timeZone: '+01:00' }],
  ])('%s with %j is none', (expression, options) => {
    expect(parseSchedule(expression, options)).toBeUndefined()
  })
})

test('Scheduler takes a unit in either number', () => {
  expect(firesAfter('rate(1 hours)', '2026-01-01T00:00:00Z', 1, { anyPlural: true })).toEqual(['2026-01-01T01:00'])
  expect(firesAfter('rate(2 hour)', '2026-01-01T00:00:00Z', 1, { anyPlural: true })).toEqual(['2026-01-01T02:00'])
})
