import { hash } from 'node:crypto'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Tx } from '../../kernel/records.ts'
import { precisionOf } from './destination.ts'
import { type Destination, outgoingChange, type StreamRecord, type Table } from './state.ts'
import { imageOf } from './stream-records.ts'

interface Outgoing {
  readonly id: string
  readonly tableName: string
  readonly to: Destination
}

/** Writes that a change is to be told to the table's data stream, in the transaction of the change. */
export function sendChange(
  tx: Tx,
  { name: tableName }: Table,
  to: Destination,
  record: StreamRecord,
  { host, scope }: Pick<JobCtx, 'host' | 'scope'>,
): void {
  const id = host.ids.uuid()
  tx.set(outgoingChange(id), record)
  const data: Outgoing = { id, tableName, to }
  host.deliveries.schedule(tx, { kind: 'dynamodb:tellKinesis', scope, data })
}

/**
 * Brings a change to the data stream. Changes may come out of order, as on AWS: their times say which was first. After
 * about a day a change that the stream has not taken is forgotten.
 */
export const tellKinesis = {
  retry: { attempts: 100, minMs: 1_000, maxMs: 900_000 },
  target: ({ to }: Outgoing) => to.streamArn,
  async run({ id, tableName, to }: Outgoing, { host, scope }: JobCtx) {
    const target = await host.messageTarget(to.streamArn)
    await host.records.write(scope, async (tx) => {
      const record = await tx.get(outgoingChange(id))
      if (!record) return
      tx.delete(outgoingChange(id))
      // Changes of one item are in one shard.
      const groupId = hash('md5', record.keys).toUpperCase()
      const body = JSON.stringify(bodyOf(id, tableName, to, record, scope.region))
      await target.send(tx, { body, groupId }, serviceRole(scope.account))
    })
  },
  exhausted(tx, { id, tableName, to }, error, { host }) {
    tx.delete(outgoingChange(id))
    host.log.warn('dynamodb.change-not-delivered', { table: tableName, arn: to.streamArn, error: error.message })
  },
} satisfies Job<Outgoing>

/** As the service writes it to a stream: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_gettingstarted.html */
function bodyOf(eventID: string, tableName: string, to: Destination, record: StreamRecord, awsRegion: string) {
  const { name: eventName, atMs, keys, before, after, sizeBytes, byService } = record
  return {
    awsRegion,
    eventID,
    eventName,
    userIdentity: byService ? { type: 'Service', principalId: 'dynamodb.amazonaws.com' } : null,
    recordFormat: 'application/json',
    tableName,
    dynamodb: {
      ApproximateCreationDateTime: precisionOf(to) === 'MICROSECOND' ? atMs * 1_000 : atMs,
      Keys: JSON.parse(keys) as unknown,
      ...(after !== undefined && { NewImage: imageOf(after) }),
      ...(before !== undefined && { OldImage: imageOf(before) }),
      SizeBytes: sizeBytes,
      ...(to.precision && { ApproximateCreationDateTimePrecision: to.precision }),
    },
    eventSource: 'aws:dynamodb',
  }
}

/** On AWS it is a role of the service's own in the account, which may put records to the streams that were named. */
function serviceRole(account: string): Principal {
  return { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account }
}
