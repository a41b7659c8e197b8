import type { ReadTx } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Comparison } from './alarm-state.ts'

/** What a log alarm asks of which log groups, when, and what it compares the answers with. */
export interface LogCondition {
  readonly query: string
  /** Names or ARNs of log groups, as they were given. */
  readonly groups: readonly string[]
  readonly roleArn: string
  /** `rate(5 minutes)`. */
  readonly expression: string
  /** A run looks at what came from this long before its time until this long before it. */
  readonly startOffsetSec: number
  readonly endOffsetSec?: number | undefined
  /** `avg(latency) by host | sort desc`. */
  readonly aggregation: string
  readonly queryTags?: Readonly<Record<string, string>> | undefined
  /** How many results are looked at, and how many of them must breach. */
  readonly results: number
  readonly resultsToAlarm: number
  readonly threshold: number
  readonly comparison: Comparison
  readonly treatMissing?: 'breaching' | 'notBreaching' | 'ignore' | 'missing' | undefined
  /** How many log lines actions are told, and as whom they are read. */
  readonly lines?: number | undefined
  readonly linesRoleArn?: string | undefined
  readonly warmUp?: WarmUp | undefined
}

/** A time after its creation in which an alarm says nothing. */
export interface WarmUp {
  readonly fromMs: number
  readonly minutes: number
  /** Not over earlier, however much is known by then. */
  readonly whole?: boolean | undefined
}

/** One value of a run, with what it is grouped by. */
export interface LogValue {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a run came to. */
export interface LogResult {
  readonly values: readonly LogValue[]
  /** There were more groups than are looked at. */
  readonly partial?: boolean
}

/** The run that waits for its time, or of which a query is under way. */
export interface LogRun {
  readonly atMs: number
  readonly queryId?: string
  /** There once the values are known, and the query is for the log lines that actions are told. */
  readonly result?: LogResult
}

const cloudwatch = keyspace('cloudwatch')

export const logRun = cloudwatch.record<LogRun, [alarm: string]>('log-alarm-run')
export const logResult = cloudwatch.record<LogResult, [alarm: string, atMs: number]>('log-alarm-result')

/** The last results of an alarm, oldest first. */
export async function lastResults(
  tx: ReadTx,
  name: string,
  count: number,
): Promise<{ atMs: number; result: LogResult }[]> {
  const found: { atMs: number; result: LogResult }[] = []
  if (count <= 0) return found
  for await (const { key, value } of tx.range(logResult.under(name), { reverse: true, limit: count }))
    found.push({ atMs: key[1], result: value })
  return found.reverse()
}
