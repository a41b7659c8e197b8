import { compress } from 'snappyjs'

/** Of what is compressed by itself, as snappy-java has it. */
const blockBytes = 32_768

/** How compressed blocks stand one after the other: as snappy-java's streams have them, or as Hadoop's codec does. */
export type SnappyFraming = 'snappy-java' | 'hadoop-snappy'

/** What stands before the first block: https://github.com/xerial/snappy-java#compatibility-notes */
export const snappyHeaders: Readonly<Record<SnappyFraming, Uint8Array>> = {
  'snappy-java': Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]),
  'hadoop-snappy': Buffer.alloc(0),
}

/**
 * The compressed blocks of some bytes, which those of the next can follow where `bytes` are whole blocks. Each has its
 * compressed length before it, big-endian in 4 bytes, and for Hadoop before that the length of what it was.
 */
export function snappyBlocks(bytes: Uint8Array, framing: SnappyFraming): Uint8Array {
  const parts: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const block = bytes.subarray(from, from + blockBytes)
    const compressed = compress(block)
    if (framing === 'hadoop-snappy') parts.push(lengthOf(block))
    parts.push(lengthOf(compressed), compressed)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}
