import type { Ids } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import { forget, retired } from './forget.ts'
import { toHandle } from './receipt.ts'
import { deadLetter } from './redrive.ts'
import { fifo, group, type Located, type Message, message, open, ready } from './state.ts'

/** A message given to a consumer. */
export interface Taken {
  readonly id: string
  readonly handle: string
  readonly message: Message
  readonly receives: number
  readonly firstReceivedAtMs: number
}

export interface Want {
  readonly max: number
  readonly visibilityMs: number
}

export interface Now {
  readonly nowMs: number
  readonly ids: Ids
}

/**
 * Takes visible messages for several receives at once, `tx` being in the queue's scope; one list per want, in order.
 * What is past its retention is dropped on the way, what was received too often goes to the dead-letter queue.
 */
export function take(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  return at.queue.fifo ? takeFifo(tx, at, wants, now) : takeStandard(tx, at, wants, now)
}

async function takeStandard(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  const { generation, settings } = at.queue
  const taken: Taken[][] = wants.map(() => [])
  let turn = 0
  // Scanning the snapshot conflicts with nobody's sends; reading each entry again conflicts with whoever took it.
  for await (const key of tx.snapshot.keys(ready.between([generation], { to: [now.nowMs + 1] }), { limit: 1_000 })) {
    while (turn < wants.length && taken[turn]!.length >= wants[turn]!.max) turn++
    const want = wants[turn]
    if (!want) break
    const [, visibleAtMs, id] = key
    const entry = await tx.get(ready(generation, visibleAtMs, id))
    if (!entry) continue
    if (retired(entry, settings, now.nowMs)) {
      forget(tx, generation, id, ready(generation, visibleAtMs, id))
      continue
    }
    const content = await tx.snapshot.get(message(generation, id))
    if (!content) continue
    if (settings.redrive && entry.receives >= settings.redrive.maxReceiveCount) {
      if (await deadLetter(tx, at, id, content, now)) {
        forget(tx, generation, id, ready(generation, visibleAtMs, id))
        continue
      }
    }
    const nonce = now.ids.token(12, nonceAlphabet)
    const untilMs = now.nowMs + want.visibilityMs
    const firstReceivedAtMs = entry.firstReceivedAtMs ?? now.nowMs
    tx.delete(ready(generation, visibleAtMs, id))
    tx.set(ready(generation, untilMs, id), {
      sentAtMs: entry.sentAtMs,
      receives: entry.receives + 1,
      firstReceivedAtMs,
      nonce,
    })
    taken[turn]!.push({
      id,
      handle: toHandle({ generation, id, nonce, visibleAtMs: untilMs }),
      message: content,
      receives: entry.receives + 1,
      firstReceivedAtMs,
    })
  }
  return taken
}

const nonceAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Groups in order of availability; within one, its messages in order, and nothing else of it until they are settled. */
async function takeFifo(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  const { generation, settings } = at.queue
  const taken: Taken[][] = wants.map(() => [])
  let turn = 0
  for await (const key of tx.snapshot.keys(open.between([generation], { to: [now.nowMs + 1] }), { limit: 200 })) {
    while (turn < wants.length && taken[turn]!.length >= wants[turn]!.max) turn++
    const want = wants[turn]
    if (!want) break
    const [, openAtMs, groupId] = key
    const state = await tx.get(group(generation, groupId))
    if (!state || state.openAtMs !== openAtMs) continue

    const inFlight: Record<string, { untilMs: number; nonce: string }> = {}
    let nextAtMs: number | undefined
    const room = want.max - taken[turn]!.length
    let count = 0
    for await (const { key: entryKey, value: entry } of tx.range(fifo.under(generation, groupId), {
      limit: room + 50,
    })) {
      const [, , number] = entryKey
      if (entry.visibleAtMs > now.nowMs || count >= room) {
        nextAtMs = Math.max(entry.visibleAtMs, now.nowMs)
        break
      }
      const content = await tx.snapshot.get(message(generation, entry.id))
      if (!content || retired(entry, settings, now.nowMs)) {
        forget(tx, generation, entry.id, fifo(generation, groupId, number))
        continue
      }
      if (
        settings.redrive &&
        entry.receives >= settings.redrive.maxReceiveCount &&
        (await deadLetter(tx, at, entry.id, content, now))
      ) {
        forget(tx, generation, entry.id, fifo(generation, groupId, number))
        continue
      }
      const nonce = now.ids.token(12, nonceAlphabet)
      const untilMs = now.nowMs + want.visibilityMs
      const firstReceivedAtMs = entry.firstReceivedAtMs ?? now.nowMs
      tx.set(fifo(generation, groupId, number), {
        ...entry,
        visibleAtMs: untilMs,
        receives: entry.receives + 1,
        firstReceivedAtMs,
        nonce,
      })
      inFlight[number] = { untilMs, nonce }
      taken[turn]!.push({
        id: entry.id,
        handle: toHandle({ generation, id: entry.id, nonce, visibleAtMs: untilMs }),
        message: content,
        receives: entry.receives + 1,
        firstReceivedAtMs,
      })
      count++
    }
    tx.delete(open(generation, openAtMs, groupId))
    const untils = Object.values(inFlight).map(({ untilMs }) => untilMs)
    if (untils.length === 0 && nextAtMs === undefined) {
      tx.delete(group(generation, groupId))
      continue
    }
    const openNextMs = untils.length > 0 ? Math.max(...untils) : nextAtMs!
    tx.set(group(generation, groupId), { openAtMs: openNextMs, inFlight })
    tx.set(open(generation, openNextMs, groupId), true)
  }
  return taken
}
