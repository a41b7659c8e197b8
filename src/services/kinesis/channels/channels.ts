import { passingRole, requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { invalid, type Located, locateActive, readArn } from '../names.ts'
import { stream } from '../state.ts'
import { checkTags } from '../tags.ts'
import { scheduleChannel } from './channel-job.ts'
import { describeChannel, summarizeChannel } from './describe.ts'
import { channelArn, type LocatedChannel, locateChannel, locateIn, serviceName } from './names.ts'
import { freshness, isServiceKey, loggingOf, refuseTables, settingsOf, sourceOf } from './settings.ts'
import { type Channel, channel, channelNamed, deliveredThrough, deliveringThrough } from './state.ts'

const mostListed = 100

/** Delivery of a stream's records to a bucket: https://docs.aws.amazon.com/streams/latest/dev/data-delivery.html */
export const channels = operations<Api>()({
  CreateChannel: {
    // On the stream, as the developer guide has it; the action table names the channel, which has no ARN yet.
    // https://docs.aws.amazon.com/streams/latest/dev/data-delivery-iam.html
    authorize({ StreamConfigurationList: list, ServiceExecutionRoleARN, Tags }) {
      const context = requestTags(Tags)
      const ofStreams = list.flatMap(({ StreamARN: resource }) => [
        { action: 'kinesis:CreateChannel', resource, context },
        { action: 'kinesis:AssociateStreamsWithChannel', resource },
      ])
      return [...ofStreams, passingRole(ServiceExecutionRoleARN, serviceName)]
    },
    async write(tx, input, ctx) {
      refuseTables(input)
      const { streamArn, format } = sourceOf(input)
      const { Tags: tags = {} } = input
      checkTags(tags)
      const at = await sourceFor(tx, streamArn, ctx)
      const { name, id, createdAtMs } = at.stream
      const of = { id: ctx.newId(), stream: { name, id, createdAtMs } }
      const made: Channel = {
        ...of,
        ...settingsOf(input, of),
        ...{ format, tags },
        createdAtMs: ctx.nowMs,
        status: 'CREATING',
      }
      if (await tx.get(channelNamed(made.name))) {
        throw awsError('ResourceInUseException', `Channel ${made.name} under account ${ctx.account} already exists.`)
      }
      if (at.stream.channel !== undefined) {
        throw awsError(
          'LimitExceededException',
          `Stream ${name} has a channel to a bucket, and can have no more than one.`,
        )
      }
      tx.set(channel(made.id), made)
      tx.set(channelNamed(made.name), { id: made.id })
      tx.set(stream(name), { ...at.stream, channel: made.id })
      scheduleChannel(tx, ctx.host, made.id, ctx.nowMs)
      return { ChannelDescription: describeChannel({ scope: ctx.scope, channel: made }) }
    },
  },

  UpdateChannel: {
    authorize: ({ ChannelARN }) => [{ action: 'kinesis:UpdateChannel', resource: ChannelARN }],
    async write(tx, input, ctx) {
      refuseTables(input)
      const { S3DestinationConfiguration: destination, LoggingConfiguration: logging } = input
      if (!destination && !logging) throw invalid('S3DestinationConfiguration or LoggingConfiguration is required.')
      const { scope, channel: before } = await locateIn(tx, input.ChannelARN, 'ACTIVE')
      const after: Channel = {
        ...before,
        status: 'UPDATING',
        freshnessSec: destination ? freshness(destination.DataFreshnessInSeconds) : before.freshnessSec,
        logging: loggingOf(logging?.CloudWatchLogs, before, before.logging),
      }
      const own = tx.in(scope)
      own.set(channel(after.id), after)
      scheduleChannel(own, ctx.host, after.id, ctx.nowMs)
      return { ChannelDescription: describeChannel({ scope, channel: after }) }
    },
  },

  DeleteChannel: {
    authorize: ({ ChannelARN }) => [{ action: 'kinesis:DeleteChannel', resource: ChannelARN }],
    async write(tx, { ChannelARN }, ctx) {
      await remove(tx, await locateIn(tx, ChannelARN, 'ACTIVE', 'FAILED'), ctx)
      return {}
    },
  },

  DescribeChannel: {
    authorize: ({ ChannelARN }) => [{ action: 'kinesis:DescribeChannel', resource: ChannelARN }],
    read: async (tx, { ChannelARN }) => ({ ChannelDescription: describeChannel(await locateChannel(tx, ChannelARN)) }),
  },

  ListChannels: {
    authorize: () => [{ action: 'kinesis:ListChannels', resource: '*' }],
    async read(tx, { StreamFilter, MaxResults = mostListed, NextToken }) {
      if (MaxResults < 1) throw invalid('MaxResults is at least 1.')
      const limit = Math.min(MaxResults, mostListed)
      const bounds = boundsOfPage(NextToken, () => invalid('NextToken is not one that this operation returned.'))
      if (StreamFilter && StreamFilter.length > 0) {
        if (NextToken !== undefined)
          throw invalid('NextToken is not one of a list that is filtered: that has no pages.')
        return { ChannelSummaries: await channelsOf(tx, StreamFilter) }
      }
      const found = tx.range(channel.between([], bounds), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => key)
      return {
        ChannelSummaries: items.map(({ value }) => summarizeChannel({ scope: tx.scope, channel: value })),
        NextToken: next,
      }
    },
  },
})

/** The stream that a channel is to read. Throws what the service has against it. */
async function sourceFor(tx: ReadTx, arn: string, { scope }: Pick<Ctx, 'scope'>): Promise<Located> {
  const at = await locateActive(tx, { StreamARN: arn })
  if (at.scope.account !== scope.account || at.scope.region !== scope.region) {
    throw invalid('A channel reads a stream of its own account and Region.')
  }
  if (at.stream.mode !== 'ON_DEMAND') {
    throw awsError('ValidationException', `Stream ${at.stream.name} is not on demand: it can have no channel.`)
  }
  if (isServiceKey(at.stream.keyId)) {
    throw invalid(`Stream ${at.stream.name} is encrypted with the key aws/kinesis: it can have no channel.`)
  }
  return at
}

const mostFilters = 100

type Filters = readonly { readonly StreamARN: string; readonly StreamCreationTimestamp?: Date | undefined }[]

async function channelsOf(tx: ReadTx, filters: Filters) {
  if (filters.length > mostFilters) throw invalid(`StreamFilter has at most ${mostFilters} streams.`)
  const found = new Map<string, ReturnType<typeof summarizeChannel>>()
  for (const { StreamARN, StreamCreationTimestamp: created } of filters) {
    const read = readArn(StreamARN)
    if (!read || read.consumer) throw invalid(`StreamARN ${StreamARN} is not the ARN of a stream.`)
    const { account, region } = tx.scope
    if (read.scope.account !== account || read.scope.region !== region) continue
    const of = await tx.get(stream(read.name))
    if (created && of && Math.floor(created.getTime() / 1_000) !== Math.floor(of.createdAtMs / 1_000)) continue
    const its = of?.channel === undefined ? undefined : await tx.get(channel(of.channel))
    if (its) found.set(its.id, summarizeChannel({ scope: tx.scope, channel: its }))
  }
  return [...found.values()]
}

/** What it has delivered stays; what it has not is still in the stream. */
async function remove(tx: Tx, { scope, channel: gone }: LocatedChannel, { host }: Pick<Ctx, 'host'>): Promise<void> {
  const own = tx.in(scope)
  own.delete(channel(gone.id))
  own.delete(channelNamed(gone.name))
  own.clear(deliveredThrough.under(gone.id))
  own.clear(deliveringThrough.under(gone.id))
  host.deliveries.cancel(own, 'kinesis:channel', scope, gone.id)
  const of = await own.get(stream(gone.stream.name))
  if (of?.channel === gone.id) own.set(stream(of.name), { ...of, channel: undefined })
}

/** Throws ResourceInUseException for a stream with a channel that delivers: it stays, and on demand. */
export async function checkNoChannel(tx: ReadTx, { scope, stream: of }: Located): Promise<void> {
  const found = of.channel === undefined ? undefined : await tx.in(scope).get(channel(of.channel))
  if (!found || found.status === 'FAILED') return
  throw awsError(
    'ResourceInUseException',
    `Stream ${of.name} under account ${scope.account} has the channel ${channelArn(scope, found.id)}. Delete that first.`,
  )
}
