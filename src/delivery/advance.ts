import type { MovableClock } from '../kernel/clock.ts'
import type { Records } from '../kernel/records.ts'
import { everywhere } from './claim.ts'
import type { Engine } from './engine.ts'
import { due } from './state.ts'

/** Of the host's time: how long one stop is waited at, and all of them together. What is left is then jumped over. */
const stopMs = 1_000
const allStopsMs = 5_000
/** Entries of a kind looked at for one that nobody holds. */
const mostLooked = 100

/**
 * Moves the clock, stopping at each time at which work is due on the way until that work is done: a schedule of one
 * o'clock is fired before a retry of two. Work that was running already is not waited for.
 */
export async function advanceInOrder(
  { records, clock }: { readonly records: Records; readonly clock: MovableClock },
  engine: Engine,
  byMs: number,
): Promise<void> {
  const toOffsetMs = clock.offsetMs + byMs
  const leftMs = () => toOffsetMs - clock.offsetMs
  const giveUpAt = performance.now() + allStopsMs
  let running = engine.inFlight()
  while (performance.now() < giveUpAt) {
    const nextMs = await nextDue(records)
    if (nextMs === undefined) break
    const aheadMs = nextMs - clock.nowMs()
    if (aheadMs >= leftMs()) break
    if (aheadMs > 0) {
      running = engine.inFlight()
      clock.advance(aheadMs)
    }
    const stopAt = performance.now() + stopMs
    while (performance.now() < stopAt && (await isBusy(records, clock, engine, running))) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    // What is due and yet not taken up, for want of a free place, is not waited for again.
    if (aheadMs <= 0 && performance.now() >= stopAt) break
  }
  if (leftMs() > 0) clock.advance(leftMs())
}

async function isBusy(
  records: Records,
  clock: MovableClock,
  engine: Engine,
  before: ReadonlySet<string>,
): Promise<boolean> {
  const nextMs = await nextDue(records)
  if (nextMs !== undefined && nextMs <= clock.nowMs()) return true
  // Asked after the store: what was claimed meanwhile is in flight by now, or about to be.
  return engine.isLooking() || [...engine.inFlight()].some((id) => !before.has(id))
}

/** When the next work is due that nobody holds. */
async function nextDue(records: Records): Promise<number | undefined> {
  return records.read(everywhere, async ({ snapshot }) => {
    let next: number | undefined
    let range = due.under()
    for (;;) {
      let kind: string | undefined
      for await (const { key } of snapshot.range(range, { limit: 1 })) kind = key[0]
      if (kind === undefined) return next
      for await (const { key, value } of snapshot.range(due.under(kind), { limit: mostLooked })) {
        if (value.node !== undefined) continue
        next = Math.min(next ?? key[1], key[1])
        break
      }
      range = due.between([], { after: [kind] })
    }
  })
}
