import type { InputFor } from '../../kernel/operation.ts'
import type { Principal } from '../../kernel/principal.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Api } from './api.ts'
import type { KeySchema } from './keys.ts'
import type { StoredItem } from './stored-item.ts'
import type { VectorIndex } from './vectors/state.ts'

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
  /** Absent when there are none. */
  readonly vectorIndexes?: readonly VectorIndex[]
  readonly billing: Billing
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS'
  readonly tableClassChangedAtMs?: number
  readonly deletionProtection: boolean
  /** Encryption with a KMS key was asked for; the key's ARN if one was named. */
  readonly encryption?: { readonly keyArn?: string }
  readonly timeToLive?: TimeToLive
  /** Where changes of items are written to, while that is switched on. */
  readonly stream?: TableStream
  /** The data stream of Kinesis that changes of items are sent to, or were until that was switched off. */
  readonly destination?: Destination
  /** Also of a stream that was switched off since. */
  readonly latestStreamLabel?: string
  readonly policy?: ResourcePolicy
  /** Backups in progress, for which writes keep what they change. */
  readonly copying?: readonly string[]
  /** Point-in-time recovery, while that is on. */
  readonly recovery?: Recovery
  /** What it was made from: a backup of a table, or what the table was at a time. */
  readonly restored?: { readonly backupArn?: string; readonly tableArn: string; readonly atMs: number }
  /** Its items are still being put back, or imported: it takes no requests. */
  readonly restoring?: true
}

export interface Destination {
  readonly streamArn: string
  readonly active: boolean
  /** Of the times in records, as far as it was asked for. */
  readonly precision?: 'MILLISECOND' | 'MICROSECOND'
}

/** How far back a table can be made again as it was. */
export interface Recovery {
  /** Stands for this setting in the keys of what is kept of the past. */
  readonly id: string
  readonly sinceMs: number
  readonly days: number
}

export interface Backup {
  readonly id: string
  readonly name: string
  /** As it was. */
  readonly table: Table
  readonly createdAtMs: number
  readonly status: 'CREATING' | 'AVAILABLE'
  readonly sizeBytes: number
  readonly items: number
  /** Ids of the tables that are being made from it. */
  readonly restoring: readonly string[]
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

/** A resource-based policy (JSON text). */
export interface ResourcePolicy {
  readonly text: string
  readonly revisionId: string
}

export type StreamView = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'

/** What a write needs to know of the stream. */
export interface TableStream {
  /** Stands for the stream in the keys of its records. */
  readonly id: string
  readonly label: string
  readonly view: StreamView
}

/** A stream, from when it was switched on until a day after it was switched off. It has one shard. */
export interface Stream extends TableStream {
  readonly tableName: string
  readonly key: KeySchema
  readonly shardId: string
  readonly createdAtMs: number
  readonly disabledAtMs?: number
  readonly policy?: ResourcePolicy
}

/** One change of an item, with the images that the stream's view asks for. */
export interface StreamRecord {
  readonly name: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly atMs: number
  /** JSON of items, deflated when two of them would not fit into a record. */
  readonly keys: string
  readonly before?: string | Uint8Array
  readonly after?: string | Uint8Array
  readonly sizeBytes: number
  /** The table did it by itself: time to live. */
  readonly byService?: true
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

/** Ids sort by the time at which the backup was asked for. */
export const backup = dynamodb.record<Backup, [tableName: string, id: string]>('backup')
/** What a backup holds; without `stored` that nothing was there. */
export const backupItem = dynamodb.record<
  { readonly stored?: StoredItem },
  [backupId: string, partition: Uint8Array, sort: Uint8Array]
>('backupItem')

/**
 * What an item was until it changed at that time; without `stored` that there was none. Changes of one millisecond are
 * one: what was before the first.
 */
export const past = dynamodb.record<
  { readonly stored?: StoredItem },
  [recoveryId: string, partition: Uint8Array, sort: Uint8Array, changedAtMs: number]
>('past')
/** The same in order of time, which is the order in which it is forgotten. */
export const pastInTime = dynamodb.record<
  true,
  [recoveryId: string, changedAtMs: number, partition: Uint8Array, sort: Uint8Array]
>('pastInTime')
/** Who reads the past, and of what time: nothing later is forgotten meanwhile. */
export const pastReader = dynamodb.record<number, [recoveryId: string, readerId: string]>('pastReader')

/** A table's past, written to a bucket. */
export interface Export {
  readonly id: string
  readonly table: Pick<Table, 'name' | 'id' | 'uuid' | 'key'>
  readonly recoveryId: string
  /** Who asked for it, with whose permissions the bucket is written. */
  readonly principal: Principal
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly startedAtMs: number
  readonly endedAtMs?: number
  /** The time it tells of; of changes, the last. */
  readonly atMs: number
  /** Only what changed since then, and how it is told. */
  readonly changes?: { readonly sinceMs: number; readonly view: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES' }
  readonly clientToken?: string
  readonly bucket: string
  readonly bucketOwner?: string
  readonly prefix?: string
  readonly sseAlgorithm?: 'AES256' | 'KMS'
  readonly sseKmsKeyId?: string
  readonly items?: number
  readonly bytes?: number
  readonly failure?: { readonly code: string; readonly message: string }
}
/** Ids sort by the time at which the export was asked for. */
export const tableExport = dynamodb.record<Export, [tableName: string, id: string]>('export')

/** A table made from files in a bucket. */
export interface Import {
  readonly id: string
  readonly table: Pick<Table, 'name' | 'id' | 'uuid'>
  /** Who asked for it, with whose permissions the bucket is read. */
  readonly principal: Principal
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly clientToken?: string
  readonly bucket: string
  readonly bucketOwner?: string
  readonly prefix?: string
  readonly format: 'DYNAMODB_JSON' | 'ION' | 'CSV'
  readonly compression: 'NONE' | 'GZIP' | 'ZSTD'
  readonly csv?: { readonly delimiter?: string; readonly header?: readonly string[] }
  /** As asked for, to be told again. */
  readonly creation: InputFor<Api, 'ImportTable'>['TableCreationParameters']
  readonly progress: ImportProgress
  readonly failure?: { readonly code: string; readonly message: string }
}
export interface ImportProgress {
  readonly bytes: number
  readonly items: number
  readonly imported: number
}
/** Ids sort by the time at which the import was asked for. */
export const tableImport = dynamodb.record<Import, [tableName: string, id: string]>('import')

/** Labels sort by the time at which the stream was switched on. */
export const stream = dynamodb.record<Stream, [tableName: string, label: string]>('stream')
/** The shard: appended by writes, read from front to back. */
export const streamRecord = dynamodb.record<StreamRecord, [streamId: string, position: Uint8Array]>('streamRecord')
/** The position of the last record that was trimmed. */
export const streamTrimmed = dynamodb.record<Uint8Array, [streamId: string]>('streamTrimmed')

/** Changes that the table's destination has not been told yet. */
export const outgoingChange = dynamodb.record<StreamRecord, [id: string]>('outgoingChange')

/** What a ClientRequestToken was used for, and for how long it is remembered. */
export interface UsedToken {
  readonly requestHash: string
  readonly expiresAtMs: number
}
export const usedToken = dynamodb.record<UsedToken, [token: string]>('token')
/** Tokens in the order in which they may be forgotten. */
export const tokenExpiry = dynamodb.record<true, [expiresAtMs: number, token: string]>('tokenExpiry')
