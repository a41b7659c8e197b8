import { setTimeout as sleep } from 'node:timers/promises'
import type { Clients } from './clients.ts'

export interface LogEvent {
  readonly atMs: number
  readonly message: string
  readonly stream: string
  readonly group: string
}

export interface TailOptions {
  readonly groups: readonly string[]
  /** Events from this time on, epoch milliseconds. */
  readonly fromMs: number
  readonly filter?: string | undefined
  /** Goes on until the signal aborts. */
  readonly follow: boolean
  readonly signal: AbortSignal
}

/** How long after its time an event may still turn up: instances write in batches. */
const lateMs = 5_000
const pollMs = 300

/** Events of log groups, in the order of their time within each read. A group that is not there yet has none. */
export async function* tail(clients: Clients, options: TailOptions): AsyncIterable<LogEvent> {
  const { groups, follow, signal } = options
  const reads = groups.map((group) => ({ group, fromMs: options.fromMs, seen: new Map<string, number>() }))
  while (!signal.aborted) {
    const events = (await Promise.all(reads.map((read) => newEvents(clients, read, options)))).flat()
    yield* events.sort((a, b) => a.atMs - b.atMs)
    if (!follow) return
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

interface GroupRead {
  readonly group: string
  fromMs: number
  /** Ids of events that have been given and could be read again, with their times. */
  readonly seen: Map<string, number>
}

async function newEvents(clients: Clients, read: GroupRead, { filter, signal }: TailOptions): Promise<LogEvent[]> {
  const client = await clients.logs()
  const events: LogEvent[] = []
  let nextToken: string | undefined
  do {
    const page = await client
      .filterLogEvents(
        {
          logGroupName: read.group,
          startTime: read.fromMs,
          ...(filter === undefined ? {} : { filterPattern: filter }),
          ...(nextToken ? { nextToken } : {}),
        },
        { abortSignal: signal },
      )
      .catch((error: unknown) => {
        const isNotThere = error instanceof Error && error.name === 'ResourceNotFoundException'
        if (isNotThere || signal.aborted) return undefined
        throw error
      })
    for (const { eventId = '', timestamp = 0, message = '', logStreamName = '' } of page?.events ?? []) {
      if (read.seen.has(eventId)) continue
      read.seen.set(eventId, timestamp)
      events.push({ atMs: timestamp, message, stream: logStreamName, group: read.group })
    }
    nextToken = page?.nextToken
  } while (nextToken && !signal.aborted)
  advance(read)
  return events
}

/** Reads on from a little before the latest event, and forgets what lies before that. */
function advance(read: GroupRead): void {
  let latestMs = read.fromMs
  for (const atMs of read.seen.values()) latestMs = Math.max(latestMs, atMs)
  read.fromMs = Math.max(read.fromMs, latestMs - lateMs)
  for (const [id, atMs] of read.seen) {
    if (atMs < read.fromMs) read.seen.delete(id)
  }
}
