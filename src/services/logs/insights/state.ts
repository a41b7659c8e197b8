import type { QueryStatus } from '@aws-sdk/client-cloudwatch-logs'
import type { BlobRef } from '../../../kernel/blobs.ts'
import { keyspace } from '../../../store/keyspace.ts'

/** A query that was started: what it asks, and how far it is. */
export interface Query {
  readonly id: string
  readonly text: string
  readonly groups: readonly string[]
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  /** Results at most, unless the query says fewer. */
  readonly limit: number
  readonly status: QueryStatus
  readonly createdAtMs: number
  readonly endedAtMs?: number | undefined
  readonly startedBy: string
  readonly statistics: Statistics
  /** JSON of rows of `[field, value]` pairs. */
  readonly results?: BlobRef | undefined
  /** The scheduled query that started it, and for which time. */
  readonly scheduled?: { readonly id: string; readonly atMs: number } | undefined
}

export interface Statistics {
  readonly recordsMatched: number
  readonly recordsScanned: number
  readonly bytesScanned: number
  /** What indexes spared it to read. */
  readonly estimatedRecordsSkipped?: number | undefined
  readonly estimatedBytesSkipped?: number | undefined
}

export interface QueryDefinition {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly language: 'CWLI' | 'SQL' | 'PPL'
  readonly groups?: readonly string[] | undefined
  readonly parameters?: readonly Parameter[] | undefined
  readonly modifiedAtMs: number
}

interface Parameter {
  readonly name: string
  readonly defaultValue?: string | undefined
  readonly description?: string | undefined
}

const logs = keyspace('logs')

export const query = logs.record<Query, [id: string]>('query')
/** In the order in which they were started. */
export const queryByTime = logs.record<true, [createdAtMs: number, id: string]>('query-by-time')
/** Those that are not over. */
export const running = logs.record<true, [id: string]>('query-running')
export const definition = logs.record<QueryDefinition, [id: string]>('query-definition')
