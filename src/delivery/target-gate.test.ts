import { expect, test } from 'vitest'
import { createClock } from '../kernel/clock.ts'
import { Retry } from '../kernel/delivery.ts'
import type { Host } from '../kernel/host.ts'
import { enterTarget, type GateLimits } from './target-gate.ts'

/** Calls of one target on a clock that stands still unless moved. */
function gate(limits: GateLimits) {
  const clock = createClock(0, () => 1_000_000)
  const host: Pick<Host, 'clock'> = { clock }
  const enter = () => enterTarget(host as Host, 'target', limits)
  const refusal = () => {
    try {
      enter()
    } catch (error) {
      if (error instanceof Retry) return { inMs: error.atMs - clock.nowMs(), counts: error.counts, why: error.message }
      throw error
    }
    throw new Error('it was let through')
  }
  return { clock, enter, refusal }
}

test('a target has so many calls at once; the others get turns after one another, which are no attempts', () => {
  const { clock, enter, refusal } = gate({ concurrency: 2 })
  const first = enter()
  clock.advance(400)
  first.answered()
  const [one, two] = [enter(), enter()]
  const refused = refusal()
  expect(refused).toMatchObject({ counts: false, why: 'the target is busy' })
  expect(refusal().inMs).toBeGreaterThan(refused.inMs)
  one.answered()
  enter()
  two.abandoned()
  enter()
})

test('a rate is kept, and who waits comes at the pace of it', () => {
  const { clock, enter, refusal } = gate({ concurrency: 100, perSec: 2 })
  enter()
  enter()
  expect([refusal().inMs, refusal().inMs]).toEqual([500, 1_000])
  clock.advance(500)
  enter()
  expect(refusal().counts).toBe(false)
})

test('ten failures in a row open the circuit, for longer each time; then one call at a time tries the target', () => {
  const { clock, enter, refusal } = gate({ concurrency: 100 })
  for (let count = 0; count < 9; count++) enter().failed()
  enter().answered()
  for (let count = 0; count < 10; count++) enter().failed()
  expect(refusal()).toEqual({ inMs: 5_000, counts: false, why: 'the target is down' })
  clock.advance(5_000)
  const probe = enter()
  expect(refusal().why).toBe('the target is busy')
  probe.failed()
  expect(refusal().inMs).toBe(10_000)
  clock.advance(10_000)
  enter().answered()
  enter()
  enter()
})
