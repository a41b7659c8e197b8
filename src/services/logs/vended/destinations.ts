import { parseArn } from '../../../kernel/arn.ts'
import { requestTags } from '../../../kernel/authorization.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { Scope } from '../../../kernel/records.ts'
import {
  type DeliveryDestination,
  type DestinationType,
  deliveryDestination,
  deliveryToDestination,
  type OutputFormat,
} from '../../../telemetry/vended/state.ts'
import type { Api } from '../api.ts'
import { pageSize } from '../find.ts'
import { checkPolicy } from '../resource-policies.ts'
import { checkTags } from '../tags.ts'
import { conflict, deliveryDestinationArn, findDeliveryDestination, invalid, missing } from './names.ts'
import { formats } from './templates.ts'

const mostDestinations = 1_000

const asking = (operation: string, name: string, scope: Scope, context = {}) => [
  { action: `logs:${operation}`, resource: deliveryDestinationArn(scope, name), context },
]

/** Delivery destinations: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html */
export const deliveryDestinations = operations<Api>()({
  PutDeliveryDestination: {
    authorize({ name, tags, deliveryDestinationConfiguration: to }, ctx) {
      const arn = to && { 'logs:DeliveryDestinationResourceArn': to.destinationResourceArn }
      return asking('PutDeliveryDestination', name, ctx.scope, { ...requestTags(tags), ...arn })
    },
    async write(tx, input, { scope }) {
      const { name, tags = {}, deliveryDestinationType: said, outputFormat } = input
      checkTags(tags)
      if (said === 'XRAY' || input.roleArn !== undefined)
        throw invalid('Deliveries of traces to X-Ray are not supported by Landfall.')
      const resourceArn = input.deliveryDestinationConfiguration?.destinationResourceArn
      if (resourceArn === undefined) throw invalid('deliveryDestinationConfiguration must be given.')
      const type = readType(resourceArn, scope)
      if (said !== undefined && said !== type) throw invalid(`deliveryDestinationType of ${resourceArn} is ${type}.`)
      const format = readFormat(outputFormat, type)
      const before = await tx.get(deliveryDestination(name))
      let count = 0
      if (!before)
        for await (const _ of tx.snapshot.keys(deliveryDestination.under(), { limit: mostDestinations })) count++
      if (count >= mostDestinations)
        throw awsError(
          'ServiceQuotaExceededException',
          `A region can have at most ${mostDestinations} delivery destinations.`,
        )
      // Deliveries were made for what it takes.
      if (before && before.type !== type) throw conflict(`Delivery destination ${name} is of the type ${before.type}.`)
      if (before && format !== before.format)
        throw conflict(`The outputFormat of delivery destination ${name} cannot be changed.`)
      const next: DeliveryDestination = {
        ...{ name, type, resourceArn, format },
        ...{ policy: before?.policy, tags: { ...before?.tags, ...tags } },
      }
      tx.set(deliveryDestination(name), next)
      return { deliveryDestination: describe(next, scope) }
    },
  },

  GetDeliveryDestination: {
    authorize: ({ name }, ctx) => asking('GetDeliveryDestination', name, ctx.scope),
    async read(tx, { name }, { scope }) {
      return { deliveryDestination: describe(await findDeliveryDestination(tx, name), scope) }
    },
  },

  DescribeDeliveryDestinations: {
    authorize: () => [{ action: 'logs:DescribeDeliveryDestinations', resource: '*' }],
    async read(tx, { nextToken, limit, names }, { scope }) {
      const bounds = boundsOfPage(nextToken, () => invalid('The specified nextToken is invalid.'))
      const chosen = async function* () {
        for await (const { value } of tx.range(deliveryDestination.between([], bounds)))
          if (!names || names.includes(value.name)) yield value
      }
      const { items, next } = await pageOf(chosen(), pageSize(limit, 50), ({ name }) => [name])
      return { deliveryDestinations: items.map((one) => describe(one, scope)), nextToken: next }
    },
  },

  DeleteDeliveryDestination: {
    authorize: ({ name }, ctx) => asking('DeleteDeliveryDestination', name, ctx.scope),
    async write(tx, { name }) {
      await findDeliveryDestination(tx, name)
      for await (const [, , id] of tx.keys(deliveryToDestination.under(name), { limit: 1 }))
        throw conflict(`Delivery destination ${name} has the delivery ${id}. Delete it first.`)
      tx.delete(deliveryDestination(name))
      return {}
    },
  },

  PutDeliveryDestinationPolicy: {
    authorize: ({ deliveryDestinationName: name }, ctx) => asking('PutDeliveryDestinationPolicy', name, ctx.scope),
    async write(tx, { deliveryDestinationName: name, deliveryDestinationPolicy: policy }) {
      const found = await findDeliveryDestination(tx, name)
      checkPolicy('deliveryDestinationPolicy', policy, { code: 'ValidationException', most: 51_200 })
      tx.set(deliveryDestination(name), { ...found, policy })
      return { policy: { deliveryDestinationPolicy: policy } }
    },
  },

  GetDeliveryDestinationPolicy: {
    authorize: ({ deliveryDestinationName: name }, ctx) => asking('GetDeliveryDestinationPolicy', name, ctx.scope),
    async read(tx, { deliveryDestinationName: name }) {
      const { policy } = await findDeliveryDestination(tx, name)
      return { policy: { deliveryDestinationPolicy: policy } }
    },
  },

  DeleteDeliveryDestinationPolicy: {
    authorize: ({ deliveryDestinationName: name }, ctx) => asking('DeleteDeliveryDestinationPolicy', name, ctx.scope),
    async write(tx, { deliveryDestinationName: name }) {
      const found = await findDeliveryDestination(tx, name)
      if (found.policy === undefined) throw missing(`A policy of delivery destination ${name}`)
      tx.set(deliveryDestination(name), { ...found, policy: undefined })
      return {}
    },
  },
})

/** What an ARN of a destination's resource is of. Log groups and Firehoses are of the destination's own account. */
function readType(arn: string, { account }: Scope): DestinationType {
  const parsed = parseArn(arn)
  const own = parsed?.account === account
  if (parsed?.service === 's3' && parsed.account === '' && /^[a-z0-9][a-z0-9.-]{1,62}(\/|$)/.test(parsed.resource))
    return 'S3'
  if (own && parsed.service === 'logs' && /^log-group:[\w.\-/#]+(:\*)?$/.test(parsed.resource)) return 'CWL'
  if (own && parsed.service === 'firehose' && parsed.resource.startsWith('deliverystream/')) return 'FH'
  throw invalid(`destinationResourceArn must be of a bucket, or of a log group or a Firehose of this account: ${arn}`)
}

function readFormat(said: string | undefined, type: DestinationType): OutputFormat | undefined {
  if (said === undefined) return undefined
  if (said === 'parquet') throw invalid('outputFormat parquet is not supported by Landfall. Use json.')
  const found = formats[type].find((one) => one === said)
  if (!found)
    throw invalid(`outputFormat of a destination of the type ${type} must be one of ${formats[type].join(', ')}.`)
  return found
}

function describe({ name, type, resourceArn, format, tags }: DeliveryDestination, scope: Scope) {
  return {
    ...{ name, arn: deliveryDestinationArn(scope, name), deliveryDestinationType: type, outputFormat: format },
    deliveryDestinationConfiguration: { destinationResourceArn: resourceArn },
    tags: Object.keys(tags).length > 0 ? { ...tags } : undefined,
  }
}
