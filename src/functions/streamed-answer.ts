import type { ResponseSink, StreamHead } from '../kernel/functions.ts'
import { type Failure, failureOf, parseJson } from './failure.ts'
import { type Frame, frame } from './frames.ts'

/** What a streamed answer may hold: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
export const streamLimits = { bytes: 200 * 1_048_576, gatheredBytes: 6_291_556 } as const
const defaultType = 'application/octet-stream'

/** The stream that one request is answered with. */
export interface StreamedAnswer {
  readonly head: StreamHead
  /** Why the node takes no more of it; undefined while all is well. */
  readonly failure: Failure | undefined
  /** What was gathered, when there is no sink. */
  readonly gathered: Uint8Array
  onChunk(bytes: Buffer): void
}

/**
 * Hands a stream on as it comes, as fast as the sink takes it; without a sink it is gathered. What is more than the
 * limit is dropped; the function may end as it likes, and has failed.
 */
export function streamedAnswer(
  start: Frame,
  sink: ResponseSink | undefined,
  readFrames: (wanted: boolean) => void,
): StreamedAnswer {
  const head = headOf(start)
  const maxBytes = sink ? streamLimits.bytes : streamLimits.gatheredBytes
  const pieces: Buffer[] = []
  let bytes = 0
  let held = 0
  let failure: Failure | undefined
  sink?.start(head)
  return {
    head,
    get failure() {
      return failure
    },
    get gathered() {
      return Buffer.concat(pieces)
    },
    onChunk(chunk) {
      if (failure) return
      bytes += chunk.length
      if (bytes > maxBytes) {
        failure = failureOf(
          'Function.ResponseSizeTooLarge',
          `Response payload size exceeded maximum allowed payload size (${maxBytes} bytes).`,
        )
        pieces.length = 0
        return
      }
      if (!sink) return void pieces.push(chunk)
      const taken = sink.write(chunk)
      if (!taken) return
      // One read may bring several pieces, each of which waits.
      held += 1
      if (held === 1) readFrames(false)
      void taken.then(() => {
        held -= 1
        if (held === 0) readFrames(true)
      })
    },
  }
}

function headOf({ type, payload }: Frame): StreamHead {
  if (type !== frame.streamStart) throw new Error('not the start of a stream')
  const parsed = parseJson(payload)
  const { contentType } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>
  // It becomes a header.
  return {
    contentType: typeof contentType === 'string' && /^[\x20-\x7e]+$/.test(contentType) ? contentType : defaultType,
  }
}
