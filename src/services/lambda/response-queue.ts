import type { ResponseSink, StreamHead } from '../../kernel/functions.ts'

/** More than this, not yet taken, holds the function up. */
const heldBytes = 262_144

/** A function's streamed answer on its way to one reader, who takes it as fast as the client does. */
export interface ResponseQueue extends AsyncIterable<Uint8Array> {
  readonly sink: ResponseSink
  /** Resolves when a stream begins. Never rejects, and stays open when none does. */
  readonly started: Promise<StreamHead>
  /** No more will come: the reader ends after what is held. */
  close(): void
  /** Nobody reads any more: what comes is dropped, and the function runs on, as with Lambda. */
  cancel(): void
}

export function responseQueue(): ResponseQueue {
  const started = Promise.withResolvers<StreamHead>()
  const chunks: Uint8Array[] = []
  let bytes = 0
  let state: 'open' | 'closed' | 'cancelled' = 'open'
  let room: PromiseWithResolvers<void> | undefined
  let arrival: PromiseWithResolvers<void> | undefined

  const cancel = () => {
    state = 'cancelled'
    chunks.length = 0
    bytes = 0
    room?.resolve()
    arrival?.resolve()
  }
  return {
    started: started.promise,
    sink: {
      start: started.resolve,
      write(chunk) {
        if (state === 'cancelled' || chunk.length === 0) return undefined
        chunks.push(chunk)
        bytes += chunk.length
        arrival?.resolve()
        if (bytes <= heldBytes) return undefined
        room ??= Promise.withResolvers<void>()
        return room.promise
      },
    },
    close() {
      if (state === 'open') state = 'closed'
      arrival?.resolve()
    },
    cancel,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const chunk = chunks.shift()
        if (chunk) {
          yield chunk
          // Only now has it left.
          bytes = Math.max(0, bytes - chunk.length)
          if (bytes > heldBytes / 2) continue
          room?.resolve()
          room = undefined
        } else if (state !== 'open') return
        else {
          arrival = Promise.withResolvers<void>()
          await arrival.promise
        }
      }
    },
  }
}
