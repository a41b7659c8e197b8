import { asBuffer } from './key-text.ts'

/** A counter as it is stored: 8 bytes, big-endian, two's complement. */
export function packCounter(n: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt.asIntN(64, n))
  return bytes
}

/** An absent counter is 0. Throws for a value that `add` did not write. */
export function unpackCounter(bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined) return 0n
  if (bytes.length !== 8) throw new Error(`A value of ${bytes.length} bytes is no counter: counters have 8.`)
  return asBuffer(bytes).readBigInt64BE()
}
