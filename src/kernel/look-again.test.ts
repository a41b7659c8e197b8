import { expect, test } from 'vitest'
import { lookUntil } from './look-again.ts'

test('what is looked at waits longer each time, though the time of an attempt stands still', async () => {
  const waited: number[] = []
  const rx = { nowMs: 1_000, sleepUntil: async (atMs: number) => void waited.push(atMs) }
  expect(await lookUntil(rx, async () => (waited.length < 7 ? undefined : 'there'))).toBe('there')
  expect(waited).toEqual([1_100, 1_300, 1_700, 2_500, 4_100, 6_100, 8_100])
})
