import type { Host } from '../../kernel/host.ts'
import type { Ids } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import { countTaken } from './fairness.ts'
import { forget, retired } from './forget.ts'
import { attributesBytes } from './message-attributes.ts'
import { toHandle } from './receipt.ts'
import { deadLetter } from './redrive.ts'
import { fifo, group, type Located, type Message, message, open, ready } from './state.ts'
import { Hand, takeFairly } from './take-fairly.ts'

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
  /** FIFO queues: of the messages as an event has them, together. */
  readonly mostBytes?: number | undefined
}

export interface Now {
  readonly nowMs: number
  readonly ids: Ids
  readonly host: Host
}

/**
 * Takes visible messages for several receives at once, `tx` being in the queue's scope; one list per want, in order.
 * What is past its retention is dropped on the way, what was received too often goes to the dead-letter queue.
 */
export function take(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  return at.queue.fifo ? takeFifo(tx, at, wants, now) : takeStandard(tx, at, wants, now)
}

async function takeStandard(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  const { generation } = at.queue
  const hand = new Hand(wants)
  const faulty = now.host.faults?.active ? now.host.faults : undefined
  const place = { account: at.scope.account, service: 'sqs', operation: 'receive', name: at.queue.name }
  const give = async (visibleAtMs: number, id: string, want: Want) => {
    const fate = faulty?.fateOf(place)
    if (fate && (fate.reorder || fate.delayMs > 0)) {
      await putOff(tx, ready(generation, visibleAtMs, id), ready(generation, now.nowMs + 1 + fate.delayMs, id))
      return
    }
    const item = await takeOne(tx, at, visibleAtMs, id, fate?.duplicate ? { ...want, visibilityMs: 1 } : want, now)
    if (item) hand.put(item)
  }
  await takeFairly(tx, generation, now, hand, give)
  // Scanning the snapshot conflicts with nobody's sends; reading each entry again conflicts with whoever took it.
  for await (const key of tx.snapshot.keys(ready.between([generation], { to: [now.nowMs + 1] }), { limit: 1_000 })) {
    const want = hand.next()
    if (!want) break
    await give(key[1], key[2], want)
  }
  return hand.taken
}

/** Has a message become visible later, as a fault wants it. */
async function putOff(tx: Tx, from: ReturnType<typeof ready>, to: ReturnType<typeof ready>): Promise<void> {
  const entry = await tx.get(from)
  if (!entry) return
  tx.delete(from)
  tx.set(to, entry)
}

/** Gives the message of an entry to a receive, unless it is gone, past its retention, or goes to the dead letters. */
async function takeOne(
  tx: Tx,
  at: Located,
  visibleAtMs: number,
  id: string,
  want: Want,
  now: Now,
): Promise<Taken | undefined> {
  const { generation, settings } = at.queue
  const address = ready(generation, visibleAtMs, id)
  const entry = await tx.get(address)
  if (!entry) return undefined
  if (retired(entry, settings, now.nowMs)) {
    forget(tx, generation, id, address)
    return undefined
  }
  const content = await tx.snapshot.get(message(generation, id))
  if (!content) return undefined
  if (settings.redrive && entry.receives >= settings.redrive.maxReceiveCount) {
    if (await deadLetter(tx, at, id, content, now)) {
      forget(tx, generation, id, address)
      return undefined
    }
  }
  const nonce = now.ids.token(12, nonceAlphabet)
  const untilMs = now.nowMs + want.visibilityMs
  const firstReceivedAtMs = entry.firstReceivedAtMs ?? now.nowMs
  const receives = entry.receives + 1
  tx.delete(address)
  const { sentAtMs, groupId } = entry
  const next = { sentAtMs, receives, firstReceivedAtMs, nonce }
  tx.set(ready(generation, untilMs, id), groupId === undefined ? next : { ...next, groupId })
  if (groupId !== undefined) countTaken(now.host, generation)
  return {
    id,
    handle: toHandle({ generation, id, nonce, visibleAtMs: untilMs }),
    message: content,
    receives,
    firstReceivedAtMs,
  }
}

const nonceAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Groups in order of availability; within one, its messages in order, and nothing else of it until they are settled. */
async function takeFifo(tx: Tx, at: Located, wants: readonly Want[], now: Now): Promise<Taken[][]> {
  const { generation, settings } = at.queue
  const taken: Taken[][] = wants.map(() => [])
  let turn = 0
  let bytes = 0
  for await (const key of tx.snapshot.keys(open.between([generation], { to: [now.nowMs + 1] }), { limit: 200 })) {
    while (isFull()) {
      turn++
      bytes = 0
    }
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
      if (entry.visibleAtMs > now.nowMs || count >= room || isFull()) {
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
      if (want.mostBytes !== undefined) bytes += eventBytes(content)
      if (isFull() && taken[turn]!.length > 0) {
        nextAtMs = now.nowMs
        break
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

  function isFull(): boolean {
    const want = wants[turn]
    return want !== undefined && (taken[turn]!.length >= want.max || bytes > (want.mostBytes ?? bytes))
  }
}

/** Rather too many: a message's own names and values besides its body and attributes have fewer. */
const frameBytes = 3_000

function eventBytes({ body, attributes }: Message): number {
  return frameBytes + Buffer.byteLength(JSON.stringify(body)) + 2 * attributesBytes(attributes)
}
