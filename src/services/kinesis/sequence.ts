/**
 * Sequence numbers, 56 decimal digits like those of the service: when the shard was made, the record's position in the
 * store, and the shard's number. Those of a child are greater than those of its parents, since it is made later.
 */
const positionDigits = 24
const secondDigits = 9
const shardDigits = 12
const form = new RegExp(`^2[0-9a-f]{${secondDigits + positionDigits + shardDigits}}2$`)

/** Before every record of a shard. */
export const beforeFirst: Uint8Array = new Uint8Array(positionDigits / 2)
/** Behind every record of a shard. */
export const behindLast: Uint8Array = new Uint8Array(positionDigits / 2).fill(0xff)

interface Numbered {
  readonly number: number
  readonly createdSec: number
}

export function sequenceNumber({ number, createdSec }: Numbered, position: Uint8Array): string {
  const seconds = createdSec.toString(16).padStart(secondDigits, '0')
  const middle = Buffer.from(position).toString('hex')
  return BigInt(`0x2${seconds}${middle}${number.toString(16).padStart(shardDigits, '0')}2`).toString()
}

/** The position of a sequence number; undefined when it is none of this shard. */
export function positionOf({ number, createdSec }: Numbered, text: string): Uint8Array | undefined {
  const hex = BigInt(text).toString(16)
  if (!form.test(hex)) return undefined
  const [seconds, end] = [1 + secondDigits, 1 + secondDigits + positionDigits]
  if (Number.parseInt(hex.slice(1, seconds), 16) !== createdSec) return undefined
  if (Number.parseInt(hex.slice(end, end + shardDigits), 16) !== number) return undefined
  return Buffer.from(hex.slice(seconds, end), 'hex')
}

/** The greatest position below this one. */
export function justBefore(position: Uint8Array): Uint8Array {
  const value = BigInt(`0x${Buffer.from(position).toString('hex')}`)
  return bytesOf(value === 0n ? 0n : value - 1n)
}

/** A number below 2⁹⁶ as a position. */
export function bytesOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(positionDigits, '0'), 'hex')
}
