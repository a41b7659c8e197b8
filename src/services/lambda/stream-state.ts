import type { ShardWindow } from '../../delivery/stream-windows.ts'
import type { Outcome } from '../../kernel/functions.ts'

/** What the event of a call in a tumbling window says besides its records. `isFinal`: there are none, and none will come. */
export function windowEvent({ source, shard, window }: ShardWindow, isFinal: boolean) {
  return {
    window: { start: isoSeconds(window.startMs), end: isoSeconds(window.endMs) },
    state: JSON.parse(window.state) as unknown,
    shardId: shard,
    eventSourceARN: source.arn,
    isFinalInvokeForWindow: isFinal,
    isWindowTerminatedEarly: window.early === true,
  }
}

/**
 * The state that a function answered, as JSON, and whether it said which records failed, which it need not. Undefined when
 * it answered no state, which is a failure.
 */
export function windowAnswer({ error, payload }: Outcome): { state: string; reports: boolean } | undefined {
  if (error !== undefined) return undefined
  try {
    const answer = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown> | null
    if (answer?.state === undefined) return undefined
    return { state: JSON.stringify(answer.state), reports: answer.batchItemFailures !== undefined }
  } catch {
    // A streamed answer may be anything.
    return undefined
  }
}

function isoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z')
}
