import { advanceInOrder } from './delivery/advance.ts'
import type { Engine } from './delivery/engine.ts'
import { createClock, type MovableClock } from './kernel/clock.ts'
import type { Records } from './kernel/records.ts'
import { keyspace } from './store/keyspace.ts'

const nowhere = { account: '', region: '' }
const clockOffset = keyspace('node', { scope: 'global' }).record<number, []>('clock-offset')

/** The clock of a node, as far ahead of the host's as it was moved before. */
export async function openClock(records: Records, hostMs: () => number): Promise<MovableClock> {
  return createClock((await records.read(nowhere, (tx) => tx.get(clockOffset()))) ?? 0, hostMs)
}

/** Moves it on request, one move after the other, what is due on the way being done in order by the engine there is then. */
export function createMover(records: Records, clock: MovableClock, engine: () => Engine | undefined) {
  let moving: Promise<void> = Promise.resolve()
  const advance = async (byMs: number) => {
    // Remembered first: a node that dies in between must not restart in its own past.
    await records.write(nowhere, (tx) => tx.set(clockOffset(), clock.offsetMs + byMs))
    const running = engine()
    if (running) await advanceInOrder({ records, clock }, running, byMs)
    else clock.advance(byMs)
  }
  return (byMs: number): Promise<void> => {
    const move = () => advance(byMs)
    moving = moving.then(move, move)
    return moving
  }
}
