import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import { group, type SubscriptionFilter } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupResource, nameOfToken, pageSize } from './find.ts'
import { tryOut } from './subscriber.ts'

const mostFilters = 2

/** Subscription filters: events of a group handed on to functions, Kinesis streams and Firehoses. */
export const subscriptionFilters = operations<Api>()({
  PutSubscriptionFilter: {
    authorize: ({ logGroupName, roleArn }, ctx) => [
      { action: 'logs:PutSubscriptionFilter', resource: groupResource(ctx, logGroupName) },
      ...(roleArn === undefined ? [] : [passedRole(roleArn)]),
    ],
    async call(input, ctx) {
      const filter = readFilter(input, ctx)
      await ctx.read((tx) => findGroup(tx, input.logGroupName))
      // Loads the destination's service, and shows that it is there and may be given events, before anything is written.
      await tryOut({ host: ctx.host, scope: ctx.scope, group: input.logGroupName, filter })
      await ctx.write(async (tx) => {
        const found = await findGroup(tx, input.logGroupName)
        const others = (found.subscriptions ?? []).filter(({ name }) => name !== filter.name)
        if (others.length >= mostFilters)
          throw awsError('LimitExceededException', `A log group can have at most ${mostFilters} subscription filters.`)
        const subscriptions = [...others, filter].sort((a, b) => (a.name < b.name ? -1 : 1))
        tx.set(group(found.name), { ...found, subscriptions })
      })
      return {}
    },
  },
  DeleteSubscriptionFilter: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DeleteSubscriptionFilter', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, { logGroupName, filterName }) {
      const found = await findGroup(tx, logGroupName)
      const left = (found.subscriptions ?? []).filter(({ name }) => name !== filterName)
      if (left.length === (found.subscriptions ?? []).length)
        throw awsError('ResourceNotFoundException', 'The specified subscription filter does not exist.')
      tx.set(group(found.name), { ...found, subscriptions: left })
      return {}
    },
  },
  DescribeSubscriptionFilters: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DescribeSubscriptionFilters', resource: groupResource(ctx, logGroupName) },
    ],
    async read(tx, { logGroupName, filterNamePrefix = '', nextToken, limit }) {
      const found = await findGroup(tx, logGroupName)
      const after = nextToken === undefined ? undefined : nameOfToken(nextToken)
      const all = (found.subscriptions ?? []).filter(
        ({ name }) => name.startsWith(filterNamePrefix) && (after === undefined || name > after),
      )
      const page = all.slice(0, pageSize(limit, 50))
      const last = page.at(-1)
      return {
        subscriptionFilters: page.map((filter) => ({
          filterName: filter.name,
          logGroupName,
          filterPattern: filter.pattern,
          destinationArn: filter.destinationArn,
          roleArn: filter.roleArn,
          distribution: filter.distribution,
          creationTime: filter.createdAtMs,
        })),
        nextToken: all.length > page.length && last ? toPageToken(last.name) : undefined,
      }
    },
  },
})

function readFilter(input: InputFor<Api, 'PutSubscriptionFilter'>, ctx: Ctx): SubscriptionFilter {
  for (const name of ['applyOnTransformedLogs', 'fieldSelectionCriteria', 'emitSystemFields'] as const)
    if (input[name]) throw invalid(`${name} is not supported by Landfall. Leave it out.`)
  parseFilter(input.filterPattern)
  const destination = parseArn(input.destinationArn)
  if (!destination) throw invalid(`destinationArn is not an ARN: ${input.destinationArn}`)
  const { service } = destination
  if (!['lambda', 'kinesis', 'firehose'].includes(service))
    throw invalid(`Destinations of ${service} are not supported by Landfall: functions, Kinesis and Firehose are.`)
  if (service === 'lambda' && input.roleArn !== undefined)
    throw invalid('destinationArn for vendor lambda cannot be used with roleArn')
  if (service !== 'lambda' && input.roleArn === undefined)
    throw invalid(`destinationArn for vendor ${service} cannot be used without roleArn`)
  if (destination.region !== ctx.region) throw invalid('The destination must be in the region of the log group.')
  // Its own lines would call it again, without end.
  const name = destination.resource.split(':')[1]
  if (service === 'lambda' && input.logGroupName === `/aws/lambda/${name}`)
    throw invalid('The log group provided is reserved for the function logs of the destination function.')
  return {
    name: input.filterName,
    pattern: input.filterPattern,
    createdAtMs: ctx.nowMs,
    destinationArn: input.destinationArn,
    roleArn: input.roleArn,
    distribution: input.distribution ?? 'ByLogStream',
  }
}

function passedRole(resource: string) {
  return { action: 'iam:PassRole', resource, context: { 'iam:PassedToService': 'logs.amazonaws.com' } }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
