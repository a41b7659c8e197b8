import { Agent } from 'node:http'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let db: DynamoDBClient
const TableName = 'races'

beforeAll(async () => {
  node = await startNode()
  db = node.client(DynamoDBClient, {
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }) },
  } as object)
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
})
afterAll(async () => {
  db.destroy()
  await node.close()
})

const times = <T>(n: number, act: (i: number) => Promise<T>) => Promise.all(Array.from({ length: n }, (_, i) => act(i)))
const failedCheck = (error: unknown) => {
  if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false
  throw error
}

describe('hundreds of callers at once', () => {
  test('add to one number and lose no update', async () => {
    const seen = await times(300, async () => {
      const { Attributes } = await db.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'counter' } },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      return Number(Attributes?.n?.N)
    })
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  })

  test('put the same item if it is absent, and one of them does', async () => {
    const won = await times(200, (i) =>
      db
        .send(
          new PutItemCommand({
            TableName,
            Item: { id: { S: 'first' }, by: { N: String(i) } },
            ConditionExpression: 'attribute_not_exists(id)',
          }),
        )
        .then(() => true)
        .catch(failedCheck),
    )
    const winners = won.flatMap((did, i) => (did ? [i] : []))
    expect(winners).toHaveLength(1)
    const { Item } = await db.send(new GetItemCommand({ TableName, Key: { id: { S: 'first' } } }))
    expect(Item?.by).toEqual({ N: String(winners[0]) })
  })

  test('compare and set by version: every success is one step', async () => {
    const Key = { id: { S: 'versioned' } }
    await db.send(new PutItemCommand({ TableName, Item: { ...Key, version: { N: '0' }, owner: { S: 'nobody' } } }))
    const successes = await times(100, async (i) => {
      for (let tries = 0; ; tries++) {
        const { Item } = await db.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        const did = await db
          .send(
            new UpdateItemCommand({
              TableName,
              Key,
              UpdateExpression: 'SET version = version + :one, #owner = :me',
              ConditionExpression: 'version = :seen',
              ExpressionAttributeNames: { '#owner': 'owner' },
              ExpressionAttributeValues: { ':one': { N: '1' }, ':seen': Item!.version!, ':me': { S: `w${i % 3}` } },
            }),
          )
          .then(() => true)
          .catch(failedCheck)
        if (did) return 1
        if (tries > 20) return 0
      }
    })
    const { Item } = await db.send(new GetItemCommand({ TableName, Key }))
    expect(Number(Item?.version?.N)).toBe(successes.reduce<number>((sum, n) => sum + n, 0))
    const { Items } = await db.send(new ScanCommand({ TableName, IndexName: 'byOwner' }))
    expect(Items).toEqual([Item])
  })

  test('transfer between two items, and the sum stays', async () => {
    const key = (name: string) => ({ id: { S: name } })
    for (const name of ['left', 'right']) {
      await db.send(new PutItemCommand({ TableName, Item: { ...key(name), n: { N: '50' } } }))
    }
    const done = await times(120, (i) => {
      const [from, to] = i % 2 === 0 ? ['left', 'right'] : ['right', 'left']
      const move = (name: string, sign: '+' | '-', condition?: string) => ({
        Update: {
          TableName,
          Key: key(name),
          UpdateExpression: `SET n = n ${sign} :n`,
          ExpressionAttributeValues: { ':n': { N: String(i % 7) } },
          ...(condition ? { ConditionExpression: condition } : {}),
        },
      })
      return db
        .send(new TransactWriteItemsCommand({ TransactItems: [move(from!, '-', 'n >= :n'), move(to!, '+')] }))
        .then(() => true)
        .catch((error: unknown) => {
          if (error instanceof Error && error.name === 'TransactionCanceledException') return false
          throw error
        })
    })
    expect(done).toContain(true)
    const [left, right] = await Promise.all(
      ['left', 'right'].map(async (name) =>
        Number((await db.send(new GetItemCommand({ TableName, Key: key(name) }))).Item?.n?.N),
      ),
    )
    expect(left! + right!).toBe(100)
    expect(Math.min(left!, right!)).toBeGreaterThanOrEqual(0)
  })
})
