import { listing } from '../../kernel/listing.ts'
import { resource } from '../../kernel/resource.ts'
import { asTable, type GlobalTableProperties } from './resource-global-table.ts'
import { readGlobalTable, readTable } from './resource-reads.ts'
import { adoptTable, createTable, deleteTable, type TableProperties, updateTable } from './resource-table.ts'

export const resources = {
  'AWS::DynamoDB::Table': resource<TableProperties>({
    properties: [
      'TableName',
      'AttributeDefinitions',
      'KeySchema',
      'BillingMode',
      'ProvisionedThroughput',
      'OnDemandThroughput',
      'GlobalSecondaryIndexes',
      'ImportSourceSpecification',
      'LocalSecondaryIndexes',
      'DeletionProtectionEnabled',
      'TableClass',
      'SSESpecification',
      'TimeToLiveSpecification',
      'PointInTimeRecoverySpecification',
      'ContributorInsightsSpecification',
      'KinesisStreamSpecification',
      'StreamSpecification',
      'ResourcePolicy',
      'Tags',
      'VectorIndexes',
    ],
    // They are fixed when a table is made; the schema does not say so.
    replaceOn: ['LocalSecondaryIndexes'],
    create: createTable,
    update: updateTable,
    delete: (name, _props, rx) => deleteTable(name, rx),
    read: (name, _props, rx) => readTable(name, rx),
    adopt: adoptTable,
    list: listing('dynamodb:ListTables', {
      items: 'TableNames',
      token: ['LastEvaluatedTableName', 'ExclusiveStartTableName'],
    }),
  }),

  'AWS::DynamoDB::GlobalTable': resource<GlobalTableProperties>({
    properties: [
      'TableName',
      'AttributeDefinitions',
      'KeySchema',
      'BillingMode',
      'GlobalSecondaryIndexes',
      'LocalSecondaryIndexes',
      'Replicas',
      'SSESpecification',
      'StreamSpecification',
      'TimeToLiveSpecification',
      'VectorIndexes',
      'ReadOnDemandThroughputSettings',
      'WriteOnDemandThroughputSettings',
    ],
    create: async (props, rx) => createTable(asTable(props, rx.region), rx),
    update: async (name, props, previous, rx) =>
      updateTable(name, asTable(props, rx.region), asTable(previous, rx.region), rx),
    delete: (name, _props, rx) => deleteTable(name, rx),
    read: (name, { Replicas = [] }, rx) => readGlobalTable(name, Replicas[0] ?? {}, rx),
    adopt: adoptTable,
  }),
}
