import { base32, type Ids } from '../kernel/ids.ts'

/**
 * Access key ids as AWS makes them: four letters of kind, then 80 bits in base32 of which 40 are the account. So a key
 * names its account, and finding it needs no index over all accounts.
 */
export type AccessKeyKind = 'AKIA' | 'ASIA'

const randomBits = 39n
const randomMask = (1n << randomBits) - 1n

export function newAccessKeyId(kind: AccessKeyKind, account: string, ids: Ids): string {
  const random = fromBase32(ids.token(8, base32)) & randomMask
  return kind + toBase32((1n << 79n) | (BigInt(account) << randomBits) | random)
}

/** The account in a key id, or undefined when it holds none. */
export function accountOfAccessKey(accessKeyId: string): string | undefined {
  if (!/^A[A-Z]IA[Q-Z2-7][A-Z2-7]{15}$/.test(accessKeyId)) return undefined
  const account = (fromBase32(accessKeyId.slice(4)) >> randomBits) & ((1n << 40n) - 1n)
  return account > 999_999_999_999n ? undefined : account.toString().padStart(12, '0')
}

function toBase32(bits: bigint): string {
  let text = ''
  for (let i = 0n; i < 16n; i++) text = base32[Number((bits >> (5n * i)) & 31n)] + text
  return text
}

function fromBase32(text: string): bigint {
  let bits = 0n
  for (const character of text) bits = (bits << 5n) | BigInt(base32.indexOf(character))
  return bits
}
