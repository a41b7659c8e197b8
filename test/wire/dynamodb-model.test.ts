import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAwsError } from '../../src/kernel/errors.ts'
import type { Principal } from '../../src/kernel/principal.ts'
import { startNode, type TestNode } from '../harness.ts'
import { type Item, idOf, type Key, moreActions, sorted } from './dynamodb-model-actions.ts'
import { vectorActions, vectorIndexes } from './dynamodb-model-vectors.ts'

/*
 * Thousands of random operations, each compared with a model that is a plain map. The operations run through
 * validation and authorisation like requests, without the cost of signing them.
 */

interface PageOut {
  Items: Item[]
  Count: number
  LastEvaluatedKey?: object
}

const scope = { account: '000000000000', region: 'us-east-1' }
const root: Principal = {
  kind: 'root',
  account: scope.account,
  arn: 'arn:aws:iam::000000000000:root',
  userId: scope.account,
}
const TableName = 'model'
/** `LANDFALL_MODEL_STEPS=1000000` for a long run; another `LANDFALL_MODEL_SEED` for another course. */
const steps = Number(process.env.LANDFALL_MODEL_STEPS ?? 20_000)
const seed = Number(process.env.LANDFALL_MODEL_SEED ?? 20_260_101)

let node: TestNode
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
})
afterAll(() => node.close())

function call<O = Record<string, never>>(operation: string, input: object): Promise<O> {
  return node.node.host.invoke<O>(`dynamodb:${operation}`, { TableName, ...input }, { as: root, scope })
}

/** Numbers that look random and are the same in every run. */
function lottery(seed: number) {
  let state = seed
  const below = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  return {
    below,
    pick: <T>(...options: [T, ...T[]]): T => options[below(options.length)]!,
    chance: (n: number) => below(n) === 0,
  }
}

const model = new Map<string, Item>()
const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk })
const bySort = (a: Item, b: Item) => Number(a.sk.N) - Number(b.sk.N)

async function pages(operation: string, input: object): Promise<Item[]> {
  const items: Item[] = []
  let start: object | undefined
  for (let count = 0; count < 500; count++) {
    const page = await call<PageOut>(operation, { ...input, ...(start ? { ExclusiveStartKey: start } : {}) })
    expect(page.Count).toBe(page.Items.length)
    items.push(...page.Items)
    start = page.LastEvaluatedKey
    if (!start) return items
  }
  throw new Error('the pages do not end')
}

/** What the table's stream says that its items are. */
async function startReplica() {
  const stream = <O>(operation: string, input: object) =>
    node.node.host.invoke<O>(`dynamodbstreams:${operation}`, input, { as: root, scope })
  const { Table } = await call<{ Table: { LatestStreamArn: string } }>('DescribeTable', {})
  const StreamArn = Table.LatestStreamArn
  const { StreamDescription } = await stream<{ StreamDescription: { Shards: [{ ShardId: string }] } }>(
    'DescribeStream',
    { StreamArn },
  )
  const { ShardId } = StreamDescription.Shards[0]
  const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
  const begin = async () => (await stream<{ ShardIterator: string }>('GetShardIterator', position)).ShardIterator
  let ShardIterator = await begin()
  let seen = ''
  const items = new Map<string, Item>()
  return {
    items,
    /** Iterators end with time: begins again, and passes over what it has seen. */
    async restart() {
      ShardIterator = await begin()
    },
    async catchUp() {
      for (;;) {
        const page = await stream<{
          Records: {
            eventName: string
            dynamodb: { Keys: Key; OldImage?: Item; NewImage?: Item; SequenceNumber: string }
          }[]
          NextShardIterator: string
        }>('GetRecords', { ShardIterator })
        ShardIterator = page.NextShardIterator
        if (page.Records.length === 0) return
        for (const { eventName, dynamodb } of page.Records) {
          if (dynamodb.SequenceNumber <= seen) continue
          seen = dynamodb.SequenceNumber
          const id = idOf(dynamodb.Keys)
          expect(dynamodb.OldImage).toEqual(items.get(id))
          expect(eventName).toBe(!items.has(id) ? 'INSERT' : dynamodb.NewImage ? 'MODIFY' : 'REMOVE')
          if (dynamodb.NewImage) items.set(id, dynamodb.NewImage)
          else items.delete(id)
        }
      }
    },
  }
}

