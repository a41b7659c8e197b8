import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateGlobalTableCommand,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeContributorInsightsCommand,
  DescribeGlobalTableCommand,
  DescribeGlobalTableSettingsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  ListContributorInsightsCommand,
  ListGlobalTablesCommand,
  ListTagsOfResourceCommand,
  UpdateContributorInsightsCommand,
  UpdateGlobalTableCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let db: DynamoDBClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  db = node.client(DynamoDBClient)
})
afterAll(() => node.close())

const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name, () => node.clock.advance(100))).StackStatus!
const template = (Properties: object) =>
  JSON.stringify({
    Resources: { Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties } },
    Outputs: {
      Name: { Value: { Ref: 'Table' } },
      Arn: { Value: { 'Fn::GetAtt': ['Table', 'Arn'] } },
      Id: { Value: { 'Fn::GetAtt': ['Table', 'TableId'] } },
      Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] } },
    },
  })
const outputs = async (StackName: string) =>
  Object.fromEntries((await stackOf(StackName)).Outputs!.map((each) => [each.OutputKey!, each.OutputValue!]))

const region = 'us-east-1'
/** As CDK's TableV2 writes it. */
const properties = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'owner', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byOwner',
      KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 70 },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  SSESpecification: { SSEEnabled: false },
  TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
  WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 100 },
  Replicas: [
    {
      Region: region,
      DeletionProtectionEnabled: false,
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      ContributorInsightsSpecification: { Enabled: false },
      ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 50 },
      GlobalSecondaryIndexes: [{ IndexName: 'byOwner', ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 60 } }],
      Tags: [{ Key: 'team', Value: 'a' }],
    },
  ],
}

test('a global table of one region is a table, with what its replica says', async () => {
  const StackName = 'global'
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(properties) }))
  expect(await settled(StackName)).toBe('CREATE_COMPLETE')
  const { Name: TableName, Arn, Id, Stream } = await outputs(StackName)
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  expect(Table).toMatchObject({
    TableArn: Arn,
    TableId: Id,
    LatestStreamArn: Stream,
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    OnDemandThroughput: { MaxReadRequestUnits: 50, MaxWriteRequestUnits: 100 },
    GlobalSecondaryIndexes: [
      { IndexName: 'byOwner', OnDemandThroughput: { MaxReadRequestUnits: 60, MaxWriteRequestUnits: 70 } },
    ],
  })
  const { TimeToLiveDescription } = await db.send(new DescribeTimeToLiveCommand({ TableName }))
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'until' })
  const { ContinuousBackupsDescription } = await db.send(new DescribeContinuousBackupsCommand({ TableName }))
  expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('ENABLED')
  const { Tags } = await db.send(new ListTagsOfResourceCommand({ ResourceArn: Arn }))
  expect(Tags).toContainEqual({ Key: 'team', Value: 'a' })

  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'dynamodb:GetItem', Resource: Arn }],
  }
  const [replica] = properties.Replicas
  const { GlobalSecondaryIndexes: _, WriteOnDemandThroughputSettings: __, ...rest } = properties
  const { GlobalSecondaryIndexes: ___, PointInTimeRecoverySpecification: ____, ...plain } = replica!
  const next = {
    ...rest,
    AttributeDefinitions: [properties.AttributeDefinitions[0]],
    Replicas: [{ ...plain, DeletionProtectionEnabled: false, ResourcePolicy: { PolicyDocument: policy } }],
  }
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(next) }))
  expect(await settled(StackName)).toBe('UPDATE_COMPLETE')
  expect((await outputs(StackName)).Id).toBe(Id)
  const after = (await db.send(new DescribeTableCommand({ TableName }))).Table!
  expect(after.GlobalSecondaryIndexes).toBeUndefined()
  const put = await db.send(new GetResourcePolicyCommand({ ResourceArn: Arn }))
  expect(JSON.parse(put.Policy!)).toEqual(policy)

  await cfn.send(new DeleteStackCommand({ StackName }))
  await expect(
    (async () => {
      for (;;) await db.send(new DescribeTableCommand({ TableName }))
    })(),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test.each([
  ['a replica elsewhere', { Replicas: [{ Region: 'eu-west-1' }] }, /must name one replica in us-east-1/],
  ['two replicas', { Replicas: [{ Region: region }, { Region: 'eu-west-1' }] }, /nothing is copied to other regions/],
  [
    'a stream of another account',
    {
      Replicas: [
        {
          Region: region,
          KinesisStreamSpecification: { StreamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/s' },
        },
      ],
    },
    /is no data stream of this account and region/,
  ],
  ['insights', { Replicas: [{ Region: region, ContributorInsightsSpecification: { Enabled: true } }] }, /Insights/],
  ['consistency over regions', { MultiRegionConsistency: 'STRONG' }, /MultiRegionConsistency/],
])('%s is refused by name', async (what, more, reason) => {
  const StackName = `refused-${what.replaceAll(' ', '-')}`
  const TemplateBody = template({ ...properties, ...more })
  const events = async () => {
    await cfn.send(new CreateStackCommand({ StackName, TemplateBody }))
    await settled(StackName)
    const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName }))
    return StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason).join(' ')
  }
  expect(await events().catch((error: Error) => error.message)).toMatch(reason)
})

test('global tables of the first version are made no more, and there are none', async () => {
  const GlobalTableName = 'first-version'
  await expect(
    db.send(new CreateGlobalTableCommand({ GlobalTableName, ReplicationGroup: [{ RegionName: region }] })),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('version 2017.11.29 is not supported'),
  })
  const absent = { name: 'GlobalTableNotFoundException' }
  await expect(db.send(new DescribeGlobalTableCommand({ GlobalTableName }))).rejects.toMatchObject(absent)
  await expect(db.send(new DescribeGlobalTableSettingsCommand({ GlobalTableName }))).rejects.toMatchObject(absent)
  await expect(db.send(new UpdateGlobalTableCommand({ GlobalTableName, ReplicaUpdates: [] }))).rejects.toMatchObject(
    absent,
  )
  expect((await db.send(new ListGlobalTablesCommand({}))).GlobalTables).toEqual([])
})

test('contributor insights are off, and are not said to be switched on', async () => {
  const TableName = 'looked-at'
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  const describe = (input: object = {}, client = db) =>
    client.send(new DescribeContributorInsightsCommand({ TableName, ...input }))
  expect(await describe()).toMatchObject({ TableName, ContributorInsightsStatus: 'DISABLED' })
  const absent = { name: 'ResourceNotFoundException' }
  await expect(describe({ TableName: 'absent' })).rejects.toMatchObject(absent)
  await expect(describe({ IndexName: 'absent' })).rejects.toMatchObject(absent)
  const update = (ContributorInsightsAction: 'ENABLE' | 'DISABLE') =>
    db.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction }))
  await expect(update('ENABLE')).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('ENABLE is not supported'),
  })
  expect(await update('DISABLE')).toMatchObject({ ContributorInsightsStatus: 'DISABLED' })
  expect((await db.send(new ListContributorInsightsCommand({ TableName }))).ContributorInsightsSummaries).toEqual([])
  await expect(db.send(new ListContributorInsightsCommand({ TableName: 'absent' }))).rejects.toMatchObject(absent)

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  await expect(describe({}, node.client(DynamoDBClient, { credentials }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
})
