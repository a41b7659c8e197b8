import type { Readable } from 'node:stream'

/** What one instance may print: a burst, then a rate. More holds the function up, never the node. */
export const outputRate = { burstBytes: 4_000_000, bytesPerSec: 8_000_000 } as const

/** Counts what is read from the streams, and stops reading them while their owner prints faster than the rate. */
export function createMeter(streams: readonly Readable[]): { count(bytes: number): void; stop(): void } {
  let tokens: number = outputRate.burstBytes
  let refilledAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  return {
    count(bytes) {
      const now = performance.now()
      tokens = Math.min(outputRate.burstBytes, tokens + ((now - refilledAt) / 1000) * outputRate.bytesPerSec) - bytes
      refilledAt = now
      if (tokens >= 0 || timer) return
      for (const stream of streams) stream.pause()
      timer = setTimeout(
        () => {
          timer = undefined
          for (const stream of streams) stream.resume()
        },
        (-tokens / outputRate.bytesPerSec) * 1000 + 5,
      )
    },
    stop() {
      clearTimeout(timer)
      for (const stream of streams) stream.resume()
    },
  }
}
