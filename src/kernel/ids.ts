import { randomBytes, randomUUID } from 'node:crypto'

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

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  token(length, alphabet) {
    const limit = 256 - (256 % alphabet.length)
    let out = ''
    while (out.length < length) {
      for (const byte of randomBytes(length - out.length + 8)) {
        // Bytes past the largest multiple of the alphabet would favour its first letters.
        if (byte < limit && out.length < length) out += alphabet[byte % alphabet.length]
      }
    }
    return out
  },
}
