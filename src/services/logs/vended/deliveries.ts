import { parseArn } from '../../../kernel/arn.ts'
import { requestTags } from '../../../kernel/authorization.ts'
import { awsError } from '../../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../../kernel/ids.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Scope, Tx } from '../../../kernel/records.ts'
import {
  type Delivery,
  type DeliveryDestination,
  type DeliverySource,
  deliveriesOfLog,
  delivery,
  deliveryOfSource,
  deliveryToDestination,
  vendedDue,
  vendedRecord,
} from '../../../telemetry/vended/state.ts'
import type { Api } from '../api.ts'
import { pageSize } from '../find.ts'
import { checkTags } from '../tags.ts'
import {
  conflict,
  deliveryArn,
  destinationOfArn,
  findDelivery,
  findSource,
  invalid,
  missing,
  sourceArn,
} from './names.ts'
import { permit } from './permit.ts'
import { readSettings } from './settings.ts'
import { defaultSuffix, delimiters, type LogTemplate, templateOf } from './templates.ts'

const mostDeliveries = 1_000

/** Deliveries of logs that services write: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html */
export const deliveries = operations<Api>()({
  CreateDelivery: {
    authorize({ deliverySourceName, deliveryDestinationArn, tags }, ctx) {
      const resources = [deliveryArn(ctx.scope, '*'), sourceArn(ctx.scope, deliverySourceName), deliveryDestinationArn]
      const context = requestTags(tags)
      return resources.map((resource) => ({ action: 'logs:CreateDelivery', resource, context }))
    },
    async call({ deliverySourceName: name, deliveryDestinationArn: destinationArn, tags = {}, ...given }, ctx) {
      checkTags(tags)
      const { source, log, destination } = await ctx.read((tx) => ends(tx, name, destinationArn))
      const settings = readSettings(given, log, destination)
      const { account: owner } = scopeOf(destinationArn)
      if (destination.type === 'CWL' && owner !== ctx.account)
        throw invalid('Deliveries to another account can be to buckets and Firehoses.')
      const hive = settings.hive ?? false
      await permit({ destination, log, sourceArn: sourceArn(ctx.scope, name), hive, owner }, ctx)
      const id = ctx.ids.token(16, mixedAlphanumeric)
      const made: Delivery = { id, source: name, destinationArn, type: destination.type, ...settings, tags }
      await ctx.write(async (tx) => {
        const again = await ends(tx, name, destinationArn)
        let count = 0
        for await (const [, other] of tx.keys(deliveryOfSource.under(name))) {
          if ((await tx.get(delivery(other)))?.destinationArn === destinationArn)
            throw conflict(`There is a delivery from ${name} to ${destinationArn} already: ${other}.`)
        }
        for await (const _ of tx.snapshot.keys(delivery.under(), { limit: mostDeliveries })) count++
        if (count >= mostDeliveries)
          throw awsError('ServiceQuotaExceededException', `A region can have at most ${mostDeliveries} deliveries.`)
        tx.set(delivery(id), made)
        tx.set(deliveryOfSource(name, id), true)
        tx.in(scopeOf(destinationArn)).set(deliveryToDestination(again.destination.name, ctx.account, id), true)
        const log = deliveriesOfLog(source.resourceArn, source.logType)
        tx.set(log, [...((await tx.get(log)) ?? []), { id, type: destination.type }])
      })
      return { delivery: describe(made, log, destination, ctx.scope) }
    },
  },

  GetDelivery: {
    authorize: ({ id }, ctx) => [{ action: 'logs:GetDelivery', resource: deliveryArn(ctx.scope, id) }],
    read: async (tx, { id }) => ({ delivery: await show(tx, await findDelivery(tx, id)) }),
  },

  DescribeDeliveries: {
    authorize: () => [{ action: 'logs:DescribeDeliveries', resource: '*' }],
    async read(tx, { nextToken, limit, deliverySourceNames: names }) {
      const bounds = boundsOfPage(nextToken, () => invalid('The specified nextToken is invalid.'))
      const chosen = async function* () {
        for await (const { value } of tx.range(delivery.between([], bounds)))
          if (!names || names.includes(value.source)) yield value
      }
      const { items, next } = await pageOf(chosen(), pageSize(limit, 50), ({ id }) => [id])
      return { deliveries: await Promise.all(items.map((one) => show(tx, one))), nextToken: next }
    },
  },

  UpdateDeliveryConfiguration: {
    async authorize({ id }, ctx, tx) {
      const found = await tx.get(delivery(id))
      const ends = found ? [sourceArn(ctx.scope, found.source), found.destinationArn] : []
      return [deliveryArn(ctx.scope, id), ...ends].map((resource) => ({
        ...{ action: 'logs:UpdateDeliveryConfiguration', resource },
      }))
    },
    async call({ id, ...given }, ctx) {
      const { found, log, destination } = await ctx.read(async (tx) => {
        const found = await findDelivery(tx, id)
        return { found, ...(await ends(tx, found.source, found.destinationArn)) }
      })
      const { fields, delimiter, suffixPath, hive } = readSettings(given, log, destination)
      const { source, destinationArn } = found
      // Its objects begin otherwise then, where the bucket may not let them in.
      if (hive !== undefined && hive !== (found.hive ?? false)) {
        const { account: owner } = scopeOf(destinationArn)
        await permit({ destination, log, sourceArn: sourceArn(ctx.scope, source), hive, owner }, ctx)
      }
      await ctx.write(async (tx) => {
        const now = await findDelivery(tx, id)
        tx.set(delivery(id), {
          ...now,
          fields: fields ?? now.fields,
          delimiter: delimiter ?? now.delimiter,
          suffixPath: suffixPath ?? now.suffixPath,
          hive: hive ?? now.hive,
        })
      })
      return {}
    },
  },

  DeleteDelivery: {
    authorize: ({ id }, ctx) => [{ action: 'logs:DeleteDelivery', resource: deliveryArn(ctx.scope, id) }],
    async write(tx, { id }, { host, account }) {
      await remove(tx, await findDelivery(tx, id), account)
      host.deliveries.cancel(tx, 'logs:vend', tx.scope, id)
      return {}
    },
  },
})

