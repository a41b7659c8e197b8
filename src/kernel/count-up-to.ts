import type { KeyPart, KeyRange, ReadTx } from './records.ts'

/** How many records a range holds, or `most` if there are more: what a quota asks before one more is made. */
export async function countUpTo(
  tx: Pick<ReadTx, 'keys'>,
  range: KeyRange<unknown, readonly KeyPart[]>,
  most: number,
): Promise<number> {
  let count = 0
  for await (const _ of tx.keys(range, { limit: most })) count++
  return count
}
