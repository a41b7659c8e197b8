import { describe, expect, test } from 'vitest'
import { createClock } from './clock.ts'

describe("when the host's clock goes backwards", () => {
  test("the node's goes on from where it was, at half the pace until the host has caught up", () => {
    let host = 1_000_000
    const clock = createClock(500, () => host)
    expect(clock.nowMs()).toBe(1_000_500)
    host -= 60_000
    expect(clock.nowMs()).toBe(1_000_500)
    host += 20_000
    expect(clock.nowMs()).toBe(1_010_500)
    host += 100_000
    expect(clock.nowMs()).toBe(1_060_500)
    host += 1_000
    expect(clock.nowMs()).toBe(1_061_500)
  })

  test('it never does, and never stands still, wherever the host jumps', () => {
    let host = 1_000_000
    const clock = createClock(0, () => host)
    let latest = clock.nowMs()
    for (const byMs of [-1, 3, -5_000, 7, 1, 1, -3, 2_000, -1_000_000, 11, 900_000, 2, 400_000, 5]) {
      host += byMs
      const now = clock.nowMs()
      if (byMs > 1) expect(now).toBeGreaterThan(latest)
      else expect(now).toBeGreaterThanOrEqual(latest)
      latest = now
    }
    expect(latest).toBeLessThan(host + 1_000_000)
  })

  test('moving it still moves it by as much', () => {
    let host = 1_000_000
    const clock = createClock(0, () => host)
    const before = clock.nowMs()
    host -= 60_000
    clock.advance(3_600_000)
    expect(clock.nowMs()).toBe(before + 3_600_000)
  })
})
