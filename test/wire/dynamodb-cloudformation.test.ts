import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
/** The clock is moved while a stack waits for an index. */
const settled = async (name: string) => (await settledStack(cfn, name, () => node.clock.advance(100))).StackStatus!
const template = (Properties: object) =>
  JSON.stringify({
    Resources: { Orders: { Type: 'AWS::DynamoDB::Table', Properties } },
    Outputs: { Name: { Value: { Ref: 'Orders' } }, Arn: { Value: { 'Fn::GetAtt': ['Orders', 'Arn'] } } },
  })
const create = async (StackName: string, properties: object) => {
  await cfn.send(
    new CreateStackCommand({ StackName, TemplateBody: template(properties), Tags: [{ Key: 'stage', Value: 'dev' }] }),
  )
  return settled(StackName)
}
const update = async (StackName: string, properties: object) => {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(properties) }))
  return settled(StackName)
}
const output = async (StackName: string, key: string) =>
  (await stackOf(StackName)).Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? ''

const plain = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
}
const indexed = {
  ...plain,
  AttributeDefinitions: [...plain.AttributeDefinitions, { AttributeName: 'state', AttributeType: 'S' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byState',
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
}

describe('tables of templates', () => {
  test('are recoverable while their template says so', async () => {
    const recovery = async (TableName: string) =>
      (await db.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription!
        .PointInTimeRecoveryDescription!
    const on = (RecoveryPeriodInDays?: number) => ({
      ...plain,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays },
    })
    expect(await create('recoverable', on(7))).toBe('CREATE_COMPLETE')
    const TableName = await output('recoverable', 'Name')
    const since = await recovery(TableName)
    expect(since).toMatchObject({ PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 7 })
    expect(await update('recoverable', on(9))).toBe('UPDATE_COMPLETE')
    expect(await recovery(TableName)).toMatchObject({
      RecoveryPeriodInDays: 9,
      EarliestRestorableDateTime: since.EarliestRestorableDateTime,
    })
    expect(await update('recoverable', plain)).toBe('UPDATE_COMPLETE')
    expect(await recovery(TableName)).toEqual({ PointInTimeRecoveryStatus: 'DISABLED' })
    await cfn.send(new DeleteStackCommand({ StackName: 'recoverable' }))
  })

  test('are made, changed with their items kept, and deleted', async () => {
    expect(await create('orders', { ...plain, Tags: [{ Key: 'team', Value: 'a' }] })).toBe('CREATE_COMPLETE')
    const TableName = await output('orders', 'Name')
    const ResourceArn = await output('orders', 'Arn')
    expect(TableName).toMatch(/^orders-Orders-[A-Z0-9]+$/)
    expect(ResourceArn).toBe(`arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`)
    const tags = (await db.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags
    expect(tags).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'a' },
        { Key: 'stage', Value: 'dev' },
      ]),
    )
    for (let i = 0; i < 40; i++) {
      await db.send(
        new PutItemCommand({ TableName, Item: { id: { S: `o${i}` }, state: { S: i % 2 ? 'open' : 'done' } } }),
      )
    }

    const ttl = { TimeToLiveSpecification: { AttributeName: 'until', Enabled: true } }
    expect(await update('orders', { ...indexed, ...ttl, DeletionProtectionEnabled: true })).toBe('UPDATE_COMPLETE')
    expect(await output('orders', 'Name')).toBe(TableName)
    const { Table } = await db.send(new DescribeTableCommand({ TableName }))
    expect(Table).toMatchObject({
      ItemCount: 40,
      DeletionProtectionEnabled: true,
      GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE', ItemCount: 40 }],
    })
    const open = await db.send(
      new QueryCommand({
        TableName,
        IndexName: 'byState',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': { S: 'open' } },
        Select: 'COUNT',
      }),
    )
    expect(open.Count).toBe(20)
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription?.AttributeName).toBe(
      'until',
    )

    expect(await update('orders', plain)).toBe('UPDATE_COMPLETE')
    const after = (await db.send(new DescribeTableCommand({ TableName }))).Table
    expect(after?.GlobalSecondaryIndexes).toBeUndefined()
    expect(after).toMatchObject({ ItemCount: 40, DeletionProtectionEnabled: false })
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription?.TimeToLiveStatus).toBe(
      'DISABLED',
    )

    const StackName = (await stackOf('orders')).StackId!
    await cfn.send(new DeleteStackCommand({ StackName }))
    expect(await settled(StackName)).toBe('DELETE_COMPLETE')
    await expect(db.send(new GetItemCommand({ TableName, Key: { id: { S: 'o1' } } }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('have streams and resource policies, which change without touching the items', async () => {
    const allow = (Action: string) => ({
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action, Resource: '*' }],
      },
    })
    const policies = async (StackName: string) => {
      const { TableArn, LatestStreamArn } = (await table(StackName))!
      const get = async (ResourceArn: string) =>
        (await db.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy?.match(/dynamodb:\w+/)?.[0]
      return [await get(TableArn!), await get(LatestStreamArn!)]
    }
    const table = async (StackName: string) =>
      (await db.send(new DescribeTableCommand({ TableName: await output(StackName, 'Name') }))).Table
    const first = {
      ...plain,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE', ResourcePolicy: allow('dynamodb:GetRecords') },
      ResourcePolicy: allow('dynamodb:GetItem'),
    }
    expect(await create('streaming', first)).toBe('CREATE_COMPLETE')
    const before = await table('streaming')
    expect(before?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })
    expect(await policies('streaming')).toEqual(['dynamodb:GetItem', 'dynamodb:GetRecords'])
    const second = {
      ...plain,
      StreamSpecification: { StreamViewType: 'KEYS_ONLY', ResourcePolicy: allow('dynamodb:DescribeStream') },
      ResourcePolicy: allow('dynamodb:Query'),
    }
    expect(await update('streaming', second)).toBe('UPDATE_COMPLETE')
    const after = await table('streaming')
    expect(after).toMatchObject({ TableId: before?.TableId, StreamSpecification: { StreamViewType: 'KEYS_ONLY' } })
    expect(after?.LatestStreamArn).not.toBe(before?.LatestStreamArn)
    expect(await policies('streaming')).toEqual(['dynamodb:Query', 'dynamodb:DescribeStream'])
    expect(await update('streaming', plain)).toBe('UPDATE_COMPLETE')
    expect((await table('streaming'))?.StreamSpecification).toBeUndefined()
    await expect(policies('streaming')).rejects.toMatchObject({ name: 'PolicyNotFoundException' })
  })

  test.each([
    ['insights', { ContributorInsightsSpecification: { Enabled: true } }, 'ContributorInsights'],
    [
      'tags of a stream',
      { StreamSpecification: { StreamViewType: 'NEW_IMAGE', Tags: [{ Key: 'a', Value: 'b' }] } },
      'Tags',
    ],
    [
      'throughput that is missing',
      { BillingMode: 'PROVISIONED' },
      'ReadCapacityUnits and WriteCapacityUnits must both be specified',
    ],
  ])('with %s fail by name, and nothing is left', async (name, more, message) => {
    const StackName = `bad-${name.replaceAll(' ', '-')}`
    const outcome = await create(StackName, { ...plain, ...more }).catch((error: unknown) => error)
    if (outcome instanceof Error) {
      expect(outcome.message).toContain(message)
      return
    }
    expect(outcome).toBe('ROLLBACK_COMPLETE')
    const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName }))
    expect(StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason).join('\n')).toContain(message)
  })
})

test("another type of a key's attribute is refused, not passed over", async () => {
  expect(await create('retyped', plain)).toBe('CREATE_COMPLETE')
  const other = { ...plain, AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }] }
  expect(await update('retyped', other)).toBe('UPDATE_ROLLBACK_COMPLETE')
})
