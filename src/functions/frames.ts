/**
 * The private transport between the node and an instance: `u32 length | u8 type | u32 id | payload`, big-endian, where
 * the length counts what follows it. The channel carries requests and results; a second pipe, which the instance writes
 * synchronously, carries its output, so that a function that prints faster than we read is slowed and not buffered.
 */
export const frame = {
  /** To the instance: JSON `Specialisation`. */
  init: 1,
  /** To the instance: `u32 header length | header JSON | event`. */
  invoke: 2,
  /** To the instance: it is ended because a request took too long; JSON `{ reason }`. For programs with extensions. */
  shutdown: 3,
  /** To the instance: how a request went; JSON record of `platform.report`. For programs with extensions. */
  report: 4,
  /** From the instance: the process is up and waits for `init`. */
  ready: 10,
  /** From the instance: the handler is loaded. With extensions, JSON `{ shutdownMs }`: the time they need to end. */
  initialised: 11,
  /** From the instance: loading failed; JSON error document. */
  initFailed: 12,
  /** From the instance: what the handler returned, JSON. */
  result: 13,
  /** From the instance: the handler failed; JSON error document. */
  failure: 14,
  /** From the instance: JSON error document of what ends the program, which comes next. */
  crash: 15,
  /** `result` and `failure` of a request since the last of which nothing was printed: no `drained` comes for it. */
  quietResult: 16,
  quietFailure: 17,
  /**
   * From the instance: the answer is a stream; JSON `StreamHead`. `streamChunk`s follow, and then a `result` without
   * payload (the end) or a `failure` (broken off), or their quiet forms. A request that fails before its first byte
   * sends a `failure` alone. The node holds a stream up by not reading the channel: write, and wait for the channel.
   */
  streamStart: 18,
  /** From the instance: bytes of a streamed answer, at most `maxChunkBytes`. */
  streamChunk: 19,
  /** On the output pipe: one log line (id: 0). */
  line: 20,
  /** On the output pipe: all output of request `id` is before this. */
  drained: 21,
  /** From the instance, where it was asked for: where debuggers reach it; JSON `InspectorReport`. */
  inspector: 22,
  /** From the instance, once, where it was asked for: its compiled code, for later instances of the same code. */
  compiled: 23,
  /** From a program with extensions: they are done with request `id` as well. Another `drained` comes with it. */
  settled: 24,
} as const

export const headBytes = 9
/** So that neither side holds more than a piece of a stream. */
export const maxChunkBytes = 65_536

export interface Frame {
  readonly type: number
  readonly id: number
  readonly payload: Buffer
}

/** One frame as it goes over the channel. Parts are not copied when they are large. */
export function encodeFrame(type: number, id: number, ...parts: readonly Uint8Array[]): Uint8Array[] {
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const head = Buffer.allocUnsafe(headBytes)
  head.writeUInt32BE(bytes + 5, 0)
  head.writeUInt8(type, 4)
  head.writeUInt32BE(id, 5)
  return bytes < 65_536 ? [Buffer.concat([head, ...parts])] : [head, ...parts]
}

/** Thrown for bytes that are no frames: the instance's program has written to a descriptor that is not its own. */
export class FrameError extends Error {
  override name = 'FrameError'
}

/** Cuts a stream of bytes into frames. Throws FrameError when one says it is longer than `maxBytes`. */
export function frameReader(maxBytes: number, onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let held: Buffer[] = []
  let heldBytes = 0
  let neededBytes = 4
  return (chunk) => {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < neededBytes) return
    let data = held.length === 1 ? chunk : Buffer.concat(held, heldBytes)
    neededBytes = 4
    while (data.length >= 4) {
      const length = data.readUInt32BE(0)
      if (length < 5 || length > maxBytes + 5) throw new FrameError(`a frame of ${length} bytes`)
      neededBytes = length + 4
      if (data.length < neededBytes) break
      onFrame({ type: data.readUInt8(4), id: data.readUInt32BE(5), payload: data.subarray(headBytes, neededBytes) })
      data = data.subarray(neededBytes)
      neededBytes = 4
    }
    held = data.length > 0 ? [data] : []
    heldBytes = data.length
  }
}
