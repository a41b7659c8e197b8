/**
 * The cyclic redundancy checks that Node has no function for. Both are bit-reflected with all ones at start and
 * end; eight bytes are taken at a time through eight tables ("slicing by 8").
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */

/** Bit-reflected polynomials, for `crcCombine`. */
export const polynomials = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const

let tables32: Int32Array | undefined
let tables64: { low: Int32Array; high: Int32Array } | undefined

/** CRC-32C of `chunk`, going on from the value for what came before it (0 at the start). Unsigned. */
export function crc32c(chunk: Uint8Array, previous = 0): number {
  tables32 ??= buildTables32(0x82f63b78)
  const t = tables32
  const end = chunk.length
  let crc = ~previous
  let i = 0
  for (const last = end - 7; i < last; i += 8) {
    const a = crc ^ (chunk[i]! | (chunk[i + 1]! << 8) | (chunk[i + 2]! << 16) | (chunk[i + 3]! << 24))
    crc =
      t[1792 + (a & 255)]! ^
      t[1536 + ((a >>> 8) & 255)]! ^
      t[1280 + ((a >>> 16) & 255)]! ^
      t[1024 + (a >>> 24)]! ^
      t[768 + chunk[i + 4]!]! ^
      t[512 + chunk[i + 5]!]! ^
      t[256 + chunk[i + 6]!]! ^
      t[chunk[i + 7]!]!
  }
  for (; i < end; i++) crc = t[(crc ^ chunk[i]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** A CRC-64/NVME in two halves, as 32-bit integers; `{ low: 0, high: 0 }` at the start. */
export interface Crc64 {
  low: number
  high: number
}

/** Adds `chunk` to `state`, in place. */
export function crc64nvme(chunk: Uint8Array, state: Crc64): void {
  tables64 ??= buildTables64(0x9a6c9329, 0xac4bc9b5)
  const lows = tables64.low
  const highs = tables64.high
  const end = chunk.length
  let low = ~state.low
  let high = ~state.high
  let i = 0
  for (const last = end - 7; i < last; i += 8) {
    const a = low ^ (chunk[i]! | (chunk[i + 1]! << 8) | (chunk[i + 2]! << 16) | (chunk[i + 3]! << 24))
    const b = high ^ (chunk[i + 4]! | (chunk[i + 5]! << 8) | (chunk[i + 6]! << 16) | (chunk[i + 7]! << 24))
    const i0 = 1792 + (a & 255)
    const i1 = 1536 + ((a >>> 8) & 255)
    const i2 = 1280 + ((a >>> 16) & 255)
    const i3 = 1024 + (a >>> 24)
    const i4 = 768 + (b & 255)
    const i5 = 512 + ((b >>> 8) & 255)
    const i6 = 256 + ((b >>> 16) & 255)
    const i7 = b >>> 24
    low = lows[i0]! ^ lows[i1]! ^ lows[i2]! ^ lows[i3]! ^ lows[i4]! ^ lows[i5]! ^ lows[i6]! ^ lows[i7]!
    high = highs[i0]! ^ highs[i1]! ^ highs[i2]! ^ highs[i3]! ^ highs[i4]! ^ highs[i5]! ^ highs[i6]! ^ highs[i7]!
  }
  for (; i < end; i++) {
    const index = (low ^ chunk[i]!) & 255
    low = ((low >>> 8) | (high << 24)) ^ lows[index]!
    high = (high >>> 8) ^ highs[index]!
  }
  state.low = ~low
  state.high = ~high
}

/**
 * The check of two bodies one after the other, from the check of each and the second's length. Used to find a
 * multipart object's full checksum without reading its parts again.
 */
export function crcCombine(
  kind: keyof typeof polynomials,
  parts: readonly { crc: bigint; sizeBytes: number }[],
): bigint {
  const { bits, polynomial } = polynomials[kind]
  const one = 1n << BigInt(bits - 1)
  const shifts = new Map<number, bigint>()
  let whole = 0n
  for (const { crc, sizeBytes } of parts) {
    let shift = shifts.get(sizeBytes)
    if (shift === undefined) {
      shift = power(BigInt(sizeBytes) * 8n, polynomial, one)
      shifts.set(sizeBytes, shift)
    }
    whole = multiply(shift, whole, polynomial, one) ^ crc
  }
  return whole
}

/** x to the `exponent`, modulo the polynomial. */
function power(exponent: bigint, polynomial: bigint, one: bigint): bigint {
  let result = one
  let square = one >> 1n
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(square, result, polynomial, one)
    square = multiply(square, square, polynomial, one)
  }
  return result
}

/** Product of two polynomials modulo a third; the highest bit is the coefficient of x^0. */
function multiply(a: bigint, b: bigint, polynomial: bigint, one: bigint): bigint {
  let product = 0n
  let factor = b
  for (let bit = one; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n
  }
  return product
}

function buildTables32(polynomial: number): Int32Array {
  const t = new Int32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    t[n] = crc
  }
  for (let n = 256; n < t.length; n++) {
    const before = t[n - 256]!
    t[n] = t[before & 255]! ^ (before >>> 8)
  }
  return t
}

function buildTables64(polynomialHigh: number, polynomialLow: number): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(8 * 256)
  const high = new Int32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let l = n
    let h = 0
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (odd) {
        l ^= polynomialLow
        h ^= polynomialHigh
      }
    }
    low[n] = l
    high[n] = h
  }
  for (let n = 256; n < low.length; n++) {
    const l = low[n - 256]!
    const h = high[n - 256]!
    low[n] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!
    high[n] = (h >>> 8) ^ high[l & 255]!
  }
  return { low, high }
}
