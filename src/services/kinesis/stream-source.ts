import { awaited } from '../../kernel/awaited.ts'
import type { SourceRecord, StreamPage, StreamSource } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { findShard, type Located, locateArn, locateConsumer, readArn, shardId, streamArn } from './names.ts'
import { type ReadRecord, readRecords } from './reading.ts'
import { sequenceNumber } from './sequence.ts'
import { startOf } from './starting.ts'
import { dataRecord, type Shard, shard } from './state.ts'

const pageBytes = 10 * 1_048_576

/** A stream, or a consumer of one, as a source of events, read with the permissions of whoever polls. */
export async function streamSource(arn: string, host: Host): Promise<StreamSource> {
  const scope = readArn(arn)?.scope ?? { account: '', region: '' }
  const locate = (tx: ReadTx): Promise<Located> => (readArn(arn)?.consumer ? locateConsumer : locateArn)(tx, arn)
  const { stream: of } = await host.records.read(scope, locate)
  const ofStream = streamArn(scope, of.name)
  const byConsumer = ofStream !== arn
  const reading = <T>(action: string, principal: Principal, read: (tx: ReadTx, at: Located) => Promise<T>) =>
    host.records.read(scope, async (tx) => {
      const resource = action === 'SubscribeToShard' ? arn : ofStream
      await host.authorize(principal, [{ action: `kinesis:${action}`, resource }], {}, tx)
      return read(tx, await locate(tx))
    })

  const page = (id: string, after: string, max: number, principal: Principal): Promise<StreamPage> =>
    reading(byConsumer ? 'SubscribeToShard' : 'GetRecords', principal, async (tx, at) => {
      const found = await findShard(tx, at, id)
      const position = after === '' ? undefined : Buffer.from(after, 'hex')
      const want = { after: position, limit: max, maxBytes: pageBytes, nowMs: host.clock.nowMs() }
      const { records, ended } = await readRecords(tx, at.stream, found, want)
      const role = principal.session?.roleArn ?? principal.arn
      return {
        records: records.map((one) => sourceRecord(one, found, arn, scope.region, role)),
        ended: ended && records.length === 0,
      }
    })

  return {
    arn,
    infoName: 'KinesisBatchInfo',
    needed: byConsumer
      ? [needs('SubscribeToShard', arn), needs('DescribeStreamSummary', ofStream), needs('ListShards', ofStream)]
      : ['GetRecords', 'GetShardIterator', 'DescribeStream'].map((name) => needs(name, ofStream)),
    shards: (principal) =>
      // Either says which there are; what deployment tools let a function do is the one of these without a consumer.
      reading(byConsumer ? 'ListShards' : 'DescribeStream', principal, async (tx, { stream }) => {
        const found = []
        for await (const { value } of tx.range(shard.under(stream.id))) {
          const parents = [value.parent, value.adjacentParent].filter((number) => number !== undefined)
          found.push({ id: shardId(value.number), parents: parents.map(shardId) })
        }
        return found
      }),
    position: (id, start, principal) =>
      reading(byConsumer ? 'SubscribeToShard' : 'GetShardIterator', principal, async (tx, at) => {
        const found = await findShard(tx, at, id)
        const position = await startOf(tx, at.stream, found, start, host.clock.nowMs())
        return position ? Buffer.from(position).toString('hex') : ''
      }),
    async read({ shardId: id, after, max, waitMs, principal, signal }) {
      const first = await page(id, after, max, principal)
      if (first.records.length > 0 || first.ended || waitMs <= 0) return first
      const found = await host.records.read(scope, async (tx) => findShard(tx, await locate(tx), id))
      const ranges = [dataRecord.under(of.id, found.number), shard.under(of.id, found.number)]
      const next = await awaited(host, { scope, ranges, waitMs, signal }, async () => {
        const now = await page(id, after, max, principal)
        return now.records.length > 0 || now.ended ? now : undefined
      })
      return next ?? { records: [], ended: false }
    },
  }
}

const needs = (name: string, resource: string) => ({ action: `kinesis:${name}`, resource })

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
function sourceRecord(
  { position, through, record }: ReadRecord,
  of: Shard,
  arn: string,
  awsRegion: string,
  invokeIdentityArn: string,
): SourceRecord {
  const sequence = sequenceNumber(of, position)
  const kinesis = {
    kinesisSchemaVersion: '1.0',
    partitionKey: record.key,
    sequenceNumber: sequence,
    data: Buffer.from(record.data).toString('base64'),
    approximateArrivalTimestamp: record.atMs / 1_000,
  }
  return {
    position: Buffer.from(through).toString('hex'),
    sequenceNumber: sequence,
    atMs: record.atMs,
    key: record.key,
    event: {
      kinesis,
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId(of.number)}:${sequence}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn,
      awsRegion,
      eventSourceARN: arn,
    },
    filtered: () => ({ ...kinesis, data: dataOf(record.data) }),
  }
}

/** What patterns look at: JSON as what it says, anything else as text. */
function dataOf(data: Uint8Array): unknown {
  const text = Buffer.from(data).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
