import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { ZipFile } from 'yazl'
import type { Host } from '../../kernel/host.ts'
import { type SnappyFraming, snappyHeaders } from '../../workers/snappy.ts'
import type { S3Settings } from './state.ts'

export type CompressionFormat = NonNullable<S3Settings['CompressionFormat']>

/**
 * What objects are called and said to be by their compression. Both kinds of Snappy have one extension, as deliveries of
 * the service were found to: https://github.com/floci-io/floci/issues/2328
 */
export const compressions: Readonly<Record<CompressionFormat, { extension: string; encoding?: string }>> = {
  UNCOMPRESSED: { extension: '' },
  GZIP: { extension: '.gz', encoding: 'gzip' },
  ZIP: { extension: '.zip', encoding: 'zip' },
  Snappy: { extension: '.snappy', encoding: 'snappy-java' },
  HADOOP_SNAPPY: { extension: '.snappy', encoding: 'hadoop-snappy' },
}

/** Whole blocks of Snappy. */
const pieceBytes = 1_048_576

/** The data one after the other, compressed, in chunks: what it is made of is in memory already, and not once more. */
export async function compressed(
  data: readonly Uint8Array[],
  format: CompressionFormat,
  name: string,
  host: Pick<Host, 'workers'>,
): Promise<readonly Uint8Array[]> {
  if (format === 'UNCOMPRESSED') return data
  if (format === 'GZIP') return Array.fromAsync(Readable.from(pieces(data)).pipe(createGzip()))
  if (format === 'ZIP') {
    const zip = new ZipFile()
    zip.addReadStream(Readable.from(pieces(data)), name)
    zip.end()
    return Array.fromAsync(zip.outputStream as Readable)
  }
  const framing: SnappyFraming = format === 'Snappy' ? 'snappy-java' : 'hadoop-snappy'
  const blocks = [snappyHeaders[framing]]
  for (const bytes of pieces(data)) blocks.push(await host.workers.run<Uint8Array>('snappyBlocks', { bytes, framing }))
  return blocks
}

/** The same bytes in pieces of one size, but for the last. */
function* pieces(data: readonly Uint8Array[]): Generator<Buffer> {
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
