import type { Tx } from '../../kernel/records.ts'
import { fairnessOf, noisyNeighbors, type Position } from './fairness.ts'
import { ready } from './state.ts'
import type { Now, Taken, Want } from './take.ts'

/** Entries passed over in one receive. Where it ended, the next one goes on. */
const mostPassed = 2_000
/** A message may be committed behind one that was sent later: the last moments are looked at again. */
const settledMs = 2_000

/** The receives that are served together, one filled after the other. */
export class Hand {
  readonly taken: Taken[][]
  readonly #wants: readonly Want[]
  #turn = 0

  constructor(wants: readonly Want[]) {
    this.#wants = wants
    this.taken = wants.map(() => [])
  }

  /** The receive that the next message goes to; undefined when all have what they asked for. */
  next(): Want | undefined {
    while (this.#turn < this.#wants.length && this.taken[this.#turn]!.length >= this.#wants[this.#turn]!.max)
      this.#turn++
    return this.#wants[this.#turn]
  }

  put(item: Taken): void {
    this.taken[this.#turn]!.push(item)
  }
}

/**
 * While a message group is a noisy neighbor, gives out the messages of all others first, then of noisy ones those of
 * the group with the fewest in flight. Does nothing in a queue without a noisy neighbor; what it leaves unfilled is
 * taken in order.
 *
 * What is learned about the queue on the way holds whether or not the transaction does: it is only where messages of
 * noisy groups stand.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
export async function takeFairly(
  tx: Tx,
  generation: string,
  now: Now,
  hand: Hand,
  give: (visibleAtMs: number, id: string, want: Want) => Promise<void>,
): Promise<void> {
  const fairness = fairnessOf(now.host, generation)
  if (!fairness) return
  const noisy = await noisyNeighbors(tx.snapshot, fairness, generation, now.nowMs)
  if (noisy.size === 0) return
  const to = [now.nowMs + 1]
  const from = (position: Position | undefined) =>
    ready.between([generation], position === undefined ? { to } : { from: position, to })

  let onlyNoisy = true
  const passed = tx.snapshot.range(from(fairness.quietFrom), { limit: mostPassed })
  for await (const { key, value } of passed) {
    const want = hand.next()
    if (!want) return
    const [, visibleAtMs, id] = key
    const neighbor = value.groupId === undefined ? undefined : noisy.get(value.groupId)
    if (neighbor) neighbor.from ??= [visibleAtMs, id]
    else {
      onlyNoisy = false
      await give(visibleAtMs, id, want)
    }
    if (onlyNoisy && visibleAtMs < now.nowMs - settledMs) fairness.quietFrom = [visibleAtMs, id]
  }

  // Of one noisy group alone, the plain order is its own.
  if (noisy.size === 1) return
  for (const [groupId, neighbor] of noisy) {
    let onlyOthers = true
    for await (const { key, value } of tx.snapshot.range(from(neighbor.from), { limit: mostPassed })) {
      const want = hand.next()
      if (!want) return
      const [, visibleAtMs, id] = key
      if (onlyOthers) neighbor.from = [visibleAtMs, id]
      if (value.groupId !== groupId) continue
      onlyOthers = false
      await give(visibleAtMs, id, want)
    }
  }
}
