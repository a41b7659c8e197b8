import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { gzipped, pieces } from '../../delivery/compress.ts'
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

/** The data one after the other, compressed, in chunks: what it is made of is in memory already, and not once more. */
export async function compressed(
  data: readonly Uint8Array[],
  format: CompressionFormat,
  name: string,
  host: Pick<Host, 'workers'>,
): Promise<readonly Uint8Array[]> {
  if (format === 'UNCOMPRESSED') return data
  if (format === 'GZIP') return gzipped(data)
  if (format === 'ZIP') {
    const zip = new ZipFile()
    zip.addReadStream(Readable.from(pieces(data)), name)
    zip.end()
    return Array.fromAsync(zip.outputStream as Readable)
  }
  const framing: SnappyFraming = format === 'Snappy' ? 'snappy-java' : 'hadoop-snappy'
  // Pieces are whole blocks of Snappy.
  const blocks = [snappyHeaders[framing]]
  for (const bytes of pieces(data)) blocks.push(await host.workers.run<Uint8Array>('snappyBlocks', { bytes, framing }))
  return blocks
}
