import { expect, test } from 'vitest'
import { createClock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { keepSwept } from './sweeping.ts'

test('bodies are swept at first, then with the node’s time, through failures, until told to stop', async () => {
  const clock = createClock(0, () => 1_000)
  const over = new AbortController()
  const logged: string[] = []
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (event) => logged.push(event) }
  let swept = Promise.withResolvers<number>()
  let runs = 0
  const sweep = async (nowMs: number) => {
    runs++
    swept.resolve(nowMs)
    if (runs === 2) throw new Error('disk')
    return 0
  }
  const running = keepSwept({ sweep }, clock, log, over.signal)
  expect(await swept.promise).toBe(1_000)
  for (const expected of [61_000, 121_000]) {
    swept = Promise.withResolvers<number>()
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(60_000)
    expect(await swept.promise).toBe(expected)
  }
  over.abort()
  await running
  expect(logged).toEqual(['blobs.sweep.failed'])
})