/** Forgets a delivery, and with it what still waits for it. */
async function remove(tx: Tx, { id, source: name, destinationArn }: Delivery, account: string): Promise<void> {
  const { resourceArn, logType } = await findSource(tx, name)
  const log = deliveriesOfLog(resourceArn, logType)
  tx.set(
    log,
    ((await tx.get(log)) ?? []).filter((one) => one.id !== id),
  )
  tx.delete(delivery(id))
  tx.delete(deliveryOfSource(name, id))
  const to = await destinationOfArn(tx, destinationArn)
  if (to) tx.in(scopeOf(destinationArn)).delete(deliveryToDestination(to.name, account, id))
  tx.clear(vendedRecord.under(id))
  tx.delete(vendedDue(id))
}

function scopeOf(arn: string): Scope {
  const { account = '', region = '' } = parseArn(arn) ?? {}
  return { account, region }
}

interface Ends {
  readonly source: DeliverySource
  readonly log: LogTemplate
  readonly destination: DeliveryDestination
}

/** What a delivery connects. Throws ResourceNotFoundException. */
export async function ends(tx: ReadTx, name: string, destinationArn: string): Promise<Ends> {
  const source = await findSource(tx, name)
  const destination = await destinationOfArn(tx, destinationArn)
  if (!destination) throw missing(`Delivery destination ${destinationArn}`)
  const log = templateOf(source.service, source.logType)
  if (!log) throw invalid(`Log type ${source.logType} of ${source.service} is not supported by Landfall.`)
  return { source, log, destination }
}

async function show(tx: ReadTx, one: Delivery) {
  const { log, destination } = await ends(tx, one.source, one.destinationArn)
  return describe(one, log, destination, tx.scope)
}

function describe(one: Delivery, log: LogTemplate, { format = 'json' }: DeliveryDestination, scope: Scope) {
  const { id, source, destinationArn, type, fields = log.fields, delimiter, suffixPath, hive = false, tags } = one
  return {
    ...{ id, arn: deliveryArn(scope, id), deliverySourceName: source, deliveryDestinationArn: destinationArn },
    ...{ deliveryDestinationType: type, recordFields: [...fields] },
    fieldDelimiter: format === 'json' ? undefined : (delimiter ?? delimiters[0]),
    s3DeliveryConfiguration:
      type === 'S3' ? { suffixPath: suffixPath ?? defaultSuffix, enableHiveCompatiblePath: hive } : undefined,
    tags: Object.keys(tags).length > 0 ? { ...tags } : undefined,
  }
}
