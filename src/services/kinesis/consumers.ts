import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import {
  type Asked,
  arnOf,
  consumerArn,
  invalid,
  type LocatedConsumer,
  locate,
  locateActive,
  locateConsumer,
  refuse,
  streamArn,
} from './names.ts'
import { type Consumer, consumer, stream } from './state.ts'
import { asking } from './streams.ts'
import { checkTags } from './tags.ts'

const mostConsumers = 20

/** Consumers with a throughput of their own: https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html */
export const consumers = operations<Api>()({
  RegisterStreamConsumer: {
    authorize(input, ctx) {
      const [resource, context] = [arnOf(input, ctx.scope), requestTags(input.Tags)]
      const registering = { action: 'kinesis:RegisterStreamConsumer', resource, context }
      return input.Tags ? [registering, { action: 'kinesis:TagResource', resource, context }] : [registering]
    },
    async write(tx, input, ctx) {
      const { ConsumerName: name, Tags: tags = {} } = input
      checkTags(tags)
      const at = await locateActive(tx, input)
      const own = tx.in(at.scope)
      if (await own.get(consumer(at.stream.id, name))) {
        throw awsError(
          'ResourceInUseException',
          `Consumer ${name} already exists under stream ${at.stream.name} of account ${at.scope.account}.`,
        )
      }
      if (at.stream.consumers >= mostConsumers) {
        throw awsError('LimitExceededException', `A stream can have at most ${mostConsumers} consumers.`)
      }
      const made = { name, createdAtMs: ctx.nowMs, tags }
      own.set(consumer(at.stream.id, name), made)
      own.set(stream(at.stream.name), { ...at.stream, consumers: at.stream.consumers + 1 })
      return { Consumer: describe(at.scope, at.stream.name, made) }
    },
  },

  DeregisterStreamConsumer: {
    authorize: (input, ctx, tx) => askingConsumer('DeregisterStreamConsumer', input, ctx, tx),
    async write(tx, input) {
      const at = await find(tx, input)
      const own = tx.in(at.scope)
      own.delete(consumer(at.stream.id, at.consumer.name))
      own.set(stream(at.stream.name), { ...at.stream, consumers: at.stream.consumers - 1 })
      return {}
    },
  },

  DescribeStreamConsumer: {
    authorize: (input, ctx, tx) => askingConsumer('DescribeStreamConsumer', input, ctx, tx),
    async read(tx, input) {
      const { scope, stream: of, consumer: found } = await find(tx, input)
      return {
        ConsumerDescription: { ...describe(scope, of.name, found), StreamARN: streamArn(scope, of.name) },
      }
    },
  },

  ListStreamConsumers: {
    authorize: (input, ctx) => asking('ListStreamConsumers', input, ctx),
    async read(tx, input) {
      const at = await locate(tx, input)
      const created = input.StreamCreationTimestamp
      if (created && Math.floor(created.getTime() / 1_000) !== Math.floor(at.stream.createdAtMs / 1_000)) {
        throw awsError('ResourceNotFoundException', `No stream ${at.stream.name} was created at that time.`)
      }
      const bounds = boundsOfPage(input.NextToken, () => invalid('NextToken is not one that this operation returned.'))
      const limit = Math.min(input.MaxResults ?? 100, 100)
      const found = tx.in(at.scope).range(consumer.between([at.stream.id], bounds), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => [key[1]])
      return { Consumers: items.map(({ value }) => describe(at.scope, at.stream.name, value)), NextToken: next }
    },
  },
})

interface AskedConsumer extends Asked {
  readonly ConsumerName?: string
  readonly ConsumerARN?: string
}

/** What a request on a consumer, by its ARN or its name and stream, needs to be allowed. */
async function askingConsumer(operation: string, asked: AskedConsumer, ctx: Ctx, tx: ReadTx) {
  const action = `kinesis:${operation}`
  if (asked.ConsumerARN !== undefined) return [{ action, resource: asked.ConsumerARN }]
  const arn = arnOf(asked, ctx.scope)
  const found = await find(tx, asked).catch(() => undefined)
  const named = `${arn}/consumer/${asked.ConsumerName ?? '*'}`
  return [{ action, resource: found ? consumerArn(found.scope, found.stream.name, found.consumer) : named }]
}

async function find(tx: ReadTx, asked: AskedConsumer): Promise<LocatedConsumer> {
  refuse(asked, 'StreamId')
  const { ConsumerARN, ConsumerName, StreamARN } = asked
  if (ConsumerARN !== undefined) {
    const at = await locateConsumer(tx, ConsumerARN)
    const same = StreamARN === undefined || StreamARN === streamArn(at.scope, at.stream.name)
    if (same && (ConsumerName === undefined || ConsumerName === at.consumer.name)) return at
    throw invalid('ConsumerARN is not of the consumer that StreamARN and ConsumerName name.')
  }
  if (StreamARN === undefined || ConsumerName === undefined) {
    throw invalid('Either ConsumerARN, or StreamARN and ConsumerName must be specified.')
  }
  const at = await locate(tx, asked)
  const found = await tx.in(at.scope).get(consumer(at.stream.id, ConsumerName))
  if (found) return { ...at, consumer: found }
  throw awsError(
    'ResourceNotFoundException',
    `Consumer ${ConsumerName}, under stream ${at.stream.name} of account ${at.scope.account}, not found.`,
  )
}

function describe(scope: Scope, streamName: string, made: Consumer) {
  return {
    ConsumerName: made.name,
    ConsumerARN: consumerArn(scope, streamName, made),
    ConsumerStatus: 'ACTIVE' as const,
    ConsumerCreationTimestamp: new Date(made.createdAtMs),
  }
}
