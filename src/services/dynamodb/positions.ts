import { hash } from 'node:crypto'
import { packDecimal } from '../../store/decimal.ts'
import type { AttributeValue } from './attribute-value.ts'

/**
 * Where an item stands among a table's or index's keys. A partition key may be longer than the store's keys, so it is
 * hashed (and kept whole in the item); that also spreads partitions evenly, which is the order of a scan.
 */
export interface Position {
  /** 16 bytes of hash of the partition key. */
  readonly partition: Uint8Array
  /** Sorts as the sort keys do; empty where there is none. */
  readonly sort: Uint8Array
}

/** The order of positions in the store. */
export function comparePositions(a: Position, b: Position): number {
  return Buffer.compare(a.partition, b.partition) || Buffer.compare(a.sort, b.sort)
}

const partitionBytes = 16

/** The partition that this partition key (S, N or B) is in. Two keys in one would take a broken SHA-256. */
export function partitionHash(value: AttributeValue): Uint8Array {
  const text = 'S' in value ? `S${value.S}` : 'N' in value ? `N${value.N}` : `B${'B' in value ? value.B : ''}`
  return hash('sha256', text, 'buffer').subarray(0, partitionBytes)
}

/** Identifies an item's primary position at the end of an index entry's key. */
export function positionHash({ partition, sort }: Position): Uint8Array {
  return hash('sha256', Buffer.concat([partition, sort]), 'buffer').subarray(0, partitionBytes)
}

/**
 * The store's keys write a zero byte as two, and hold 1,900: a sort key of 1,024 zeros would not fit. What follows the
 * first 512 bytes is therefore written seven bits to a byte with the high bit set, which keeps the order.
 */
const plainSortBytes = 512

/** Bytes that sort as values of one type do: at most 1,098, of which at most 512 are zero. */
export function sortBytes(value: AttributeValue): Uint8Array {
  if ('N' in value) return packDecimal(value.N)
  return folded(rawSortBytes(value))
}

/** The least sort bytes that are greater than those of every value beginning with this S or B; undefined if none are. */
export function sortBytesAfterPrefix(prefix: AttributeValue): Uint8Array | undefined {
  const raw = rawSortBytes(prefix)
  let end = raw.length
  while (end > 0 && raw[end - 1] === 0xff) end--
  if (end === 0) return undefined
  const after = Buffer.from(raw.subarray(0, end))
  after[end - 1] = after[end - 1]! + 1
  return folded(after)
}

function rawSortBytes(value: AttributeValue): Buffer {
  return 'S' in value ? Buffer.from(value.S) : Buffer.from('B' in value ? value.B : '', 'base64')
}

function folded(raw: Buffer): Uint8Array {
  if (raw.length <= plainSortBytes) return raw
  const rest = raw.subarray(plainSortBytes)
  const out = Buffer.alloc(plainSortBytes + Math.ceil((rest.length * 8) / 7))
  raw.copy(out, 0, 0, plainSortBytes)
  let at = plainSortBytes
  let bits = 0
  let held = 0
  for (const byte of rest) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 7) {
      bits -= 7
      out[at++] = 0x80 | ((held >> bits) & 0x7f)
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) out[at] = 0x80 | ((held << (7 - bits)) & 0x7f)
  return out
}

/** The partitions of one of `total` equal parts of a table: from the first, up to but without the second. */
export function segmentBounds(segment: number, total: number): { from: Uint8Array; to: Uint8Array | undefined } {
  const edge = (n: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(Math.ceil((n * 2 ** 32) / total))
    return bytes
  }
  return { from: edge(segment), to: segment + 1 < total ? edge(segment + 1) : undefined }
}
