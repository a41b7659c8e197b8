import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Input } from '../../kernel/operation.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { LogCondition } from './log-alarm-state.ts'

export type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'
  | BandComparison
/** With the edges of a band that anomaly detection makes. */
export type BandComparison =
  | 'LessThanLowerOrGreaterThanUpperThreshold'
  | 'LessThanLowerThreshold'
  | 'GreaterThanUpperThreshold'

/** What a metric alarm looks at, as it was given. */
export interface MetricCondition {
  readonly namespace?: string | undefined
  readonly metricName?: string | undefined
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic?: string | undefined
  readonly extendedStatistic?: string | undefined
  readonly periodSec?: number | undefined
  readonly unit?: string | undefined
  readonly queries?: readonly Input<MetricDataQuery>[] | undefined
  readonly evaluationPeriods: number
  readonly datapointsToAlarm?: number | undefined
  /** Absent where a band is what values are compared with. */
  readonly threshold?: number | undefined
  /** The id of the query that makes that band. */
  readonly bandId?: string | undefined
  readonly comparison: Comparison
  readonly treatMissing?: 'breaching' | 'notBreaching' | 'ignore' | 'missing' | undefined
  readonly lowSample?: 'evaluate' | 'ignore' | undefined
}

export interface AlarmState {
  readonly value: StateValue
  readonly reason: string
  /** JSON text. */
  readonly reasonData?: string | undefined
  readonly updatedAtMs: number
  /** When the value last became another. */
  readonly changedAtMs: number
}

export interface Alarm {
  readonly name: string
  readonly description?: string | undefined
  readonly actionsEnabled: boolean
  /** ARNs, by the state whose coming they are told of. */
  readonly actions: Readonly<Record<StateValue, readonly string[]>>
  readonly configuredAtMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly state: AlarmState
  /** Of metric alarms. */
  readonly condition?: MetricCondition | undefined
  /** Of composite alarms: the rule's text, which names other alarms. */
  readonly rule?: string | undefined
  /** Of log alarms. */
  readonly logs?: LogCondition | undefined
  /** What there is to say of how it is evaluated, if anything. */
  readonly evaluation?: 'PARTIAL_DATA' | 'EVALUATION_ERROR' | 'EVALUATION_FAILURE' | undefined
}

export type AlarmType = 'MetricAlarm' | 'CompositeAlarm' | 'LogAlarm'

export function typeOf({ rule, logs }: Pick<Alarm, 'rule' | 'logs'>): AlarmType {
  if (logs) return 'LogAlarm'
  return rule === undefined ? 'MetricAlarm' : 'CompositeAlarm'
}

export interface HistoryItem {
  readonly name: string
  readonly isComposite: boolean
  readonly isOfLogs?: boolean
  readonly atMs: number
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action'
  readonly summary: string
  /** JSON text. */
  readonly data: string
}

const cloudwatch = keyspace('cloudwatch')

export const alarm = cloudwatch.record<Alarm, [name: string]>('alarm', { shared: true })
/** Alarms on one metric, for DescribeAlarmsForMetric. */
export const alarmOfMetric = cloudwatch.record<true, [namespace: string, metricName: string, alarm: string]>(
  'alarm-of-metric',
)
/** Composite alarms that an alarm's state decides. */
export const parentOf = cloudwatch.record<true, [child: string, parent: string]>('alarm-parent')
/** What happened, of all alarms in order of time; kept for 30 days, also of alarms that are gone. */
export const history = cloudwatch.record<HistoryItem, [atMs: number, id: string]>('alarm-history')
/** The same by alarm. */
export const historyOf = cloudwatch.record<true, [name: string, atMs: number, id: string]>('alarm-history-of')

/** What a job tells of a state that came: the alarm as it was then, and before. */
export interface Announcement {
  readonly alarm: Alarm
  readonly previous: AlarmState
  /** Of a log alarm: what its query found. */
  readonly logLines?: readonly string[]
}
