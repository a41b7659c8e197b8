import { rootPrincipal } from '../../../authn/find-key.ts'
import { parseArn } from '../../../kernel/arn.ts'
import { requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { Scope, Tx } from '../../../kernel/records.ts'
import {
  type DeliverySource,
  deliveriesOfLog,
  deliveryOfSource,
  deliverySource,
} from '../../../telemetry/vended/state.ts'
import type { Api } from '../api.ts'
import { pageSize } from '../find.ts'
import { checkTags } from '../tags.ts'
import { conflict, findSource, invalid, sourceArn } from './names.ts'
import { type LogTemplate, logTemplates, templateOf } from './templates.ts'

const mostSources = 1_000

/** Delivery sources: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html */
export const deliverySources = operations<Api>()({
  PutDeliverySource: {
    authorize({ name, resourceArn, logType, tags }, ctx) {
      const [resource, of] = [sourceArn(ctx.scope, name), { 'logs:LogGeneratingResourceArns': [resourceArn] }]
      const template = templateOf(parseArn(resourceArn)?.service ?? '', logType)
      return [
        { action: 'logs:PutDeliverySource', resource, context: { ...requestTags(tags), ...of } },
        ...(template ? [{ action: template.action, resource: resourceArn }] : []),
      ]
    },
    async call({ name, resourceArn, logType, tags = {}, deliverySourceConfiguration: more }, ctx) {
      checkTags(tags)
      const template = readLog(resourceArn, logType, ctx.scope)
      const [setting] = Object.keys(more ?? {})
      if (setting !== undefined)
        throw invalid(`deliverySourceConfiguration of ${template.service} ${logType} has no ${setting}.`)
      await lookFor(resourceArn, template, ctx)
      const next = await ctx.write(async (tx) => {
        const before = await tx.get(deliverySource(name))
        let count = 0
        if (!before) for await (const _ of tx.snapshot.keys(deliverySource.under(), { limit: mostSources })) count++
        if (count >= mostSources)
          throw awsError('ServiceQuotaExceededException', `A region can have at most ${mostSources} delivery sources.`)
        const { service } = template
        const made: DeliverySource = { name, resourceArn, service, logType, tags: { ...before?.tags, ...tags } }
        if (before) await move(tx, before, made)
        tx.set(deliverySource(name), made)
        return made
      })
      return { deliverySource: describe(next, ctx.scope) }
    },
  },

  GetDeliverySource: {
    authorize: ({ name }, ctx) => [{ action: 'logs:GetDeliverySource', resource: sourceArn(ctx.scope, name) }],
    read: async (tx, { name }, ctx) => ({ deliverySource: describe(await findSource(tx, name), ctx.scope) }),
  },

  DescribeDeliverySources: {
    authorize: () => [{ action: 'logs:DescribeDeliverySources', resource: '*' }],
    async read(tx, { nextToken, limit, resourceArns }, ctx) {
      const bounds = boundsOfPage(nextToken, () => invalid('The specified nextToken is invalid.'))
      const chosen = async function* () {
        for await (const { value } of tx.range(deliverySource.between([], bounds)))
          if (!resourceArns || resourceArns.includes(value.resourceArn)) yield value
      }
      const { items, next } = await pageOf(chosen(), pageSize(limit, 50), ({ name }) => [name])
      return { deliverySources: items.map((one) => describe(one, ctx.scope)), nextToken: next }
    },
  },

  DeleteDeliverySource: {
    authorize: ({ name }, ctx) => [{ action: 'logs:DeleteDeliverySource', resource: sourceArn(ctx.scope, name) }],
    async write(tx, { name }) {
      await findSource(tx, name)
      for await (const [, id] of tx.keys(deliveryOfSource.under(name), { limit: 1 }))
        throw conflict(`Delivery source ${name} has the delivery ${id}. Delete it first.`)
      tx.delete(deliverySource(name))
      return {}
    },
  },
})

/** Has the deliveries of a source bring another log from now on. Throws ConflictException where they can't. */
async function move(tx: Tx, before: DeliverySource, next: DeliverySource): Promise<void> {
  if (before.resourceArn === next.resourceArn && before.logType === next.logType) return
  const own: string[] = []
  for await (const [, id] of tx.keys(deliveryOfSource.under(next.name))) own.push(id)
  if (own.length > 0 && before.service !== next.service)
    throw conflict(`Delivery source ${next.name} has deliveries of ${before.service} logs. Delete them first.`)
  const from = deliveriesOfLog(before.resourceArn, before.logType)
  const to = deliveriesOfLog(next.resourceArn, next.logType)
  const all = (await tx.get(from)) ?? []
  const moved = all.filter(({ id }) => own.includes(id))
  tx.set(
    from,
    all.filter((one) => !moved.includes(one)),
  )
  tx.set(to, [...((await tx.get(to)) ?? []), ...moved])
}

/** The template of a log of this account and region. Throws ValidationException that names what there is. */
function readLog(resourceArn: string, logType: string, { account, region }: Scope): LogTemplate {
  const arn = parseArn(resourceArn)
  if (!arn) throw invalid(`resourceArn is not an ARN: ${resourceArn}`)
  if (arn.account !== account || arn.region !== region)
    throw invalid(`resourceArn must be of this account and Region: ${resourceArn}`)
  const ofService = logTemplates.filter(({ service }) => service === arn.service)
  const possible = (ofService.length > 0 ? ofService : logTemplates).map(
    (one) => `${one.logType} of ${one.service} ${one.resourceType}`,
  )
  const found = templateOf(arn.service, logType)
  if (!found?.looked(arn.resource))
    throw invalid(
      `Log type ${logType} of ${resourceArn} is not supported by Landfall. There are: ${possible.join(', ')}.`,
    )
  return found
}

/** Throws ResourceNotFoundException when there is no such resource. The node itself looks: nobody need be allowed to. */
async function lookFor(resourceArn: string, template: LogTemplate, { host, scope, signal }: Ctx): Promise<void> {
  const asked = template.looked(parseArn(resourceArn)?.resource ?? '')
  if (!asked) return
  try {
    await host.invoke(asked.operation, asked.input, { as: rootPrincipal(scope.account), scope, signal })
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
    throw awsError('ResourceNotFoundException', `The resource ${resourceArn} does not exist.`, { cause: error })
  }
}

function describe({ name, resourceArn, service, logType, tags }: DeliverySource, scope: Scope) {
  const shown = Object.keys(tags).length > 0 ? { ...tags } : undefined
  return { name, arn: sourceArn(scope, name), resourceArns: [resourceArn], service, logType, tags: shown }
}
