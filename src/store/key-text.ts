import { StoreError, storeLimits } from '../kernel/store.ts'

/** A key as text of one character a byte: what maps and comparisons in memory use. Its order is the order of the bytes. */
export function keyText(key: Uint8Array): string {
  return asBuffer(key).toString('latin1')
}

export function keyFromText(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** The first key after `text`. */
export const justAfter = (text: string) => `${text}\0`

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function checkKey(key: Uint8Array): void {
  if (key.length === 0) throw new StoreError('limit', 'A key has at least one byte.')
  if (key.length > storeLimits.keyBytes) {
    throw new StoreError('limit', `A key of ${key.length} bytes is over the store's limit of ${storeLimits.keyBytes}.`)
  }
}

/** The same bound of a range, no longer than the engine takes: no key lies between the two. */
export function shortBound(bound: Uint8Array): Uint8Array {
  if (bound.length <= storeLimits.keyBytes) return bound
  const short = Buffer.alloc(storeLimits.keyBytes + 1)
  short.set(bound.subarray(0, storeLimits.keyBytes))
  return short
}
