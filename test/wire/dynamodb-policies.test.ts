import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  GetResourcePolicyCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let bob: DynamoDBClient
let credentials: { accessKeyId: string; secretAccessKey: string }
const Principal = { AWS: 'arn:aws:iam::000000000000:user/bob' }
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const denied = { name: 'AccessDeniedException' }

beforeAll(async () => {
  tables = await startTables()
  const iam = tables.node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }))
  credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  bob = tables.node.client(DynamoDBClient, { credentials })
  iam.destroy()
})
afterAll(async () => {
  bob.destroy()
  await tables[Symbol.asyncDispose]()
})

const arnOf = async (TableName: string) => (await tables.db.send(new DescribeTableCommand({ TableName }))).Table!

test('a policy that denies some items denies them to root as well', async () => {
  const TableName = await tables.makeTable()
  const ResourceArn = (await arnOf(TableName)).TableArn!
  const get = (of: string) => tables.db.send(new GetItemCommand({ TableName, Key: key(of) }))
  const Policy = policy({
    Effect: 'Deny',
    Principal: '*',
    Action: 'dynamodb:GetItem',
    Resource: ResourceArn,
    Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': 'sealed' } },
  })
  await tables.db.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
  await get('open')
  await expect(get('sealed')).rejects.toMatchObject(denied)
  await tables.db.send(new DeleteResourcePolicyCommand({ ResourceArn }))
  await get('sealed')
})

test('a policy lets a user in who has none of his own, on the table and its indexes', async () => {
  const TableName = await tables.makeTable({
    AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-g',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  const ResourceArn = (await arnOf(TableName)).TableArn!
  const get = () => bob.send(new GetItemCommand({ TableName, Key: key('a') }))
  const query = () =>
    bob.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-g',
        KeyConditionExpression: 'g = :g',
        ExpressionAttributeValues: { ':g': { S: 'g' } },
      }),
    )
  await expect(get()).rejects.toMatchObject(denied)
  const Policy = policy({
    Effect: 'Allow',
    Principal,
    Action: ['dynamodb:GetItem', 'dynamodb:Query'],
    Resource: [ResourceArn, `${ResourceArn}/index/*`],
  })
  const { RevisionId } = await tables.db.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
  await get()
  await query()
  await expect(bob.send(new PutItemCommand({ TableName, Item: key('a') }))).rejects.toMatchObject(denied)
  expect(await tables.db.send(new GetResourcePolicyCommand({ ResourceArn }))).toMatchObject({ Policy, RevisionId })
  await tables.node.restart()
  const again = tables.node.client(DynamoDBClient)
  bob.destroy()
  bob = tables.node.client(DynamoDBClient, { credentials })
  await get()
  const stale = new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: 'other' })
  await expect(again.send(stale)).rejects.toMatchObject({ name: 'PolicyNotFoundException' })
  await again.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: RevisionId }))
  await expect(get()).rejects.toMatchObject(denied)
  await expect(again.send(new GetResourcePolicyCommand({ ResourceArn }))).rejects.toMatchObject({
    name: 'PolicyNotFoundException',
  })
  const bad = (text: string) => again.send(new PutResourcePolicyCommand({ ResourceArn, Policy: text }))
  await expect(bad('{')).rejects.toEqual(refused(/^Invalid policy document/))
  await expect(bad(policy({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: '*' }))).rejects.toEqual(
    refused(/actions of DynamoDB alone/),
  )
  await expect(
    bad(policy({ Effect: 'Allow', Principal, Action: 'dynamodb:*', Resource: 'arn:aws:dynamodb:us-east-1:1:table/x' })),
  ).rejects.toEqual(refused(/no resource but/))
  // A stream has a policy of its own.
  await again.send(
    new CreateTableCommand({
      TableName: 'streaming',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  )
  const { Table } = await again.send(new DescribeTableCommand({ TableName: 'streaming' }))
  const StreamArn = Table!.LatestStreamArn!
  const streams = tables.node.client(DynamoDBStreamsClient, { credentials })
  await expect(streams.send(new DescribeStreamCommand({ StreamArn }))).rejects.toMatchObject(denied)
  await again.send(
    new PutResourcePolicyCommand({
      ResourceArn: StreamArn,
      Policy: policy({ Effect: 'Allow', Principal, Action: 'dynamodb:DescribeStream', Resource: StreamArn }),
    }),
  )
  await streams.send(new DescribeStreamCommand({ StreamArn }))
  streams.destroy()
  again.destroy()
})
