import type { Delivering } from './batch.ts'

const units: Readonly<Record<string, 'Bytes' | 'Seconds'>> = {
  BytesIn: 'Bytes',
  BytesProcessed: 'Bytes',
  BytesOut: 'Bytes',
  DataFreshness: 'Seconds',
}

/** Counts numbers of a channel. https://docs.aws.amazon.com/streams/latest/dev/data-delivery-monitoring.html */
export function measureChannel(
  { host, scope, channel }: Pick<Delivering, 'host' | 'scope' | 'channel'>,
  values: Readonly<Record<string, number>>,
): void {
  const dimensions = { ChannelName: channel.name, ChannelId: channel.id, StreamName: channel.stream.name }
  const atMs = host.clock.nowMs()
  for (const [name, value] of Object.entries(values)) {
    const metric = { namespace: 'AWS/Kinesis', name: `DeliveryToS3.${name}`, unit: units[name] ?? ('Count' as const) }
    host.metrics.put(scope, { ...metric, dimensions, value, atMs })
  }
}
