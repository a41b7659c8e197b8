import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { maxThroughput } from './billing.ts'
import { namedTable } from './table-lookup.ts'

/** What tools ask about the account and about backups before they do anything. */
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
  /** There are no backups, continuous ones included, and this says so. */
  DescribeContinuousBackups: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('DescribeContinuousBackups', TableName, ctx, tx)],
    async read(tx, { TableName }, ctx) {
      await namedTable(tx, TableName, ctx)
      return {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'DISABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
        },
      }
    },
  },
})
