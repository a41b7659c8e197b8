import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReadTx } from '../../kernel/records.ts'
import type { Counts } from './counts.ts'
import { ready } from './state.ts'

/** Entries looked at on either side of now. Of more messages, those behind them count as the first ones do not. */
const mostLookedAt = 20_000
const entriesPerTurn = 1_000

/** What a standard queue holds of other groups than its noisy neighbors; `oldestMs` is absent where it sees none. */
export async function countQuiet(
  tx: ReadTx,
  generation: string,
  noisy: ReadonlyMap<string, unknown>,
  visible: number,
  nowMs: number,
): Promise<Counts & { readonly oldestMs?: number }> {
  let noisyVisible = 0
  let [inFlight, delayed, looked] = [0, 0, 0]
  let oldestMs = Number.POSITIVE_INFINITY
  for (const bounds of [{ to: [nowMs + 1] }, { from: [nowMs + 1] }]) {
    const isVisible = 'to' in bounds
    for await (const { value } of tx.range(ready.between([generation], bounds), { limit: mostLookedAt })) {
      if (++looked % entriesPerTurn === 0) await nextTurn()
      if (value.groupId !== undefined && noisy.has(value.groupId)) {
        if (isVisible) noisyVisible++
        continue
      }
      oldestMs = Math.min(oldestMs, value.sentAtMs)
      if (isVisible) continue
      if (value.receives > 0) inFlight++
      else delayed++
    }
  }
  const counts = { visible: Math.max(0, visible - noisyVisible), inFlight, delayed }
  return oldestMs === Number.POSITIVE_INFINITY ? counts : { ...counts, oldestMs }
}
