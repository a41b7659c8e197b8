import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { countNotVisible, type NotVisible } from './counts.ts'
import { type Queue, total } from './state.ts'

/**
 * How many messages of a queue may be out with consumers, about.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html and, for FIFO queues,
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
 */
const mostInFlight = 120_000
/** Counting so many takes a while: it is done once in this time at most, and what it found stands until then. */
const countAgainMs = 5_000
const pageEntries = 5_000
const mostQueues = 2_000

/** How many more messages a queue can surely give out, and when what is in flight was last counted. */
interface Room {
  left: number
  countedAtMs: number
}

const rooms = new WeakMap<Host, Map<string, Room>>()

/**
 * Whether a queue may give out messages; undefined when it has to be counted first (`countRoom`). Nothing is counted
 * while a queue holds fewer messages than may be in flight, and in a larger one only after as many were given out as
 * there was room for: what was deleted meanwhile makes room then.
 */
export async function hasRoom(tx: ReadTx, host: Host, queue: Queue, nowMs: number): Promise<boolean | undefined> {
  const room = roomOf(host, queue.generation)
  if (room.left > 0) return true
  const all = await tx.count(total(queue.generation))
  if (all < mostInFlight) room.left = mostInFlight - all
  else if (room.countedAtMs + countAgainMs <= nowMs || room.countedAtMs > nowMs) return undefined
  return room.left > 0
}

/** Counts what is in flight: in small transactions that only read, for others have their turns meanwhile. */
export async function countRoom(host: Host, scope: Scope, queue: Queue): Promise<void> {
  const nowMs = host.clock.nowMs()
  let inFlight = 0
  let after: NotVisible['last']
  do {
    const from = after
    const page = await host.records.read(scope, (tx) => countNotVisible(tx, queue, nowMs, pageEntries, from))
    inFlight += page.inFlight
    after = page.last
  } while (after && inFlight < mostInFlight)
  const room = roomOf(host, queue.generation)
  room.left = mostInFlight - inFlight
  room.countedAtMs = host.clock.nowMs()
}

/** Remembers that messages were given out. */
export function countGiven(host: Host, generation: string, messages: number): void {
  roomOf(host, generation).left -= messages
}

function roomOf(host: Host, generation: string): Room {
  const known = rooms.get(host) ?? new Map<string, Room>()
  rooms.set(host, known)
  const room = known.get(generation) ?? { left: 0, countedAtMs: Number.NEGATIVE_INFINITY }
  if (!known.has(generation) && known.size >= mostQueues) known.delete(known.keys().next().value!)
  known.set(generation, room)
  return room
}
