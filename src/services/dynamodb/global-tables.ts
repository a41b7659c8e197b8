import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'

/**
 * Global tables of version 2017.11.29, which AWS makes no more: so there are none. Those of today are made of replicas,
 * by UpdateTable.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
 */
export const globalTables = operations<Api>()({
  CreateGlobalTable: {
    authorize: async ({ GlobalTableName }, ctx, tx) => [
      globalTableAccess('CreateGlobalTable', GlobalTableName, ctx),
      await tableAccess('CreateGlobalTable', GlobalTableName, ctx, tx),
    ],
    write() {
      // Said by the service in 2026: https://github.com/crossplane-contrib/provider-aws/issues/2308
      throw awsError(
        'ValidationException',
        'One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy).',
      )
    },
  },
  DescribeGlobalTable: {
    authorize: ({ GlobalTableName }, ctx) => [globalTableAccess('DescribeGlobalTable', GlobalTableName, ctx)],
    read: (_tx, { GlobalTableName }) => Promise.reject(notFound(GlobalTableName)),
  },
  DescribeGlobalTableSettings: {
    authorize: ({ GlobalTableName }, ctx) => [globalTableAccess('DescribeGlobalTableSettings', GlobalTableName, ctx)],
    read: (_tx, { GlobalTableName }) => Promise.reject(notFound(GlobalTableName)),
  },
  ListGlobalTables: {
    authorize: () => [{ action: 'dynamodb:ListGlobalTables', resource: '*' }],
    read: () => Promise.resolve({ GlobalTables: [] }),
  },
  UpdateGlobalTable: {
    authorize: async ({ GlobalTableName }, ctx, tx) => [
      globalTableAccess('UpdateGlobalTable', GlobalTableName, ctx),
      await tableAccess('UpdateGlobalTable', GlobalTableName, ctx, tx),
    ],
    write: (_tx, { GlobalTableName }) => Promise.reject(notFound(GlobalTableName)),
  },
  UpdateGlobalTableSettings: {
    authorize: async ({ GlobalTableName }, ctx, tx) => [
      globalTableAccess('UpdateGlobalTableSettings', GlobalTableName, ctx),
      await tableAccess('UpdateGlobalTableSettings', GlobalTableName, ctx, tx),
    ],
    write: (_tx, { GlobalTableName }) => Promise.reject(notFound(GlobalTableName)),
  },
})

function globalTableAccess(action: string, name: string, { account }: Ctx) {
  return { action: `dynamodb:${action}`, resource: `arn:aws:dynamodb::${account}:global-table/${name}` }
}

function notFound(name: string): AwsError {
  return awsError(
    'GlobalTableNotFoundException',
    `Global table not found: Global table with name: '${name}' does not exist.`,
  )
}
