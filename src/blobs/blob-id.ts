import { randomBytes } from 'node:crypto'
import { StoreError } from '../kernel/store.ts'

/** `s-…` is one file, `m-…` a folder of segments. The rest is random; it says nothing and is never guessed. */
export type BlobId = `${'s' | 'm'}-${string}`

const syntax = /^[sm]-[0-9a-f]{32}$/

export const newBlobId = (kind: 's' | 'm'): BlobId => `${kind}-${randomBytes(16).toString('hex')}`

/** The id of a reference that came back from a record or a caller. Nothing else is ever made into a path. */
export function checkedBlobId(id: string): BlobId {
  if (!syntax.test(id)) throw new StoreError('io', 'This is not a reference to a stored body.')
  return id as BlobId
}
