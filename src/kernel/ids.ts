import { randomFillSync, randomUUID } from 'node:crypto'

/** Where identifiers come from, so that a test can make them repeat. */
export interface Ids {
  /** A version-4 UUID. */
  uuid(): string
  /** `length` characters drawn evenly from `alphabet` (at most 256 of them), fit for secrets. */
  token(length: number, alphabet: string): string
}

export const lowerAlphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789'
export const upperAlphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
/** The base32 alphabet that IAM's unique identifiers (AKIA…, AIDA…) use. */
export const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
export const mixedAlphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random bytes drawn ahead, each used once: asking for a few at a time costs far more than they do. */
const drawnAhead = Buffer.alloc(2_048)
let used = drawnAhead.length

function randomByte(): number {
  if (used === drawnAhead.length) {
    randomFillSync(drawnAhead)
    used = 0
  }
  const byte = drawnAhead[used]!
  drawnAhead[used++] = 0
  return byte
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  token(length, alphabet) {
    const limit = 256 - (256 % alphabet.length)
    let out = ''
    while (out.length < length) {
      const byte = randomByte()
      // Bytes past the largest multiple of the alphabet would favour its first letters.
      if (byte < limit) out += alphabet[byte % alphabet.length]
    }
    return out
  },
}
