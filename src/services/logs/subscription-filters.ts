import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupArn, groupResource, nameOfToken, pageSize } from './find.ts'
import { checkRegexQuota } from './regex-quota.ts'
import { tryOut } from './subscriber.ts'
import { ownGroupOf, passedRole, readFilter, subscribing } from './subscription-input.ts'

const mostFilters = 2

/** Subscription filters: events of a group handed on to functions, Kinesis streams and Firehoses, by themselves or behind a destination. */
export const subscriptionFilters = operations<Api>()({
  PutSubscriptionFilter: {
    authorize: ({ logGroupName, destinationArn, roleArn }, ctx) => [
      { action: 'logs:PutSubscriptionFilter', resource: groupResource(ctx, logGroupName) },
      ...subscribing(destinationArn),
      ...(roleArn === undefined ? [] : [passedRole(roleArn)]),
    ],
    async call(input, ctx) {
      checkInput(input)
      const { filterName: name, filterPattern: pattern, destinationArn, roleArn, distribution } = input
      const onTransformed = input.applyOnTransformedLogs
      const filter = readFilter({ name, pattern, destinationArn, roleArn, distribution, onTransformed }, ctx)
      await ctx.read((tx) => findGroup(tx, input.logGroupName))
      // Loads the destination's service, and shows that it is there and may be given events, before anything is written.
      const sourceArn = `${groupArn(ctx.scope, input.logGroupName)}:*`
      await tryOut({ host: ctx.host, scope: ctx.scope, sourceArn, filter })
      await ctx.write(async (tx) => {
        const found = await findGroup(tx, input.logGroupName)
        const others = (found.subscriptions ?? []).filter(({ name }) => name !== filter.name)
        if (others.length >= mostFilters)
          throw awsError('LimitExceededException', `A log group can have at most ${mostFilters} subscription filters.`)
        const subscriptions = [...others, filter].sort((a, b) => (a.name < b.name ? -1 : 1))
        checkRegexQuota({ ...found, subscriptions })
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
          applyOnTransformedLogs: filter.onTransformed,
          creationTime: filter.createdAtMs,
        })),
        nextToken: all.length > page.length && last ? toPageToken(last.name) : undefined,
      }
    },
  },
})

/** Refuses what is not here, by name, and a function's subscription to its own lines. */
function checkInput(input: InputFor<Api, 'PutSubscriptionFilter'>): void {
  for (const name of ['fieldSelectionCriteria', 'emitSystemFields'] as const)
    if (input[name]) throw invalid(`${name} is not supported by Landfall. Leave it out.`)
  // Its own lines would call it again, without end.
  if (input.logGroupName === ownGroupOf(input.destinationArn))
    throw invalid('The log group provided is reserved for the function logs of the destination function.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
