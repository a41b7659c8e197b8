import type { EvaluationFrequency } from '@aws-sdk/client-cloudwatch-logs'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { keyspace } from '../../../store/keyspace.ts'
import type { Habit } from './habit.ts'

/** Looks at a log group's events, window by window, for what is unusual (docs/decisions/016-log-anomalies.md). */
export interface Detector {
  readonly id: string
  readonly name?: string | undefined
  readonly group: string
  readonly frequency: EvaluationFrequency
  readonly filterPattern?: string | undefined
  readonly visibilityDays: number
  readonly kmsKeyId?: string | undefined
  readonly enabled: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  /** Where the window begins that it looks at next. */
  readonly fromMs: number
  /** What it does with a window; at first it learns from what was there before it. */
  readonly stage: 'past' | 'training' | 'analyzing'
  /** The first window that it met a message in, by its number since 1970. */
  readonly firstAt?: number | undefined
  /** Patterns that it knows. */
  readonly patterns: number
}

/** A form that messages have, and how often they have it. */
export interface Pattern {
  readonly text: string
  readonly habit: Habit
}

/** Something unusual about a pattern; there is one of each at most. */
export interface Anomaly {
  readonly id: string
  readonly text: string
  readonly kind: 'new' | 'spike'
  readonly priority: 'HIGH' | 'MEDIUM' | 'LOW'
  readonly group: string
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Beginnings of windows and how often it came in them: the newest. */
  readonly histogram: readonly (readonly [atMs: number, count: number])[]
  readonly samples: readonly { readonly timestamp: number; readonly message: string }[]
  readonly suppression?: Suppression | undefined
  /** It is taken for usual from now on. */
  readonly baseline?: boolean | undefined
}

export interface Suppression {
  readonly atMs: number
  /** 0: for ever. */
  readonly untilMs: number
  readonly ofPattern: boolean
}

const logs = keyspace('logs')

export const detector = logs.record<Detector, [id: string]>('anomaly-detector')
export const pattern = logs.record<Pattern, [detectorId: string, patternId: string]>('anomaly-pattern')
export const anomaly = logs.record<Anomaly, [detectorId: string, patternId: string]>('anomaly')

export const frequencyMs: Readonly<Record<EvaluationFrequency, number>> = {
  ...{ ONE_MIN: 60_000, FIVE_MIN: 300_000, TEN_MIN: 600_000 },
  ...{ FIFTEEN_MIN: 900_000, THIRTY_MIN: 1_800_000, ONE_HOUR: 3_600_000 },
}

export const isSuppressed = ({ suppression }: Anomaly, nowMs: number) =>
  suppression !== undefined && (suppression.untilMs === 0 || nowMs < suppression.untilMs)

/** What has been visible for its time is usual, too. */
export const isBaseline = ({ baseline, firstAtMs }: Anomaly, { visibilityDays }: Detector, nowMs: number) =>
  baseline === true || nowMs >= firstAtMs + visibilityDays * 86_400_000

export function detectorArn({ region, account }: Scope, id: string): string {
  return `arn:aws:logs:${region}:${account}:anomaly-detector:${id}`
}

/** The detector of an ARN, if it is here. */
export async function detectorOf(tx: ReadTx, arn: string): Promise<Detector | undefined> {
  const id = /:anomaly-detector:([\w-]+)$/.exec(arn)?.[1]
  return id !== undefined && arn === detectorArn(tx.scope, id) ? await tx.get(detector(id)) : undefined
}
