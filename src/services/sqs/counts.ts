import type { KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import { idAt } from './enqueue.ts'
import { fifo, message, open, type Queue, ready, total } from './state.ts'

export interface Counts {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
}

/** What is out or delayed is counted exactly up to this many; beyond it the answer is the "approximate" it is called. */
const mostCounted = 20_000

/**
 * How many messages are visible, out with consumers, or delayed. The total is kept; what is not visible is counted
 * in the entries that become visible in the future, so that time passing needs no writes.
 */
export async function countMessages(
  tx: ReadTx,
  { generation, fifo: isFifo, settings }: Queue,
  nowMs: number,
): Promise<Counts> {
  const all = Math.max(0, await tx.count(total(generation)))
  if (all === 0) return { visible: 0, inFlight: 0, delayed: 0 }
  const { inFlight, delayed } = await countNotVisible(tx, { generation, fifo: isFifo, settings }, nowMs, mostCounted)
  let retired = 0
  const cutoffMs = Math.max(0, nowMs - settings.retentionSec * 1000)
  const past = isFifo
    ? message.between([generation], { to: [idAt(cutoffMs)] })
    : ready.between([generation], { to: [cutoffMs] })
  for await (const _ of tx.keys(past as KeyRange<unknown, readonly KeyPart[]>, { limit: mostCounted })) retired++
  return { visible: Math.max(0, all - inFlight - delayed - retired), inFlight, delayed }
}

/** How many messages are out with consumers, or delayed, among the `most` that become visible next. */
export async function countNotVisible(
  tx: ReadTx,
  { generation, fifo: isFifo, settings }: Pick<Queue, 'generation' | 'fifo' | 'settings'>,
  nowMs: number,
  most: number,
): Promise<Omit<Counts, 'visible'>> {
  let inFlight = 0
  let delayed = 0
  if (isFifo) {
    // Groups that can't be read now hold what is in flight; a queue without a delay has nothing else to count.
    const range = settings.delaySec > 0 ? fifo.under(generation) : undefined
    if (range) {
      for await (const { value } of tx.range(range, { limit: most })) {
        if (value.visibleAtMs <= nowMs) continue
        if (value.receives > 0) inFlight++
        else delayed++
      }
    } else {
      for await (const [, , groupId] of tx.keys(open.between([generation], { from: [nowMs + 1] }), {
        limit: most,
      })) {
        for await (const { value } of tx.range(fifo.under(generation, groupId), { limit: 10 })) {
          if (value.visibleAtMs > nowMs) inFlight++
        }
      }
    }
  } else {
    for await (const { value } of tx.range(ready.between([generation], { from: [nowMs + 1] }), {
      limit: most,
    })) {
      if (value.receives > 0) inFlight++
      else delayed++
    }
  }
  return { inFlight, delayed }
}
