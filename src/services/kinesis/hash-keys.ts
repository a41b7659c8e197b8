import { hash } from 'node:crypto'
import type { OpenShard } from './state.ts'

const hexDigits = 32
const keys = 1n << 128n

/** A hash key in hexadecimal digits, in whose order it sorts. */
export function hexOfKey(key: bigint): string {
  return key.toString(16).padStart(hexDigits, '0')
}

/** As the API writes it, in decimal digits. */
export function decimalOfHex(hex: string): string {
  return BigInt(`0x${hex}`).toString()
}

/** A hash key that a request gives in decimal digits; undefined when it has more than 128 bits. */
export function hexOfDecimal(decimal: string): string | undefined {
  const key = BigInt(decimal)
  return key < keys ? hexOfKey(key) : undefined
}

/** The hash key of a partition key: its MD5. */
export function hashOf(partitionKey: string): string {
  return hash('md5', partitionKey)
}

/** Where each of `count` equal ranges of hash keys begins. */
export function evenStarts(count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => (keys * BigInt(i)) / BigInt(count))
}

export const lastKey = hexOfKey(keys - 1n)

/** The shard that a hash key belongs to. The open shards of a stream, in order, leave none out. */
export function shardFor(open: readonly OpenShard[], key: string): OpenShard {
  let [low, high] = [0, open.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (open[middle]!.firstHash <= key) low = middle
    else high = middle - 1
  }
  return open[low]!
}
