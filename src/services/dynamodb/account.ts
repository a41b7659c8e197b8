import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { maxThroughput } from './billing.ts'

/** What tools ask about the account before they do anything. */
export const account = operations<Api>()({
  DescribeLimits: {
    authorize: () => [{ action: 'dynamodb:DescribeLimits', resource: '*' }],
    read: () => ({
      AccountMaxReadCapacityUnits: maxThroughput.account,
      AccountMaxWriteCapacityUnits: maxThroughput.account,
      TableMaxReadCapacityUnits: maxThroughput.table,
      TableMaxWriteCapacityUnits: maxThroughput.table,
    }),
  },
  DescribeEndpoints: {
    authorize: () => [{ action: 'dynamodb:DescribeEndpoints', resource: '*' }],
    read: (_tx, _input, ctx) => ({
      Endpoints: [{ Address: new URL(ctx.baseUrl).host, CachePeriodInMinutes: 1_440 }],
    }),
  },
})
