import { parseArn } from '../../kernel/arn.ts'
import { awaited } from '../../kernel/awaited.ts'
import type { SourceRecord, StreamPage, StreamSource } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Stream, streamRecord, streamTrimmed } from './state.ts'
import { findStream, lastPosition, type ReadChange, readChanges, streamName } from './stream-reading.ts'

/** A table's stream as a source of events, read with the permissions of whoever polls. */
export async function streamSource(arn: string, host: Host): Promise<StreamSource> {
  const parsed = parseArn(arn)
  const name = streamName(parsed?.resource ?? '')
  const scope: Scope = { account: parsed?.account ?? '', region: parsed?.region ?? '' }
  const found = await host.records.read(scope, (tx) => findStream(tx, name, arn))
  const reading = <T>(action: string, principal: Principal, read: (tx: ReadTx, from: Stream) => Promise<T>) =>
    host.records.read(scope, async (tx) => {
      await host.authorize(principal, [{ action: `dynamodb:${action}`, resource: arn }], {}, tx)
      return read(tx, await findStream(tx, name, arn))
    })

  async function page(after: string, max: number, principal: Principal): Promise<StreamPage> {
    const nowMs = host.clock.nowMs()
    return reading('GetRecords', principal, async (tx, from) => {
      const changes = await readChanges(tx, from, { after: positionOf(after), limit: max, nowMs })
      return {
        records: changes.map((change) => sourceRecord(change, from, arn, scope.region)),
        ended: changes.length === 0 && from.disabledAtMs !== undefined,
      }
    })
  }

  return {
    arn,
    infoName: 'DDBStreamBatchInfo',
    infoInSeconds: true,
    needed: [
      ...['GetRecords', 'GetShardIterator', 'DescribeStream'].map((name) => ({
        action: `dynamodb:${name}`,
        resource: arn,
      })),
      { action: 'dynamodb:ListStreams', resource: '*' },
    ],
    shards: (principal) =>
      reading('DescribeStream', principal, async (_, { shardId }) => [{ id: shardId, parents: [] }]),
    position: (_shardId, start, principal) =>
      reading('GetShardIterator', principal, async (tx, from) => {
        if (start.type === 'TRIM_HORIZON') return ''
        // Without a record the end is where trimming got to: the beginning, for a reader.
        const last = (await lastPosition(tx, from)) ?? (await tx.get(streamTrimmed(from.id)))
        return last ? Buffer.from(last).toString('hex') : ''
      }),
    async read({ after, max, waitMs, principal, signal }) {
      const first = await page(after, max, principal)
      if (first.records.length > 0 || first.ended || waitMs <= 0) return first
      const ranges = [streamRecord.under(found.id)]
      const next = await awaited(host, { scope, ranges, waitMs, signal }, async () => {
        const now = await page(after, max, principal)
        return now.records.length > 0 || now.ended ? now : undefined
      })
      return next ?? { records: [], ended: false }
    },
  }
}

function positionOf(after: string): Uint8Array | undefined {
  return after === '' ? undefined : Buffer.from(after, 'hex')
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
function sourceRecord({ position, atMs, change }: ReadChange, from: Stream, arn: string, region: string): SourceRecord {
  return {
    position: Buffer.from(position).toString('hex'),
    sequenceNumber: change.sequenceNumber,
    atMs,
    key: JSON.stringify(change.keys),
    event: {
      eventID: change.eventID,
      eventName: change.name,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      dynamodb: {
        ApproximateCreationDateTime: change.atSec,
        Keys: change.keys,
        ...(change.after ? { NewImage: change.after } : {}),
        ...(change.before ? { OldImage: change.before } : {}),
        SequenceNumber: change.sequenceNumber,
        SizeBytes: change.sizeBytes,
        StreamViewType: from.view,
      },
      ...(change.byService ? { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } } : {}),
      eventSourceARN: arn,
    },
  }
}
