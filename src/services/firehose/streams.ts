import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { describe } from './describe.ts'
import { destinationOf, refuseDestinations, rolesOf } from './destination.ts'
import { encryptionOf } from './encryption.ts'
import { asking, find, findActive, invalid, passRoles, streamArn } from './names.ts'
import { type DeliveryStream, type DeliveryStreamType, deliveryStream, streamOfType } from './state.ts'
import { checkTags } from './tags.ts'

/** Of sources that are not here. */
const refusedSources = ['MSKSourceConfiguration', 'DatabaseSourceConfiguration'] as const

/** Delivery streams. https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html */
export const streams = operations<Api>()({
  CreateDeliveryStream: {
    authorize(input, ctx) {
      const context = requestTags(input.Tags && tagsOfList(input.Tags))
      const creating = { ...asking('CreateDeliveryStream', input.DeliveryStreamName, ctx), context }
      const tagging = { ...asking('TagDeliveryStream', input.DeliveryStreamName, ctx), context }
      const roles = [...rolesOf(input), input.KinesisStreamSourceConfiguration?.RoleARN]
      return [creating, ...(input.Tags ? [tagging] : []), ...passRoles(roles)]
    },
    async write(tx, input, ctx) {
      const name = input.DeliveryStreamName
      const tags = tagsOfList(input.Tags)
      checkTags(tags)
      const made: DeliveryStream = {
        name,
        id: ctx.newId(),
        createdAtMs: ctx.nowMs,
        status: 'ACTIVE',
        version: 1,
        source: sourceOf(input),
        throughputHint: input.DirectPutSourceConfiguration?.ThroughputHintInMBs,
        destination: destinationOf(input, name, ctx.host),
        encryption: encryptionFor(input),
        tags,
      }
      if (await tx.get(deliveryStream(name))) {
        throw awsError('ResourceInUseException', `Firehose ${name} under account ${ctx.account} already exists.`)
      }
      tx.set(deliveryStream(name), made)
      tx.set(streamOfType(typeOf(made), name), true)
      if (made.source) {
        const data = { name, id: made.id }
        ctx.host.deliveries.schedule(tx, { kind: 'firehose:read', scope: ctx.scope, key: made.id, data })
      }
      return { DeliveryStreamARN: streamArn(ctx.scope, name) }
    },
  },

  DeleteDeliveryStream: {
    authorize: (input, ctx) => [asking('DeleteDeliveryStream', input.DeliveryStreamName, ctx)],
    async write(tx, { DeliveryStreamName: name }, ctx) {
      const found = await findActive(tx, name)
      tx.set(deliveryStream(name), { ...found, status: 'DELETING' })
      ctx.host.deliveries.schedule(tx, { kind: 'firehose:purge', scope: ctx.scope, data: { name, id: found.id } })
      return {}
    },
  },

  DescribeDeliveryStream: {
    authorize: (input, ctx) => [asking('DescribeDeliveryStream', input.DeliveryStreamName, ctx)],
    async read(tx, { DeliveryStreamName, ExclusiveStartDestinationId: after }, ctx: Ctx) {
      const all = describe(await find(tx, DeliveryStreamName), ctx.scope)
      const Destinations = all.Destinations.filter(({ DestinationId }) => after === undefined || DestinationId > after)
      return { DeliveryStreamDescription: { ...all, Destinations } }
    },
  },

  ListDeliveryStreams: {
    authorize: () => [{ action: 'firehose:ListDeliveryStreams', resource: '*' }],
    async read(tx, { Limit = 10, DeliveryStreamType, ExclusiveStartDeliveryStreamName: after }) {
      const bounds = after === undefined ? {} : { after: [after] }
      const page = { limit: Limit + 1 }
      // A page goes on after a name that was answered: none may be empty while there are more.
      const names: string[] = []
      if (DeliveryStreamType) {
        const range = streamOfType.between([DeliveryStreamType], bounds)
        for await (const [, name] of tx.keys(range, page)) names.push(name)
      } else for await (const [name] of tx.keys(deliveryStream.between([], bounds), page)) names.push(name)
      return { DeliveryStreamNames: names.slice(0, Limit), HasMoreDeliveryStreams: names.length > Limit }
    },
  },
})

export function typeOf({ source }: Pick<DeliveryStream, 'source'>): DeliveryStreamType {
  return source ? 'KinesisStreamAsSource' : 'DirectPut'
}

type Creation = InputFor<Api, 'CreateDeliveryStream'>

function sourceOf(input: Creation): DeliveryStream['source'] {
  const refused = refusedSources.find((name) => input[name] !== undefined)
  if (refused) throw invalid(`${refused} is not supported by Landfall. Use DirectPut or a Kinesis stream.`)
  refuseDestinations(input)
  const { DeliveryStreamType: type = 'DirectPut', KinesisStreamSourceConfiguration: given } = input
  if (type !== 'DirectPut' && type !== 'KinesisStreamAsSource') {
    throw invalid(`DeliveryStreamType ${type} is not supported by Landfall. Use DirectPut or KinesisStreamAsSource.`)
  }
  if ((type === 'KinesisStreamAsSource') !== (given !== undefined)) {
    throw invalid(
      'KinesisStreamSourceConfiguration is for the DeliveryStreamType KinesisStreamAsSource, which needs it.',
    )
  }
  if (given && input.DirectPutSourceConfiguration) {
    throw invalid('DirectPutSourceConfiguration is for the DeliveryStreamType DirectPut.')
  }
  return given && { streamArn: given.KinesisStreamARN, roleArn: given.RoleARN }
}

function encryptionFor(input: Creation): DeliveryStream['encryption'] {
  const { DeliveryStreamEncryptionConfigurationInput: given } = input
  if (given && input.KinesisStreamSourceConfiguration) {
    throw invalid('A delivery stream that reads a Kinesis stream is as encrypted as that is: leave its encryption out.')
  }
  return given && encryptionOf(given)
}
