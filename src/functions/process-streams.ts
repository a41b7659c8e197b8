import type { Duplex, Readable } from 'node:stream'
import type { InspectorReport } from '../kernel/functions.ts'
import { type Frame, frame, frameReader } from './frames.ts'
import { lineCutter } from './line-cutter.ts'
import { createMeter } from './meter.ts'

export interface ProcessStreams {
  /** Both ways: requests and results. */
  readonly channel: Duplex
  /** What the program prints, framed. */
  readonly output: Readable
  /** What is printed past the program: standard output and error. */
  readonly raw: readonly Readable[]
}

/** Who is told what a program says. */
export interface ProcessListener {
  onFrame(received: Frame): void
  /** A line of output; `id` is the request it belongs to, undefined when that is not known. */
  onLine(text: string, id: number | undefined): void
  /** All output of the request has been handed over. */
  onDrained(id: number): void
}

export interface StreamReader {
  onReady(): void
  onInspector(report: InspectorReport): void
  /** Who listens now. */
  listener(): ProcessListener | undefined
  /** What is printed past a program that nobody listens to yet: it cannot be started, and says why. */
  onUnheard(line: string): void
  /** Bytes that are no frames: the program writes to descriptors that are not its own. */
  onNonsense(): void
}

const maxResultBytes = 6_400_000
const maxLineBytes = 262_144

/** Reads all that a program says, no faster than it may print. Call the result to read no more and close the streams. */
export function readStreams({ channel, output, raw }: ProcessStreams, reader: StreamReader): () => void {
  const guarded = (stream: Readable, onData: (chunk: Buffer) => void) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        onData(chunk)
      } catch {
        reader.onNonsense()
      }
    })
    // A pipe whose other end was killed: the exit tells.
    stream.on('error', () => undefined)
  }
  guarded(
    channel,
    frameReader(maxResultBytes, (received) => {
      if (received.type === frame.ready) reader.onReady()
      else if (received.type === frame.inspector) reader.onInspector(JSON.parse(received.payload.toString('utf8')))
      else reader.listener()?.onFrame(received)
    }),
  )
  const meter = createMeter([output, ...raw])
  const readOutput = frameReader(maxLineBytes, (received) => {
    if (received.type === frame.line) reader.listener()?.onLine(received.payload.toString('utf8'), received.id)
    else if (received.type === frame.drained) reader.listener()?.onDrained(received.id)
  })
  guarded(output, (chunk) => {
    meter.count(chunk.length)
    readOutput(chunk)
  })
  for (const stream of raw) {
    const lines = lineCutter(maxLineBytes, (line) => {
      const listener = reader.listener()
      if (listener) listener.onLine(line, undefined)
      else reader.onUnheard(line)
    })
    guarded(stream, (chunk) => {
      meter.count(chunk.length)
      lines.push(chunk)
    })
    stream.on('end', lines.end)
  }
  return () => {
    meter.stop()
    for (const stream of [channel, output, ...raw]) stream.destroy()
  }
}
