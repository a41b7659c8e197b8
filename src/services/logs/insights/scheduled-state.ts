import type { ScheduledQueryDestination } from '@aws-sdk/client-cloudwatch-logs'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { keyspace } from '../../../store/keyspace.ts'

/** A query that runs by the clock. */
export interface ScheduledQuery {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly text: string
  readonly groups: readonly string[]
  /** `cron(…)`. */
  readonly expression: string
  readonly timeZone?: string | undefined
  /** How far it looks back from its time. */
  readonly offsetSec?: number | undefined
  readonly destination?: ResultDestination | undefined
  readonly startAtMs?: number | undefined
  readonly endAtMs?: number | undefined
  readonly executionRoleArn: string
  readonly enabled: boolean
  readonly tags: Readonly<Record<string, string>>
  /** The time that it waits for; absent when there is none, or it is disabled. */
  readonly nextAtMs?: number | undefined
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

/** Where in a bucket results go, and as whom they are put there. */
export interface ResultDestination {
  readonly uri: string
  readonly roleArn: string
  readonly ownerAccountId?: string | undefined
  readonly kmsKeyId?: string | undefined
}

/** One time that a scheduled query ran for. */
export interface ScheduledRun {
  readonly queryId?: string | undefined
  readonly status: 'Running' | 'InvalidQuery' | 'Complete' | 'Failed' | 'Timeout'
  readonly error?: string | undefined
  readonly delivery?: Pick<ScheduledQueryDestination, 'status' | 'processedIdentifier' | 'errorMessage'> | undefined
}

const logs = keyspace('logs')

export const scheduledQuery = logs.record<ScheduledQuery, [name: string]>('scheduled-query')
export const scheduledName = logs.record<string, [id: string]>('scheduled-query-name')
export const scheduledRun = logs.record<ScheduledRun, [id: string, atMs: number]>('scheduled-query-run')

export function scheduledQueryArn({ region, account }: Scope, id: string): string {
  return `arn:aws:logs:${region}:${account}:scheduled-query:${id}`
}

/** The scheduled query of a name or an ARN, if it is here. */
export async function scheduledQueryOf(tx: ReadTx, identifier: string): Promise<ScheduledQuery | undefined> {
  if (!identifier.startsWith('arn:')) return await tx.get(scheduledQuery(identifier))
  const id = /:scheduled-query:([\w-]+)$/.exec(identifier)?.[1]
  if (id === undefined || identifier !== scheduledQueryArn(tx.scope, id)) return undefined
  const name = await tx.get(scheduledName(id))
  return name === undefined ? undefined : await tx.get(scheduledQuery(name))
}
