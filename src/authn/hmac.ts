import { hash, timingSafeEqual } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32

/**
 * An HMAC-SHA-256 key with its padded blocks made once. With the one-shot `crypto.hash` this takes a third of the
 * time of `createHmac`, which builds an object and pads the key on every call (bench/sigv4.ts).
 */
export interface HmacKey {
  readonly inner: Uint8Array
  readonly outer: Uint8Array
}

export function hmacKey(secret: Uint8Array): HmacKey {
  const key = secret.length > blockBytes ? hash('sha256', secret, 'buffer') : secret
  const inner = new Uint8Array(blockBytes).fill(0x36)
  // The outer block has room for the inner digest behind it.
  const outer = new Uint8Array(blockBytes + digestBytes).fill(0x5c)
  for (let i = 0; i < key.length; i++) {
    inner[i]! ^= key[i]!
    outer[i]! ^= key[i]!
  }
  return { inner, outer }
}

// One scratch buffer serves all: nothing here awaits between filling it and hashing it.
let scratch = Buffer.allocUnsafeSlow(4096)

/** HMAC of a text whose characters are bytes (latin1). */
export function hmac(key: HmacKey, text: string): Buffer {
  const size = blockBytes + text.length
  if (scratch.length < size) scratch = Buffer.allocUnsafeSlow(size * 2)
  scratch.set(key.inner)
  scratch.write(text, blockBytes, 'latin1')
  key.outer.set(hash('sha256', scratch.subarray(0, size), 'buffer'), blockBytes)
  return hash('sha256', key.outer, 'buffer')
}

/** SHA-256 in hex of a text whose characters are bytes (latin1), or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  if (typeof data !== 'string') return hash('sha256', data, 'hex')
  if (scratch.length < data.length) scratch = Buffer.allocUnsafeSlow(data.length * 2)
  const size = scratch.write(data, 0, 'latin1')
  return hash('sha256', scratch.subarray(0, size), 'hex')
}

export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Whether two texts are equal, in time that depends on their lengths alone. */
export function equalSecret(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const left = Buffer.from(a, 'utf8')
  const right = Buffer.from(b, 'utf8')
  return left.length === right.length && timingSafeEqual(left, right)
}
