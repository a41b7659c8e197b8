import { defineService } from '../../kernel/service.ts'
import { account } from './account.ts'
import type { Api } from './api.ts'
import { backups } from './backups.ts'
import { batches } from './batches.ts'
import { bulkOperations } from './bulk/operations.ts'
import { continuousBackups } from './continuous-backups.ts'
import { contributorInsights } from './contributor-insights.ts'
import { destination } from './destination.ts'
import { timeToLive } from './expiry.ts'
import { exports } from './exports.ts'
import { globalTables } from './global-tables.ts'
import { imports } from './imports.ts'
import { items } from './items.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { partiql } from './partiql/operations.ts'
import { query } from './query.ts'
import { policyOf, resourcePolicies } from './resource-policies.ts'
import { resources } from './resources.ts'
import { restores } from './restores.ts'
import { scan } from './scan.ts'
import { streamSource } from './stream-source.ts'
import { tableUpdates } from './table-updates.ts'
import { tables } from './tables.ts'
import { tagOperations } from './tags.ts'
import { transactions } from './transactions.ts'
import { search } from './vectors/search.ts'

const noGlobalTables = 'there are no global tables of this version to do anything with'

/**
 * Tables of items. Layers: `attribute-value`, `decimal`, `expressions/` are pure; `state` and `positions` say how
 * items lie in the store; `item-writes` and `pages` are the one way of writing and of reading many; the rest are
 * operations.
 */
export const service = defineService<Api>()({
  id: 'dynamodb',
  model,
  operations: {
    ...tables,
    ...tableUpdates,
    ...items,
    ...query,
    ...scan,
    ...batches,
    ...transactions,
    ...partiql,
    ...resourcePolicies,
    ...backups,
    ...continuousBackups,
    ...contributorInsights,
    ...destination,
    ...exports,
    ...globalTables,
    ...imports,
    ...restores,
    ...tagOperations,
    ...timeToLive,
    ...account,
    ...search,
    ...bulkOperations,
  },
  resources,
  jobs,
  events: { streamSource },
  resourcePolicy: policyOf,
  // A batch of 16 MB.
  maxBodyBytes: 17_000_000,
  inert: {
    'CreateTable.SSESpecification': 'stored and returned; items are not encrypted with the key',
    'CreateTable.TableClass': 'stored and returned; it changes what AWS bills',
    'UpdateTable.SSESpecification': 'stored and returned; items are not encrypted with the key',
    'UpdateTable.TableClass': 'stored and returned; it changes what AWS bills',
    'DisableKinesisStreamingDestination.EnableKinesisStreamingConfiguration':
      'part of the same shape as when it is enabled; what is switched off has no settings',
    'StartBulkPutItems.PerformanceTier': 'stored and returned; items are written as fast as the machine can either way',
    'CreateGlobalTable.ReplicationGroup': noGlobalTables,
    'UpdateGlobalTable.ReplicaUpdates': noGlobalTables,
    'UpdateGlobalTableSettings.GlobalTableBillingMode': noGlobalTables,
    'UpdateGlobalTableSettings.GlobalTableProvisionedWriteCapacityUnits': noGlobalTables,
    'UpdateGlobalTableSettings.GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate': noGlobalTables,
    'UpdateGlobalTableSettings.GlobalTableGlobalSecondaryIndexSettingsUpdate': noGlobalTables,
    'UpdateGlobalTableSettings.ReplicaSettingsUpdate': noGlobalTables,
    'ListGlobalTables.ExclusiveStartGlobalTableName': noGlobalTables,
    'ListGlobalTables.Limit': noGlobalTables,
    'ListGlobalTables.RegionName': noGlobalTables,
    'ListContributorInsights.MaxResults': 'no table has any to be listed',
    'ListContributorInsights.NextToken': 'no table has any to be listed',
    'UpdateContributorInsights.ContributorInsightsMode': 'what is off has no mode',
    'DescribeLimits.AccountMaxReadCapacityUnits': 'what AWS starts with; the sum over tables is not limited',
    'DescribeLimits.AccountMaxWriteCapacityUnits': 'what AWS starts with; the sum over tables is not limited',
  },
  planned: [],
  excluded: [
    {
      operations: ['DescribeTableReplicaAutoScaling', 'UpdateTableReplicaAutoScaling'],
      because:
        'It is Application Auto Scaling that scales replicas, a service of its own. Set the capacity of the table, or use PAY_PER_REQUEST.',
    },
  ],
})
