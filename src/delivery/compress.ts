import { Readable, type Transform } from 'node:stream'
import { createGzip, createZstdCompress } from 'node:zlib'

/** Of what is compressed at a time. */
const pieceBytes = 1_048_576

/** The data one after the other as gzip, in chunks: what it is made of is in memory already, and not once more. */
export function gzipped(data: readonly Uint8Array[]): Promise<Uint8Array[]> {
  return through(data, createGzip())
}

/** The same as Zstandard. */
export function zstandard(data: readonly Uint8Array[]): Promise<Uint8Array[]> {
  return through(data, createZstdCompress())
}

async function through(data: readonly Uint8Array[], compressor: Transform): Promise<Uint8Array[]> {
  return Array.fromAsync(Readable.from(pieces(data)).pipe(compressor))
}

/** The same bytes in pieces of one size, but for the last. */
export function* pieces(data: readonly Uint8Array[]): Generator<Buffer> {
  let [held, bytes]: [Uint8Array[], number] = [[], 0]
  for (const one of data) {
    for (let from = 0; from < one.length; ) {
      const part = one.subarray(from, from + pieceBytes - bytes)
      held.push(part)
      bytes += part.length
      from += part.length
      if (bytes < pieceBytes) continue
      yield Buffer.concat(held)
      ;[held, bytes] = [[], 0]
    }
  }
  if (bytes > 0) yield Buffer.concat(held)
}
