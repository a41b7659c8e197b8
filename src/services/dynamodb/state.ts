import { keyspace } from '../../store/keyspace.ts'
import type { KeySchema } from './keys.ts'
import type { StoredItem } from './stored-item.ts'

const dynamodb = keyspace('dynamodb')

/** Read by every operation on items, so it holds no more than they need to know, and what seldom changes. */
export interface Table {
  readonly name: string
  /** Stands for the table in the keys of its items: a table made again under the same name is another one. */
  readonly id: string
  /** `TableId`. */
  readonly uuid: string
  readonly createdAtMs: number
  readonly key: KeySchema
  readonly attributeTypes: Readonly<Record<string, 'S' | 'N' | 'B'>>
  readonly indexes: readonly Index[]
  readonly billing: Billing
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS'
  readonly tableClassChangedAtMs?: number
  readonly deletionProtection: boolean
  /** Encryption with a KMS key was asked for; the key's ARN if one was named. */
  readonly encryption?: { readonly keyArn?: string }
  readonly timeToLive?: TimeToLive
}

export interface Index {
  readonly name: string
  /** Stands for the index in the keys of its entries. */
  readonly id: string
  readonly kind: 'global' | 'local'
  readonly key: KeySchema
  readonly projection: Projection
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING'
  /** Global ones of a provisioned table. */
  readonly throughput?: Throughput
  readonly onDemand?: OnDemand
}

export type Projection =
  | { readonly type: 'ALL' | 'KEYS_ONLY' }
  | { readonly type: 'INCLUDE'; readonly attributes: readonly string[] }

export interface Billing {
  readonly mode: 'PROVISIONED' | 'PAY_PER_REQUEST'
  readonly throughput?: Throughput
  readonly onDemand?: OnDemand
  readonly onDemandSinceMs?: number
}
export interface Throughput {
  readonly read: number
  readonly write: number
  readonly increasedAtMs?: number
  readonly decreasedAtMs?: number
}
export interface OnDemand {
  readonly maxRead?: number
  readonly maxWrite?: number
}

export interface TimeToLive {
  readonly attribute: string
  /** Stands for this setting in the keys of the expiry entries. */
  readonly id: string
}

export const table = dynamodb.record<Table, [name: string]>('table', { shared: true })
export const tags = dynamodb.record<Readonly<Record<string, string>>, [tableName: string]>('tags')

export const item = dynamodb.record<StoredItem, [tableId: string, partition: Uint8Array, sort: Uint8Array]>('item')

/** A copy of the projected attributes. The last part is a hash of the item's own position, which makes it unique. */
export const entry = dynamodb.record<
  StoredItem,
  [indexId: string, partition: Uint8Array, sort: Uint8Array, primary: Uint8Array]
>('entry')

/** Counters of a table or index: items, and their bytes. */
export const itemCount = dynamodb.record<number, [id: string]>('items')
export const byteCount = dynamodb.record<number, [id: string]>('bytes')
/** Bytes of an item collection (one partition and its local index entries), for tables with local indexes. */
export const collectionBytes = dynamodb.record<number, [tableId: string, partition: Uint8Array]>('collection')

/** Items in the order in which they expire. */
export const expiry = dynamodb.record<
  true,
  [timeToLiveId: string, expiresAtSec: number, partition: Uint8Array, sort: Uint8Array]
>('expiry')

/** What a ClientRequestToken was used for, and for how long it is remembered. */
export interface UsedToken {
  readonly requestHash: string
  readonly expiresAtMs: number
}
export const usedToken = dynamodb.record<UsedToken, [token: string]>('token')
/** Tokens in the order in which they may be forgotten. */
export const tokenExpiry = dynamodb.record<true, [expiresAtMs: number, token: string]>('tokenExpiry')
