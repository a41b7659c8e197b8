import type { Clock } from '../kernel/clock.ts'
import type { Deliveries } from '../kernel/delivery.ts'
import type { Ids } from '../kernel/ids.ts'
import { lowerAlphanumeric } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Records, Scope } from '../kernel/records.ts'
import type { LogLine, LogSink } from '../kernel/telemetry.ts'
import { group, type LogGroup } from './log-state.ts'
import { writeEvents } from './log-write.ts'

/** Lines wait this long for company: the stated window in which a crash may lose them. */
const batchMs = 100
/** Beyond this many bytes waiting, further lines are dropped and counted: a function may not fill the node's memory. */
const mostWaitingBytes = 64 * 1024 * 1024

interface Waiting {
  readonly scope: Scope
  readonly groupName: string
  readonly streamName: string
  lines: LogLine[]
}

export interface LogSinkOptions {
  readonly records: Records
  readonly clock: Clock
  readonly deliveries: Deliveries
  readonly ids: Ids
  readonly log: Log
}

/** Collects lines per stream and writes them together, one flush at a time, in the order they came. */
export function createLogSink({ records, clock, ids, log, deliveries }: LogSinkOptions): LogSink & AsyncDisposable {
  let waiting = new Map<string, Waiting>()
  let waitingBytes = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()

  async function writeAll(batch: readonly Waiting[]): Promise<void> {
    for (const { scope, groupName, streamName, lines } of batch) {
      // A transaction holds what one chunk of lines may weigh; a flood is several.
      for (const part of parts(lines)) {
        await records
          .write(scope, async (tx) => {
            const nowMs = clock.nowMs()
            const known = await tx.get(group(groupName))
            const found = known ?? newGroup(groupName, nowMs, ids)
            if (!known) tx.set(group(groupName), found)
            await writeEvents(tx, found, streamName, part, { nowMs, ids, deliveries })
          })
          .catch((error: unknown) =>
            log.error('log lines were lost', { group: groupName, lines: part.length, error: String(error) }),
          )
      }
    }
  }

  function startFlush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = [...waiting.values()]
    waiting = new Map()
    waitingBytes = 0
    if (dropped > 0) {
      log.warn('log lines were dropped: more came than could be stored', { dropped })
      dropped = 0
    }
    flushing = flushing.then(() => writeAll(batch))
    return flushing
  }

  return {
    append(scope, groupName, streamName, lines) {
      let bytes = 0
      for (const { message } of lines) bytes += message.length
      if (waitingBytes + bytes > mostWaitingBytes) {
        dropped += lines.length
        return
      }
      waitingBytes += bytes
      const key = `${scope.account}\0${scope.region}\0${groupName}\0${streamName}`
      const known = waiting.get(key)
      if (known) known.lines.push(...lines)
      else waiting.set(key, { scope, groupName, streamName, lines: [...lines] })
      timer ??= setTimeout(() => void startFlush(), batchMs)
    },
    flush: startFlush,
    async [Symbol.asyncDispose]() {
      await startFlush()
    },
  }
}

/** A group as it is when nobody configured it. */
export function newGroup(name: string, nowMs: number, ids: Ids): LogGroup {
  return {
    name,
    createdAtMs: nowMs,
    logClass: 'STANDARD',
    deletionProtection: false,
    tags: {},
    generation: ids.token(12, lowerAlphanumeric),
  }
}

const partBytes = 4 * 1024 * 1024

function* parts(lines: readonly LogLine[]): Generator<LogLine[]> {
  let part: LogLine[] = []
  let bytes = 0
  for (const line of lines) {
    if (bytes > partBytes) {
      yield part
      part = []
      bytes = 0
    }
    part.push(line)
    bytes += line.message.length
  }
  if (part.length > 0) yield part
}
