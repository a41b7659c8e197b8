import { keyspace } from '../../store/keyspace.ts'

export interface AnomalyDetector {
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly stat: string
  /** Times that say nothing of what is usual, in epoch milliseconds; their ends are exclusive. */
  readonly excluded: readonly { readonly fromMs: number; readonly toMs: number }[]
  /** In whose hours the metric has its habits, an IANA name. */
  readonly timeZone?: string | undefined
  readonly periodicSpikes?: boolean | undefined
  readonly changedAtMs: number
}

const cloudwatch = keyspace('cloudwatch')

/** Dimensions as in `metric`. */
export const anomalyDetector = cloudwatch.record<
  AnomalyDetector,
  [namespace: string, name: string, dimensions: string, stat: string]
>('anomaly-detector')
