import { ownResource } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { type Destination, type Table, table } from './state.ts'
import { namedTable } from './table-lookup.ts'

interface Asked {
  readonly TableName: string
  readonly StreamArn: string
}
type Precision = Destination['precision']

/**
 * The data stream of Kinesis that a table's changes are sent to (outgoing-changes.ts), one at a time. It is ready at
 * once, where AWS takes seconds to minutes, and a stream that is not there is refused, where AWS says ENABLE_FAILED later.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
 */
export const destination = operations<Api>()({
  EnableKinesisStreamingDestination: {
    /** Whoever has the node put records may put them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_iam.html */
    async authorize(input, ctx, tx) {
      const { StreamArn: resource } = input
      const onTable = await access('EnableKinesisStreamingDestination', input, ctx, tx)
      if (!isOwnStream(resource, ctx)) return onTable
      return [...onTable, ...['PutRecords', 'DescribeStream'].map((name) => ({ action: `kinesis:${name}`, resource }))]
    },
    async call(input, ctx) {
      const { StreamArn: streamArn, EnableKinesisStreamingConfiguration: configuration } = input
      if (!isOwnStream(streamArn, ctx)) {
        throw awsError('ValidationException', `${streamArn} is no data stream of this account and region.`)
      }
      await ctx.host.messageTarget(streamArn)
      const precision = configuration?.ApproximateCreationDateTimePrecision
      return ctx.write(async (tx) => {
        const found = await namedTable(tx, input.TableName, ctx)
        if (found.destination?.active) {
          throw notInState(
            'EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.',
          )
        }
        tx.set(table(found.name), {
          ...found,
          destination: { streamArn, active: true, ...(precision && { precision }) },
        })
        return {
          ...told(found, streamArn, 'ENABLING'),
          ...(configuration && { EnableKinesisStreamingConfiguration: configuration }),
        }
      })
    },
  },

  DisableKinesisStreamingDestination: {
    authorize: (input, ctx, tx) => access('DisableKinesisStreamingDestination', input, ctx, tx),
    async write(tx, input, ctx) {
      const found = await namedTable(tx, input.TableName, ctx)
      const { streamArn } = activeOne(
        found,
        input,
        'KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.',
      )
      tx.set(table(found.name), { ...found, destination: { streamArn, active: false } })
      return told(found, streamArn, 'DISABLING')
    },
  },

  UpdateKinesisStreamingDestination: {
    authorize: (input, ctx, tx) => access('UpdateKinesisStreamingDestination', input, ctx, tx),
    async write(tx, input, ctx) {
      const { UpdateKinesisStreamingConfiguration: configuration } = input
      const precision = configuration?.ApproximateCreationDateTimePrecision
      if (precision === undefined) {
        throw awsError(
          'ValidationException',
          'Streaming destination cannot be updated with given parameters: ' +
            'UpdateKinesisStreamingConfiguration cannot be null or contain only null values',
        )
      }
      const found = await namedTable(tx, input.TableName, ctx)
      const current = activeOne(
        found,
        input,
        'Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state',
      )
      if (precision === precisionOf(current)) {
        throw awsError(
          'ValidationException',
          `Invalid Request: Precision is already set to the desired value of ${precision} ` +
            `for tableId: ${found.uuid}, kdsArn: ${current.streamArn}`,
        )
      }
      tx.set(table(found.name), { ...found, destination: { ...current, precision } })
      return { ...told(found, current.streamArn, 'UPDATING'), UpdateKinesisStreamingConfiguration: configuration }
    },
  },

  DescribeKinesisStreamingDestination: {
    authorize: async ({ TableName }, ctx, tx) => [
      await tableAccess('DescribeKinesisStreamingDestination', TableName, ctx, tx),
    ],
    async read(tx, { TableName }, ctx) {
      const { name, destination: current } = await namedTable(tx, TableName, ctx)
      const described = current && {
        StreamArn: current.streamArn,
        DestinationStatus: current.active ? ('ACTIVE' as const) : ('DISABLED' as const),
        ...(current.precision && { ApproximateCreationDateTimePrecision: current.precision }),
      }
      return { TableName: name, KinesisDataStreamDestinations: described ? [described] : [] }
    },
  },
})

function isOwnStream(arn: string, { scope }: Ctx): boolean {
  return ownResource(arn, 'kinesis', scope)?.startsWith('stream/') === true
}

/** The unit of the times in records: as on AWS, what is not said is not told, and means milliseconds. */
export function precisionOf({ precision }: Destination): NonNullable<Precision> {
  return precision ?? 'MILLISECOND'
}

async function access(action: string, { TableName }: Asked, ctx: Ctx, tx: Parameters<typeof tableAccess>[3]) {
  return [await tableAccess(action, TableName, ctx, tx)]
}

function activeOne({ destination: current }: Table, { StreamArn }: Asked, otherwise: string): Destination {
  if (!current?.active || current.streamArn !== StreamArn) throw notInState(otherwise)
  return current
}

/** Also when it is to be disabled or updated: the service says so of all three. */
function notInState(why: string): Error {
  return awsError(
    'ValidationException',
    `Table is not in a valid state to enable Kinesis Streaming Destination: ${why}`,
  )
}

function told<S extends string>({ name }: Table, StreamArn: string, DestinationStatus: S) {
  return { TableName: name, StreamArn, DestinationStatus }
}
