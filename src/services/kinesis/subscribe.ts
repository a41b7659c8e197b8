import { awaited } from '../../kernel/awaited.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { measureConsumer } from './metrics.ts'
import { findShard, type LocatedConsumer, locateActive, locateConsumer, refuse, streamArn } from './names.ts'
import { type Page, readRecords } from './reading.ts'
import { childrenOf, describeRecords } from './records.ts'
import { beforeFirst, sequenceNumber } from './sequence.ts'
import { startOf } from './starting.ts'
import { dataRecord, type Shard, shard } from './state.ts'
import { readBytes } from './throughput.ts'

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html */
const lastsMs = 300_000
/** A subscription that is younger keeps its shard; an older one is ended by the next. */
const keptMs = 5_000
/** Without records an event says so, so that nobody takes the connection for dead. */
const quietMs = 5_000
const eventRecords = 1_000
const eventBytes = 1_048_576

interface Subscription {
  readonly startedAtMs: number
  readonly end: AbortController
}
const subscriptions = new WeakMap<Host, Map<string, Subscription>>()

export const subscribing = operations<Api>()({
  SubscribeToShard: {
    authorize: ({ ConsumerARN }) => [{ action: 'kinesis:SubscribeToShard', resource: ConsumerARN }],
    async call(input, ctx) {
      refuse(input, 'StreamId', 'DryRun')
      const { ConsumerARN, ShardId, StartingPosition } = input
      const { at, found, after } = await ctx.read(async (tx) => {
        const at = await locateConsumer(tx, ConsumerARN)
        await locateActive(tx, { StreamARN: streamArn(at.scope, at.stream.name) })
        const found = await findShard(tx, at, ShardId)
        const start = {
          type: StartingPosition.Type,
          sequenceNumber: StartingPosition.SequenceNumber,
          atMs: StartingPosition.Timestamp?.getTime(),
        }
        return { at, found, after: await startOf(tx.in(at.scope), at.stream, found, start, ctx.nowMs) }
      })
      const end = claim(ctx.host, `${ConsumerARN} ${ShardId}`, ctx.nowMs)
      const signal = AbortSignal.any([ctx.signal, end.signal])
      return { EventStream: events(ctx.host, ConsumerARN, at, found, after, signal, end) }
    },
  },
})

/** Takes a consumer's shard over. Throws ResourceInUseException when somebody just did. */
function claim(host: Host, key: string, nowMs: number): AbortController {
  const known = subscriptions.get(host) ?? new Map<string, Subscription>()
  subscriptions.set(host, known)
  const before = known.get(key)
  if (before && nowMs - before.startedAtMs < keptMs) {
    throw awsError(
      'ResourceInUseException',
      'Another active subscription exists for this consumer and shard, and is less than 5 seconds old.',
    )
  }
  before?.end.abort()
  const own = { startedAtMs: nowMs, end: new AbortController() }
  known.set(key, own)
  own.end.signal.addEventListener('abort', () => {
    if (known.get(key) === own) known.delete(key)
  })
  return own.end
}

/** What is put into the shard, as it comes, for five minutes or until the shard ends. */
async function* events(
  host: Host,
  arn: string,
  at: LocatedConsumer,
  of: Shard,
  start: Uint8Array | undefined,
  signal: AbortSignal,
  end: AbortController,
) {
  const untilMs = host.clock.nowMs() + lastsMs
  const ranges = [dataRecord.under(at.stream.id, of.number), shard.under(at.stream.id, of.number)]
  let after = start
  try {
    while (!signal.aborted) {
      const leftMs = untilMs - host.clock.nowMs()
      if (leftMs <= 0) return
      const look = () => readOn(host, arn, at, of, after)
      const waiting = { scope: at.scope, ranges, waitMs: Math.min(quietMs, leftMs), signal }
      const page = (await awaited(host, waiting, async () => something(await look()))) ?? nothing
      if (signal.aborted) return
      after = page.records.at(-1)?.through ?? after
      measureConsumer(host, at, at.consumer.name, 'SubscribeToShardEvent.Records', page.records.length)
      measureConsumer(host, at, at.consumer.name, 'SubscribeToShardEvent.Bytes', page.bytes, 'Bytes')
      const late = page.behindMs
      measureConsumer(host, at, at.consumer.name, 'SubscribeToShardEvent.MillisBehindLatest', late, 'Milliseconds')
      yield {
        SubscribeToShardEvent: {
          Records: describeRecords(of, page),
          ContinuationSequenceNumber: page.ended ? undefined : sequenceNumber(of, after ?? beforeFirst),
          MillisBehindLatest: late,
          ChildShards: page.ended ? await host.records.read(at.scope, (tx) => childrenOf(tx, at, of)) : undefined,
        },
      }
      if (page.ended) return
      const readableAtMs = host.clock.nowMs() + (page.bytes / readBytes.rate) * 1_000
      if (page.bytes > 0) await host.clock.until(readableAtMs, signal).catch(() => undefined)
    }
  } finally {
    end.abort()
  }
}

const nothing: Page = { records: [], bytes: 0, behindMs: 0, ended: false }
const something = (page: Page) => (page.records.length > 0 || page.ended ? page : undefined)

/** Throws ResourceNotFoundException once the stream, the shard or the consumer is gone. */
function readOn(host: Host, arn: string, at: LocatedConsumer, of: Shard, after: Uint8Array | undefined): Promise<Page> {
  return host.records.read(at.scope, async (tx) => {
    const now = await locateConsumer(tx, arn)
    if (now.stream.id !== at.stream.id) throw gone(arn)
    const want = { after, limit: eventRecords, maxBytes: eventBytes, nowMs: host.clock.nowMs() }
    return readRecords(tx, now.stream, of, want)
  })
}

function gone(arn: string): AwsError {
  return awsError('ResourceNotFoundException', `The stream of consumer ${arn} is gone.`)
}
