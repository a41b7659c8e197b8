import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { findGroup, groupResource } from './find.ts'

/** Subscription filters can't be made yet, so a group that exists has none: tools that look for theirs are told so. */
export const subscriptionFilters = operations<Api>()({
  DescribeSubscriptionFilters: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DescribeSubscriptionFilters', resource: groupResource(ctx, logGroupName) },
    ],
    async read(tx, { logGroupName, nextToken }) {
      await findGroup(tx, logGroupName)
      if (nextToken !== undefined)
        throw awsError('InvalidParameterException', 'The specified nextToken is invalid: there was no page before.')
      return { subscriptionFilters: [] }
    },
  },
})
