import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { namedTable } from './table-lookup.ts'

/**
 * Which keys are used most would be rules over each access, which leaves no log: contributor insights are off for every
 * table and index, and can't be switched on.
 */
export const contributorInsights = operations<Api>()({
  DescribeContributorInsights: {
    authorize: (input, ctx, tx) => insightsAccess('DescribeContributorInsights', input, ctx, tx),
    read: async (tx, input, ctx) => ({
      ...(await named(tx, input, ctx)),
      ContributorInsightsStatus: 'DISABLED' as const,
    }),
  },
  ListContributorInsights: {
    authorize: () => [{ action: 'dynamodb:ListContributorInsights', resource: '*' }],
    async read(tx, { TableName }, ctx) {
      if (TableName !== undefined) await namedTable(tx, TableName, ctx)
      return { ContributorInsightsSummaries: [] }
    },
  },
  UpdateContributorInsights: {
    authorize: (input, ctx, tx) => insightsAccess('UpdateContributorInsights', input, ctx, tx),
    async write(tx, input, ctx) {
      const found = await named(tx, input, ctx)
      if (input.ContributorInsightsAction === 'ENABLE') {
        throw awsError(
          'ValidationException',
          'ContributorInsightsAction ENABLE is not supported: which keys are accessed is not recorded.',
        )
      }
      return { ...found, ContributorInsightsStatus: 'DISABLED' as const }
    },
  },
})

interface Target {
  TableName: string
  IndexName?: string
}

async function insightsAccess(action: string, { TableName, IndexName }: Target, ctx: Ctx, tx: ReadTx) {
  const access = await tableAccess(action, TableName, ctx, tx)
  return [
    access,
    ...(IndexName === undefined ? [] : [{ ...access, resource: `${access.resource}/index/${IndexName}` }]),
  ]
}

/** What is spoken of, as answers tell it. Throws unless it is there. */
async function named(tx: ReadTx, { TableName, IndexName }: Target, ctx: Ctx) {
  const found = await namedTable(tx, TableName, ctx)
  if (IndexName !== undefined && !found.indexes.some(({ name }) => name === IndexName))
    throw awsError('ResourceNotFoundException', `Requested resource not found: Index: ${IndexName} not found`)
  return { TableName: found.name, ...(IndexName !== undefined && { IndexName }) }
}
