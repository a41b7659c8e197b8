import { keyspace } from '../../store/keyspace.ts'

/** Metrics of a namespace: all of them, or those named. */
export interface StreamFilter {
  readonly namespace: string
  readonly names?: readonly string[] | undefined
}

/** Statistics that some metrics are told with besides those that all are. */
export interface StreamStatistics {
  readonly metrics: readonly { readonly namespace: string; readonly name: string }[]
  readonly statistics: readonly string[]
}

/** Tells a Firehose of each minute of the metrics that it is about. */
export interface MetricStream {
  readonly name: string
  /** Of the two at most one is given; neither is all metrics. */
  readonly include?: readonly StreamFilter[] | undefined
  readonly exclude?: readonly StreamFilter[] | undefined
  readonly firehoseArn: string
  readonly roleArn: string
  readonly format: 'json'
  readonly statistics?: readonly StreamStatistics[] | undefined
  readonly running: boolean
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly tags: Readonly<Record<string, string>>
}

const cloudwatch = keyspace('cloudwatch')

export const metricStream = cloudwatch.record<MetricStream, [name: string]>('metric-stream')

/** Whether a stream is about a metric. */
export function streams({ include, exclude }: MetricStream, namespace: string, name: string): boolean {
  const within = (filters: readonly StreamFilter[]) =>
    filters.some((one) => one.namespace === namespace && (one.names?.includes(name) ?? true))
  if (include) return within(include)
  return !exclude || !within(exclude)
}

/** As whom a stream takes its role on. */
export const streamingService = 'streams.metrics.cloudwatch.amazonaws.com'
