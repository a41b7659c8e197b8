import type { ExportTaskStatusCode } from '@aws-sdk/client-cloudwatch-logs'
import { keyspace } from '../../store/keyspace.ts'

/** Events of a group that are written to a bucket. */
export interface ExportTask {
  readonly id: string
  readonly name?: string | undefined
  readonly group: string
  readonly generation: string
  readonly streamPrefix: string
  readonly fromMs: number
  /** Inclusive. */
  readonly toMs: number
  readonly bucket: string
  readonly prefix: string
  readonly status: ExportTaskStatusCode
  readonly message?: string | undefined
  readonly createdAtMs: number
  readonly endedAtMs?: number | undefined
}

const logs = keyspace('logs')

export const exportTask = logs.record<ExportTask, [id: string]>('export-task')
/** The one task of the account and region that is not over: its id. */
export const activeExport = logs.record<string, []>('export-active')
