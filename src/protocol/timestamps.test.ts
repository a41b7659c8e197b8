import { expect, test } from 'vitest'
import { formatTimestamp, fromEpoch, parseTimestamp } from './timestamps.ts'

const time = new Date('2015-01-31T23:59:59.123Z')

test('times are written in the three formats of AWS', () => {
  expect(formatTimestamp(time, 'iso')).toBe('2015-01-31T23:59:59.123Z')
  expect(formatTimestamp(new Date('2015-01-31T23:59:59Z'), 'iso')).toBe('2015-01-31T23:59:59Z')
  expect(formatTimestamp(time, 'http')).toBe('Sat, 31 Jan 2015 23:59:59 GMT')
  expect(formatTimestamp(time, 'epoch')).toBe('1422748799.123')
})

test.each([
  ['iso', '2015-01-31T23:59:59.123Z', time],
  ['iso', '2015-02-01T01:59:59.123+02:00', time],
  ['http', 'Sat, 31 Jan 2015 23:59:59 GMT', new Date('2015-01-31T23:59:59Z')],
  ['http', 'Saturday, 31-Jan-15 23:59:59 GMT', new Date('2015-01-31T23:59:59Z')],
  ['http', 'Sat Jan 31 23:59:59 2015', new Date('2015-01-31T23:59:59Z')],
  ['epoch', '1422748799.123', time],
] as const)('%s: %s is read', (format, text, expected) => {
  expect(parseTimestamp(text, format)).toEqual(expected)
})

test.each([
  ['iso', '2015-13-31T23:59:59Z'],
  ['iso', '2015-01-31'],
  ['iso', '1422748799'],
  ['http', '2015-01-31T23:59:59Z'],
  ['http', 'yesterday'],
  ['epoch', '2015-01-31T23:59:59Z'],
  ['epoch', '99999999999999999'],
  ['epoch', ''],
] as const)('%s: %s is no time', (format, text) => {
  expect(parseTimestamp(text, format)).toBeUndefined()
})

test('numbers beyond what a date holds are no time', () => {
  for (const seconds of [Number.NaN, Infinity, 1e300, -1e13]) expect(fromEpoch(seconds)).toBeUndefined()
  expect(fromEpoch(1.5)).toEqual(new Date(1500))
})
