import type { Host } from '../../kernel/host.ts'
import { dimensionsNamed } from '../../kernel/metric-dimensions.ts'
import { type Located, shardId } from './names.ts'

/** https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html */
const namespace = 'AWS/Kinesis'

const ofStream = dimensionsNamed('StreamName')

type Unit = 'Count' | 'Bytes' | 'Milliseconds'

/** Counts a number of a stream; also of a shard, when the stream is to tell this one shard by shard. */
export function measure(host: Host, at: Located, name: string, value: number, unit: Unit = 'Count'): void {
  put(host, at, ofStream(at.stream.name), name, value, unit)
}

export function measureShard(
  host: Host,
  at: Located,
  shard: number,
  name: string,
  value: number,
  unit: Unit = 'Count',
): void {
  if (!at.stream.shardMetrics.includes(name)) return
  put(host, at, { StreamName: at.stream.name, ShardId: shardId(shard) }, name, value, unit)
}

export function measureConsumer(
  host: Host,
  at: Located,
  ConsumerName: string,
  name: string,
  value: number,
  unit: Unit = 'Count',
): void {
  put(host, at, { StreamName: at.stream.name, ConsumerName }, name, value, unit)
}

function put(
  host: Host,
  { scope }: Located,
  dimensions: Readonly<Record<string, string>>,
  name: string,
  value: number,
  unit: Unit,
): void {
  host.metrics.put(scope, { namespace, name, dimensions, unit, value, atMs: host.clock.nowMs() })
}
