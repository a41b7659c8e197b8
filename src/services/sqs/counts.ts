import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import { idAt } from './enqueue.ts'
import { fifo, group, message, open, type Queue, type Ready, ready, total } from './state.ts'

export interface Counts {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
}

/**
 * What is out or delayed is counted exactly up to this many, more than may be out (in-flight.ts); beyond it the answer is
 * the "approximate" it is called.
 */
const mostCounted = 150_000
/** Messages past their retention, which are removed every hour. */
const mostRetired = 20_000
/** Others get their turn after so many entries. */
const entriesPerTurn = 1_000

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
  for await (const _ of tx.keys(past as KeyRange<unknown, readonly KeyPart[]>, { limit: mostRetired })) retired++
  return { visible: Math.max(0, all - inFlight - delayed - retired), inFlight, delayed }
}

/** A part of what is not visible; `last` where there may be more behind it. */
export interface NotVisible extends Omit<Counts, 'visible'> {
  readonly last?: readonly (string | number)[]
}

/**
 * How many messages are out with consumers, or delayed, among the `most` entries (of a FIFO queue without a delay, groups)
 * behind `after` that become visible next.
 */
export async function countNotVisible(
  tx: ReadTx,
  { generation, fifo: isFifo, settings }: Pick<Queue, 'generation' | 'fifo' | 'settings'>,
  nowMs: number,
  most: number,
  after?: NotVisible['last'],
): Promise<NotVisible> {
  const bounds = after ? { after: [...after] } : { from: [nowMs + 1] }
  // Groups that can't be read now hold what is in flight; a queue without a delay has nothing else to count.
  if (isFifo && settings.delaySec === 0)
    return countGroups(tx, generation, open.between([generation], bounds), nowMs, most)
  const range: KeyRange<Ready & { visibleAtMs?: number }, readonly [string, number | string, string]> = isFifo
    ? fifo.between([generation], after ? { after: [...after] } : {})
    : ready.between([generation], bounds)
  let [inFlight, delayed, looked] = [0, 0, 0]
  for await (const { key, value } of tx.range(range, { limit: most })) {
    if (++looked % entriesPerTurn === 0) await nextTurn()
    if ((value.visibleAtMs ?? Number.POSITIVE_INFINITY) > nowMs) {
      if (value.receives > 0) inFlight++
      else delayed++
    }
    if (looked === most) return { inFlight, delayed, last: key.slice(1) }
  }
  return { inFlight, delayed }
}

/** How many groups of a FIFO queue have messages that are out with consumers, up to some. */
export async function groupsInFlight(tx: ReadTx, { generation }: Queue, nowMs: number): Promise<number> {
  const range = open.between([generation], { from: [nowMs + 1] })
  return (await countGroups(tx, generation, range, nowMs, mostCounted)).groups
}

async function countGroups(
  tx: ReadTx,
  generation: string,
  range: KeyRange<true, readonly [string, number, string]>,
  nowMs: number,
  most: number,
): Promise<NotVisible & { readonly groups: number }> {
  let inFlight = 0
  let groups = 0
  let looked = 0
  let last: NotVisible['last']
  let names: string[] = []
  const count = async () => {
    for (const one of await tx.getMany(names.map((name) => group(generation, name)))) {
      const out = Object.values(one?.inFlight ?? {}).filter(({ untilMs }) => untilMs > nowMs).length
      inFlight += out
      if (out > 0) groups++
    }
    names = []
    await nextTurn()
  }
  for await (const [, atMs, name] of tx.keys(range, { limit: most })) {
    names.push(name)
    if (++looked === most) last = [atMs, name]
    if (names.length === entriesPerTurn) await count()
  }
  await count()
  return { inFlight, delayed: 0, groups, ...(last && { last }) }
}
