import { keyspace } from '../../../store/keyspace.ts'
import type { KeyAttribute } from '../keys.ts'
import type { Projection } from '../state.ts'
import type { StoredItem } from '../stored-item.ts'

const dynamodb = keyspace('dynamodb')

export type Distance = 'COSINE' | 'DOT_PRODUCT' | 'EUCLIDEAN'

/** An attribute that searches name: the partition that they look into (HASH), or what they keep of it. */
export interface SearchAttribute extends KeyAttribute {
  readonly role: 'HASH' | 'INLINE_FILTER'
}

/** An index by nearness. */
export interface VectorIndex {
  readonly name: string
  /** Stands for the index in the keys of its vectors. */
  readonly id: string
  /** The attribute whose list of numbers is the vector. */
  readonly attribute: string
  readonly dimensions: number
  readonly distance: Distance
  readonly searchSchema: readonly SearchAttribute[]
  readonly projection: Projection
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING'
}

/** How many of the attributes that a table's indexes may be given to hold it takes: keys and HASH do not count. */
export function countedAttributes({ searchSchema, projection }: VectorIndex): number {
  const filters = searchSchema.filter(({ role }) => role === 'INLINE_FILTER').length
  return 1 + filters + (projection.type === 'INCLUDE' ? projection.attributes.length : 0)
}

/** What a search looks at of each item, apart from what it answers: so that it reads little. */
export interface StoredVector {
  /** 32-bit floats, least byte first. */
  readonly floats: Uint8Array
  /** JSON of the item's inline filter attributes, where it has any. */
  readonly filters?: string
}

/** The partition is empty bytes where the index has no HASH; the last part is a hash of the item's own position. */
export const vector = dynamodb.record<StoredVector, [indexId: string, partition: Uint8Array, primary: Uint8Array]>(
  'vector',
)

/** The projected attributes without the vector. Its size is the whole entry's, the vector at four bytes a dimension. */
export const vectorItem = dynamodb.record<StoredItem, [indexId: string, primary: Uint8Array]>('vectorItem')
