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

/** The state that a function answered, as JSON. Undefined when it answered none, which is a failure. */
export function stateOf({ error, payload }: Outcome): string | undefined {
  if (error !== undefined) return undefined
  try {
    const answer = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown> | null
    return answer?.state === undefined ? undefined : JSON.stringify(answer.state)
  } catch {
    // A streamed answer may be anything.
    return undefined
  }
}

function isoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z')
}