function indexed(item: Item): Item {
  const { pk, sk, gpk, gsk, x } = item
  return { pk, sk, ...(gpk ? { gpk } : {}), ...(gsk ? { gsk } : {}), ...(x ? { x } : {}) }
}

describe('a table with indexes', () => {
  test(
    'agrees with a map after every one of thousands of operations',
    async () => {
      const { below, pick, chance } = lottery(seed)
      const key = (): Key => ({ pk: { S: `p${below(4)}` }, sk: { N: String(below(30) - 10) } })
      const aVector = () => ({ L: [{ N: String(below(9) - 4) }, { N: String(below(9) / 8) }] })
      const anItem = (at: Key): Item => ({
        ...at,
        ...(chance(2) ? { gpk: { S: `g${below(3)}` } } : {}),
        ...(chance(2) ? { gsk: { N: String(below(8)) } } : {}),
        ...(chance(2) ? { x: { S: 'x'.repeat(below(40)) } } : {}),
        ...(chance(2) ? { n: { N: String(below(100)) } } : {}),
        ...(chance(2) ? { v: aVector() } : {}),
        ...(chance(10) ? { expires: { N: String(Math.floor(node.clock.nowMs() / 1_000) + 86_400) } } : {}),
      })

      await call('CreateTable', {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'gpk', AttributeType: 'S' },
          { AttributeName: 'gsk', AttributeType: 'N' },
          { AttributeName: 'n', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'global',
            KeySchema: [
              { AttributeName: 'gpk', KeyType: 'HASH' },
              { AttributeName: 'gsk', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
          },
        ],
        LocalSecondaryIndexes: [
          {
            IndexName: 'local',
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'n', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        VectorIndexes: vectorIndexes,
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      })
      await call('UpdateTimeToLive', { TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' } })
      const replica = await startReplica()

      const actions: Record<string, () => Promise<void>> = {
        ...moreActions({
          TableName,
          model,
          replica,
          call,
          key,
          anItem,
          below,
          chance,
          advanceMs: (ms) => node.clock.advance(ms),
        }),
        ...vectorActions({ model, call, below, chance, aVector }),
        async put() {
          const item = anItem(key())
          await call('PutItem', { Item: item })
          model.set(idOf(item), item)
        },
        async putIfAbsent() {
          const item = anItem(key())
          const before = model.get(idOf(item))
          const outcome = call('PutItem', {
            Item: item,
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          })
          if (before) {
            const error = await outcome.then(() => undefined).catch((thrown: unknown) => thrown)
            expect(isAwsError(error, 'ConditionalCheckFailedException') && error.members.Item).toEqual(before)
          } else {
            await outcome
            model.set(idOf(item), item)
          }
        },
        async update() {
          const at = key()
          const next: Item = { ...(model.get(idOf(at)) ?? at) }
          const value = below(50)
          const vector = aVector()
          const [text, values, change] = pick<[string, object, () => void]>(
            [
              'ADD n :v',
              { ':v': { N: String(value) } },
              () => {
                next.n = { N: String(Number(next.n?.N ?? 0) + value) }
              },
            ],
            [
              'SET x = :v REMOVE gsk',
              { ':v': { S: `x${value}` } },
              () => {
                next.x = { S: `x${value}` }
                delete next.gsk
              },
            ],
            [
              'SET gpk = :v, gsk = :n',
              { ':v': { S: `g${value % 3}` }, ':n': { N: String(value % 8) } },
              () => {
                next.gpk = { S: `g${value % 3}` }
                next.gsk = { N: String(value % 8) }
              },
            ],
            [
              'SET x = :v REMOVE v',
              { ':v': { S: `y${value}` } },
              () => {
                next.x = { S: `y${value}` }
                delete next.v
              },
            ],
            [
              'SET v = :v',
              { ':v': vector },
              () => {
                next.v = vector
              },
            ],
            [
              'ADD tags :v',
              { ':v': { SS: [`t${value % 3}`] } },
              () => {
                next.tags = { SS: [...new Set([...(next.tags?.SS ?? []), `t${value % 3}`])] }
              },
            ],
          )
          change()
          const { Attributes } = await call<{ Attributes: Item }>('UpdateItem', {
            Key: at,
            UpdateExpression: text,
            ExpressionAttributeValues: values,
            ReturnValues: 'ALL_NEW',
          })
          expect(sorted([Attributes])).toEqual(sorted([next]))
          model.set(idOf(at), next)
        },
        async updateLegacy() {
          const at = key()
          const before = model.get(idOf(at))
          const value = String(below(50))
          const guarded = chance(2)
          const outcome = call('UpdateItem', {
            Key: at,
            AttributeUpdates: { n: { Action: 'ADD', Value: { N: value } }, x: { Action: 'DELETE' } },
            ...(guarded ? { Expected: { x: { ComparisonOperator: 'NOT_NULL' } } } : {}),
          })
          if (guarded && !before?.x) {
            await expect(outcome).rejects.toThrow('The conditional request failed')
            return
          }
          await outcome
          const { x: _, ...rest } = before ?? { ...at }
          model.set(idOf(at), { ...rest, n: { N: String(Number(before?.n?.N ?? 0) + Number(value)) } })
        },
        async remove() {
          const at = key()
          const { Attributes } = await call<{ Attributes?: Item }>('DeleteItem', { Key: at, ReturnValues: 'ALL_OLD' })
          expect(Attributes).toEqual(model.get(idOf(at)))
          model.delete(idOf(at))
        },
        async get() {
          const at = key()
          expect((await call<{ Item?: Item }>('GetItem', { Key: at })).Item).toEqual(model.get(idOf(at)))
        },
        async batch() {
          const writes = new Map<string, Item | Key>()
          for (let i = below(10); i >= 0; i--) {
            const at = key()
            writes.set(idOf(at), chance(3) ? at : anItem(at))
          }
          const requests = [...writes.values()].map((write) =>
            Object.keys(write).length === 2 && chance(2)
              ? { DeleteRequest: { Key: write } }
              : { PutRequest: { Item: write } },
          )
          await call('BatchWriteItem', { TableName: undefined, RequestItems: { [TableName]: requests } })
          for (const { PutRequest, DeleteRequest } of requests as {
            PutRequest?: { Item: Item }
            DeleteRequest?: { Key: Key }
          }[]) {
            if (PutRequest) model.set(idOf(PutRequest.Item), PutRequest.Item)
            if (DeleteRequest) model.delete(idOf(DeleteRequest.Key))
          }
        },
        async transact() {
          const [a, b] = [anItem(key()), anItem(key())]
          if (idOf(a) === idOf(b)) return
          const mustExist = model.get(idOf(b)) !== undefined || chance(2)
          const outcome = call('TransactWriteItems', {
            TableName: undefined,
            TransactItems: [
              { Put: { TableName, Item: a } },
              {
                Delete: {
                  TableName,
                  Key: keyOf(b),
                  ...(mustExist ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
                },
              },
            ],
          })
          if (mustExist && !model.has(idOf(b))) {
            await expect(outcome).rejects.toThrow('[None, ConditionalCheckFailed]')
            return
          }
          await outcome
          model.set(idOf(a), a)
          model.delete(idOf(b))
        },
        async query() {
          const { pk } = key()
          const low = below(30) - 10
          const high = low + below(10)
          const inside = [...model.values()].filter((item) => item.pk.S === pk.S)
          const [text, values, matches] = pick<[string, object, (sk: number) => boolean]>(
            ['pk = :p', {}, () => true],
            ['pk = :p AND sk < :a', { ':a': { N: String(low) } }, (sk) => sk < low],
            ['pk = :p AND sk >= :a', { ':a': { N: String(low) } }, (sk) => sk >= low],
            ['pk = :p AND sk > :a', { ':a': { N: String(low) } }, (sk) => sk > low],
            [
              'pk = :p AND sk BETWEEN :a AND :b',
              { ':a': { N: String(low) }, ':b': { N: String(high) } },
              (sk) => sk >= low && sk <= high,
            ],
            ['pk = :p AND sk = :a', { ':a': { N: String(low) } }, (sk) => sk === low],
          )
          const forward = chance(2)
          const expected = inside.filter((item) => matches(Number(item.sk.N))).sort(bySort)
          if (!forward) expected.reverse()
          const found = await pages('Query', {
            KeyConditionExpression: text,
            ExpressionAttributeValues: { ':p': pk, ...values },
            ScanIndexForward: forward,
            ...(chance(2) ? { Limit: 1 + below(5) } : {}),
          })
          expect(found).toEqual(expected)
        },
        async queryGlobal() {
          const gpk = { S: `g${below(3)}` }
          const forward = chance(2)
          const found = await pages('Query', {
            IndexName: 'global',
            KeyConditionExpression: 'gpk = :p',
            ExpressionAttributeValues: { ':p': gpk },
            ScanIndexForward: forward,
            ...(chance(2) ? { Limit: 1 + below(5) } : {}),
          })
          const expected = [...model.values()].filter((item) => item.gpk?.S === gpk.S && item.gsk)
          expect(sorted(found)).toEqual(sorted(expected.map(indexed)))
          const order = found.map((item) => Number(item.gsk?.N))
          expect(order).toEqual(order.toSorted((a, b) => (forward ? a - b : b - a)))
        },
        async queryLocal() {
          const { pk } = key()
          const found = await pages('Query', {
            IndexName: 'local',
            Select: 'ALL_ATTRIBUTES',
            KeyConditionExpression: 'pk = :p AND n >= :n',
            ExpressionAttributeValues: { ':p': pk, ':n': { N: '20' } },
            ...(chance(2) ? { Limit: 1 + below(5) } : {}),
          })
          const expected = [...model.values()].filter((item) => item.pk.S === pk.S && Number(item.n?.N ?? 0) >= 20)
          expect(sorted(found)).toEqual(sorted(expected))
        },
        async scan() {
          const total = 1 + below(4)
          const found: Item[] = []
          for (let segment = 0; segment < total; segment++) {
            found.push(
              ...(await pages('Scan', {
                FilterExpression: 'attribute_exists(x)',
                Segment: segment,
                TotalSegments: total,
                ...(chance(2) ? { Limit: 1 + below(10) } : {}),
              })),
            )
          }
          expect(sorted(found)).toEqual(sorted([...model.values()].filter((item) => item.x)))
        },
        /** The stream, replayed from its beginning, makes the same table. */
        async replay() {
          await replica.catchUp()
          expect(sorted([...replica.items.values()])).toEqual(sorted([...model.values()]))
        },
        async scanGlobal() {
          const found = await pages('Scan', { IndexName: 'global', ...(chance(2) ? { Limit: 3 } : {}) })
          const expected = [...model.values()].filter((item) => item.gpk && item.gsk)
          expect(sorted(found)).toEqual(sorted(expected.map(indexed)))
        },
        async counts() {
          const { Table } = await call<{
            Table: {
              ItemCount: number
              GlobalSecondaryIndexes: [{ ItemCount: number }]
              VectorIndexes: { ItemCount: number }[]
            }
          }>('DescribeTable', {})
          expect(Table.ItemCount).toBe(model.size)
          expect(Table.GlobalSecondaryIndexes[0].ItemCount).toBe(
            [...model.values()].filter((item) => item.gpk && item.gsk).length,
          )
          expect(Table.VectorIndexes.map(({ ItemCount }) => ItemCount)).toEqual([
            [...model.values()].filter(({ v }) => v).length,
            [...model.values()].filter(({ v, gpk }) => v && gpk).length,
          ])
        },
      }

      const writes = [
        ...(['put', 'putIfAbsent', 'update', 'update', 'updateLegacy', 'remove', 'batch', 'transact'] as const),
        ...(['conditional', 'insert', 'updateStatement', 'deleteStatement'] as const),
        ...(['transactStatements', 'transactTwice', 'expire'] as const),
      ] as const
      const reads = [
        ...(['get', 'query', 'queryGlobal', 'queryLocal', 'scan', 'scanGlobal', 'counts', 'replay'] as const),
        ...(['select', 'readTogether', 'search', 'searchGroup'] as const),
      ] as const
      for (let step = 0; step < steps; step++) {
        const name = chance(3) ? reads[below(reads.length)]! : writes[below(writes.length)]!
        await actions[name]!().catch((error: unknown) => {
          throw new Error(`step ${step}, ${name}`, { cause: error })
        })
      }
      expect(model.size).toBeGreaterThan(20)
    },
    Math.max(120_000, steps * 20),
  )

  test('and when everything is deleted, nothing is left to count', async () => {
    for (const item of model.values()) await call('DeleteItem', { Key: keyOf(item) })
    const { Table } = await call<{ Table: Record<string, unknown> }>('DescribeTable', {})
    expect(Table).toMatchObject({
      ItemCount: 0,
      TableSizeBytes: 0,
      GlobalSecondaryIndexes: [{ ItemCount: 0, IndexSizeBytes: 0 }],
      VectorIndexes: vectorIndexes.map(() => ({ ItemCount: 0, IndexSizeBytes: 0 })),
      LocalSecondaryIndexes: [{ ItemCount: 0, IndexSizeBytes: 0 }],
    })
  })
})
