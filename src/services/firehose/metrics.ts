import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'

type Unit = 'Count' | 'Bytes' | 'Seconds' | 'Milliseconds' | 'Bytes/Second'
/** By how the names of metrics end; what is not here is a count. */
const units: readonly (readonly [ending: string, Unit])[] = [
  ['Bytes', 'Bytes'],
  ['DataFreshness', 'Seconds'],
  ['JQProcessing.Duration', 'Milliseconds'],
  ['PerPartitionThroughput', 'Bytes/Second'],
]

/** Counts a number of a delivery stream. https://docs.aws.amazon.com/firehose/latest/dev/cloudwatch-metrics.html */
export function measure(
  { host, scope }: { readonly host: Host; readonly scope: Scope },
  DeliveryStreamName: string,
  values: Readonly<Record<string, number>>,
): void {
  const atMs = host.clock.nowMs()
  for (const [name, value] of Object.entries(values)) {
    const unit = units.find(([ending]) => name.endsWith(ending))?.[1] ?? 'Count'
    const dimensions = { DeliveryStreamName }
    host.metrics.put(scope, { namespace: 'AWS/Firehose', name, dimensions, unit, value, atMs })
  }
}
