import { expect, test } from 'vitest'
import { newCounting } from './insight-rule-report.ts'

test('of too many contributors those with the least are let go; sums and the largest stay exact', () => {
  const counting = newCounting()
  const many = 250_000
  for (let index = 0; index < many; index++) {
    counting.add(0, [`once-${index}`], 1)
    if (index % 1_000 === 0) counting.add(0, ['often'], 10)
  }
  const { periods, contributors, unique } = counting.result()
  expect(contributors.length).toBeLessThan(200_000)
  expect(unique).toBe(many + 1)
  expect(periods.get(0)).toMatchObject({ count: many + 250, sum: many + 2_500, min: 1, max: 10, most: 2_500 })
  expect(contributors.find(({ keys }) => keys[0] === 'often')).toMatchObject({ total: 2_500 })
})
