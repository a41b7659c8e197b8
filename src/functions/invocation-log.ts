import type { LogLine } from '../kernel/telemetry.ts'

/** What one invocation may keep of its output. */
export const logLimits = { bytes: 16_000_000, lines: 100_000, tailBytes: 4096 } as const

/** The log of one invocation: hands lines on in batches, keeps the tail, and counts what is too much. */
export interface InvocationLog {
  add(message: string): void
  /** Lines of the platform, which are kept whatever the function has printed. */
  addPlatform(message: string): void
  /** Hands on what has been gathered. */
  flush(): void
  /** The last 4 KB. */
  tail(): string
}

export function createInvocationLog(nowMs: () => number, emit: (lines: readonly LogLine[]) => void): InvocationLog {
  let batch: LogLine[] = []
  let scheduled = false
  let keptBytes = 0
  let keptLines = 0
  let dropped = { lines: 0, bytes: 0 }
  let recent: string[] = []
  let recentBytes = 0

  const flush = () => {
    if (batch.length === 0) return
    const lines = batch
    batch = []
    emit(lines)
  }
  const append = (message: string) => {
    batch.push({ atMs: nowMs(), message })
    recent.push(message)
    recentBytes += message.length + 1
    if (recentBytes > logLimits.tailBytes * 4) {
      const kept = tailOf(recent)
      recent = [kept]
      recentBytes = kept.length
    }
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      flush()
    })
  }
  return {
    add(message) {
      keptLines += 1
      keptBytes += message.length
      if (keptLines > logLimits.lines || keptBytes > logLimits.bytes) {
        dropped = { lines: dropped.lines + 1, bytes: dropped.bytes + message.length }
        return
      }
      append(message)
    },
    addPlatform(message) {
      if (dropped.lines > 0) {
        append(
          `[landfall] ${dropped.lines} lines (${dropped.bytes} bytes) of output were dropped: an invocation keeps ${logLimits.bytes} bytes`,
        )
        dropped = { lines: 0, bytes: 0 }
      }
      append(message)
    },
    flush,
    tail: () => tailOf(recent),
  }
}

function tailOf(lines: readonly string[]): string {
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  // A character that the cut goes through is left out.
  return bytes.length <= logLimits.tailBytes
    ? bytes.toString('utf8')
    : bytes
        .subarray(-logLimits.tailBytes)
        .toString('utf8')
        .replace(/^\uFFFD+/, '')
}
