import type { Principal } from '../../../kernel/principal.ts'
import { keyspace } from '../../../store/keyspace.ts'
import type { Compression } from '../bucket-files.ts'
import type { Table } from '../state.ts'

const dynamodb = keyspace('dynamodb')

export type OutputType = 'ERROR' | 'CONDITION_CHECK_FAILURE'

/** Items of files in a bucket, put into a table that is there. */
export interface BulkOperation {
  readonly id: string
  readonly table: Pick<Table, 'name' | 'id' | 'uuid'>
  /** Who asked for it, with whose permissions the buckets are used. */
  readonly principal: Principal
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly clientToken?: string
  readonly input: {
    readonly bucket: string
    readonly bucketOwner?: string
    readonly prefix?: string
    readonly format: 'DYNAMODB_JSON' | 'ION'
    readonly compression?: Compression
  }
  readonly output: {
    readonly bucket: string
    readonly bucketOwner?: string
    readonly prefix?: string
    readonly sseAlgorithm?: 'AES256' | 'KMS'
    readonly sseKmsKeyId?: string
    readonly types: readonly OutputType[]
  }
  readonly maxWriteUnits?: number
  readonly tier: 'STANDARD' | 'ACCELERATED'
  /** Of all input objects together, once that is known. */
  readonly totalBytes?: number
  readonly progress: BulkProgress
  readonly failure?: { readonly code: string; readonly message: string }
}

/** How far it has come: written together with the items, so that after a crash it goes on from there. */
export interface BulkProgress {
  /** The last object that is done with, and the sizes of all that are. */
  readonly doneKey?: string
  readonly doneBytes: number
  /** Lines of the object after it that are done with, and what was read of it for that. */
  readonly lines: number
  readonly readBytes: number
  readonly items: number
  readonly failed: number
  readonly conditionsFailed: number
  readonly usage: BulkUsage
  /** Output that waits to be written to the bucket, and files that were. */
  readonly waiting: { readonly records: number; readonly length: number }
  readonly files: number
}

/** Bytes by index; of vector indexes told apart from the rest. */
export interface BulkUsage {
  readonly table: number
  readonly local: Readonly<Record<string, number>>
  readonly global: Readonly<Record<string, number>>
  readonly vectors: Readonly<Record<string, number>>
}

/** Ids sort by the time at which the operation was asked for. */
export const bulkOperation = dynamodb.record<BulkOperation, [id: string]>('bulk')
/** A line of output, deflated when it is long; in the order of the input. */
export const bulkOutput = dynamodb.record<string | Uint8Array, [id: string, type: OutputType, ordinal: number]>(
  'bulkOutput',
)
/** A file that was written, as the manifest tells it. */
export const bulkFile = dynamodb.record<string, [id: string, number: number]>('bulkFile')
