import { expect, test } from 'vitest'
import { type Arrival, type History, judge } from './promises.ts'

const arrival = (lane: string, n: number, messageId = `${lane}${n}`): Arrival => ({ lane, n, messageId })
const history = (more: Partial<History>): History => ({
  source: 's',
  promises: { order: true, once: true },
  acknowledged: new Map([['a', [1, 2]]]),
  arrivals: [arrival('a', 1), arrival('a', 2)],
  afterDeletion: [],
  ...more,
})

test('a history without fault has no violations, also with what was not acknowledged', () => {
  expect(judge(history({})).violations).toEqual([])
  expect(judge(history({ arrivals: [arrival('a', 1), arrival('a', 2), arrival('a', 3)] })).violations).toEqual([])
  const redelivered = [arrival('a', 1), arrival('a', 1), arrival('a', 2), arrival('a', 1)]
  expect(judge(history({ arrivals: redelivered }))).toMatchObject({ violations: [], duplicates: 2 })
})

test('a loss, a change of order and a duplicate are found', () => {
  expect(judge(history({ arrivals: [arrival('a', 2)] })).violations).toEqual(['lost: a 1'])
  expect(judge(history({ arrivals: [arrival('a', 2), arrival('a', 1)] })).violations).toEqual([
    'order: a 1 came after a 2',
  ])
  const twice = [arrival('a', 1), arrival('a', 1, 'other'), arrival('a', 2)]
  expect(judge(history({ arrivals: twice })).violations).toEqual(['duplicate: a 1 came in 2 messages'])
  expect(judge(history({ afterDeletion: [arrival('a', 1)] })).violations).toEqual([
    'duplicate: a 1 came again after it was deleted',
  ])
})

test('what is not promised is not asked for, but nothing may be lost', () => {
  const promises = { order: false, once: false }
  const arrivals = [arrival('a', 2), arrival('a', 1), arrival('a', 1, 'other')]
  expect(judge(history({ promises, arrivals })).violations).toEqual([])
  expect(judge(history({ promises, arrivals: [] })).violations).toEqual(['lost: a 1', 'lost: a 2'])
})
