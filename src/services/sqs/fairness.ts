import type { Host } from '../../kernel/host.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { ready } from './state.ts'

/** Where an entry stands in the order of its queue. */
export type Position = readonly [visibleAtMs: number, id: string]

/** A message group with a large part of what is in flight. */
export interface Neighbor {
  inFlight: number
  /** When it last sent, as far as this process knows. */
  lastSentMs: number
  /** Its visible messages stand here or later. */
  from?: Position
}

/** What this process knows of a standard queue whose messages name groups. All of it can be found out anew. */
export interface Fairness {
  readonly neighbors: Map<string, Neighbor>
  /** What is visible before this position is of noisy neighbors. */
  quietFrom?: Position
  /** Messages of groups given out since what is in flight was counted, and what that was. */
  taken: number
  counted: number
  countedAtMs: number
}

/** A neighbor is noisy with more than a tenth of what is in flight, and at least 30 messages… */
const noisyShare = 0.1
const noisyCount = 30
/** …until it has less than half of either, lest one on the border be both by turns… */
const quietAgain = 0.5
/** …or has sent nothing for five minutes. */
const silentMs = 300_000

/** What is in flight is counted in so many entries; beyond, they stand for all. */
const mostCounted = 2_000
/** It is counted anew after a part of it was given out, and, as much is deleted, once a second. */
const recountShare = 0.25
const recountLeast = 10
const recountMs = 1_000

const mostQueues = 2_000
const queues = new WeakMap<Host, Map<string, Fairness>>()

/** The queue's, if messages of groups were given out. */
export function fairnessOf(host: Host, generation: string): Fairness | undefined {
  return queues.get(host)?.get(generation)
}

/** Remembers that a message of a group was given out. */
export function countTaken(host: Host, generation: string): void {
  const known = queues.get(host) ?? new Map<string, Fairness>()
  queues.set(host, known)
  const fairness = known.get(generation) ?? { neighbors: new Map(), taken: 0, counted: 0, countedAtMs: 0 }
  fairness.taken++
  known.delete(generation)
  if (known.size >= mostQueues) known.delete(known.keys().next().value!)
  known.set(generation, fairness)
}

/** A group that goes on sending stays noisy. */
export function countGroupSent(host: Host, generation: string, groupId: string, nowMs: number): void {
  const neighbor = fairnessOf(host, generation)?.neighbors.get(groupId)
  if (neighbor) neighbor.lastSentMs = nowMs
}

/** The noisy neighbors of a queue, those with the fewest messages in flight first. Empty in most queues. */
export async function noisyNeighbors(
  tx: ReadTx,
  fairness: Fairness,
  generation: string,
  nowMs: number,
): Promise<Map<string, Neighbor>> {
  const aged = fairness.countedAtMs + recountMs <= nowMs
  if (
    fairness.taken >= Math.max(recountLeast, fairness.counted * recountShare) ||
    (aged && (fairness.taken > 0 || fairness.neighbors.size > 0))
  ) {
    await recount(tx, fairness, generation, nowMs)
  }
  const noisy = [...fairness.neighbors].filter(([, { lastSentMs }]) => lastSentMs + silentMs > nowMs)
  if (noisy.length < fairness.neighbors.size) delete fairness.quietFrom
  return new Map(noisy.sort(([, one], [, other]) => one.inFlight - other.inFlight))
}

async function recount(tx: ReadTx, fairness: Fairness, generation: string, nowMs: number): Promise<void> {
  const inFlight = new Map<string, number>()
  let all = 0
  for await (const { value } of tx.range(ready.between([generation], { from: [nowMs + 1] }), { limit: mostCounted })) {
    if (value.receives === 0) continue
    all++
    // A message without a group is a neighbor of its own.
    if (value.groupId !== undefined) inFlight.set(value.groupId, (inFlight.get(value.groupId) ?? 0) + 1)
  }
  fairness.taken = 0
  fairness.counted = all
  fairness.countedAtMs = nowMs
  for (const [groupId, neighbor] of fairness.neighbors) {
    neighbor.inFlight = inFlight.get(groupId) ?? 0
    if (neighbor.inFlight >= noisyCount * quietAgain && neighbor.inFlight > all * noisyShare * quietAgain) continue
    fairness.neighbors.delete(groupId)
    delete fairness.quietFrom
  }
  for (const [groupId, count] of inFlight) {
    if (count >= noisyCount && count > all * noisyShare && !fairness.neighbors.has(groupId))
      fairness.neighbors.set(groupId, { inFlight: count, lastSentMs: nowMs })
  }
}
