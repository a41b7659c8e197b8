import {
  CreateTableCommand,
  DescribeBulkOperationCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  ImportTableCommand,
  PutItemCommand,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  type ScanCommandOutput,
  SearchVectorsCommand,
  StartBulkPutItemsCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../wire/dynamodb-fixture.ts'
import { findOrder, type Operation } from './histories.ts'
import { type KillableNode, killableNode } from './killable.ts'

let node: KillableNode
let db: DynamoDBClient
const TableName = 'killed'

beforeAll(async () => {
  node = await killableNode()
  db = node.client(DynamoDBClient)
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [index('by-owner', 'owner')],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  )
})
afterAll(async () => {
  db?.destroy()
  await node?.[Symbol.asyncDispose]()
})

function index(IndexName: string, AttributeName: string) {
  return {
    IndexName,
    KeySchema: [{ AttributeName, KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  }
}

async function startAgain(): Promise<void> {
  await node.start()
  db.destroy()
  db = node.client(DynamoDBClient)
}

const Key = (id: string) => ({ id: { S: id } })
const number = (n: number) => ({ N: String(n) })
let ticks = 0
const tick = () => ++ticks

type Recorded<S> = Omit<Operation<S>, 'endedAt'> & { endedAt: number }

/**
 * Runs clients until `rounds` kills have happened, each after so many answers. An operation that got none may have
 * happened until the node was gone.
 */
async function underKills<S>(
  kills: readonly number[],
  clients: number,
  act: (who: number) => Promise<(answer: 'ended' | 'lost') => Recorded<S> | undefined>,
): Promise<Recorded<S>[]> {
  const history: Recorded<S>[] = []
  for (const killAfter of kills) {
    const until = history.length + killAfter
    let killed = false
    const open: Recorded<S>[] = []
    await Promise.all(
      Array.from({ length: clients }, async (_, who) => {
        while (!killed) {
          const end = await act(who)
          const operation = end(killed ? 'lost' : 'ended')
          if (!operation) continue
          if (operation.unknown) open.push(operation)
          else history.push(operation)
          if (history.length >= until && !killed) {
            killed = true
            await node.kill()
          }
        }
      }),
    )
    const gone = tick()
    for (const operation of open) history.push({ ...operation, endedAt: gone })
    await startAgain()
  }
  return history
}

describe('the checker', () => {
  const at = (calledAt: number, endedAt: number, name: string, apply: (s: number) => number | undefined) => ({
    calledAt,
    endedAt,
    name,
    apply,
  })
  const write = (calledAt: number, endedAt: number, v: number) => at(calledAt, endedAt, `write ${v}`, () => v)
  const read = (calledAt: number, endedAt: number, v: number) =>
    at(calledAt, endedAt, `read ${v}`, (s) => (s === v ? s : undefined))

  test('accepts what can be ordered and refuses a stale read, a lost write and an invented one', () => {
    expect(findOrder([write(1, 4, 1), read(2, 3, 0), read(5, 6, 1)], 0).order).toBeDefined()
    expect(findOrder([write(1, 2, 1), read(3, 4, 0)], 0).order).toBeUndefined()
    expect(findOrder([write(1, 2, 1), read(3, 4, 1), read(5, 6, 0)], 0).order).toBeUndefined()
    expect(findOrder([read(1, 2, 7)], 0).order).toBeUndefined()
    const maybe = { ...write(1, 4, 1), unknown: true }
    expect(findOrder([maybe, read(2, 3, 0), read(5, 6, 1)], 0).order).toBeDefined()
    expect(findOrder([maybe, read(2, 3, 0), read(5, 6, 0)], 0).order).toBeDefined()
    expect(findOrder([maybe, read(5, 6, 0), read(7, 8, 1)], 0).order).toBeUndefined()
  })
})

/** What an operation came to; a failed condition is an answer too. */
async function answer<T>(work: Promise<T>, failure: string): Promise<T | 'failed' | 'lost'> {
  return work.catch((error: unknown) => {
    if (error instanceof Error && error.name === failure) return 'failed' as const
    // A connection that broke: the node was killed.
    if (
      error instanceof Error &&
      /ECONN|socket|aborted|EPIPE/i.test(`${error.message} ${String((error as { code?: string }).code)}`)
    ) {
      return 'lost' as const
    }
    throw error
  })
}

test('conditional writes under kills are linearizable', { timeout: 120_000 }, async () => {
  const keys = ['a', 'b', 'c']
  const seen = new Map<string, number>()
  let fresh = 0
  const history = await underKills<Record<string, number>>([120, 120, 120], 6, async (who) => {
    const id = keys[(who + fresh) % keys.length]!
    const calledAt = tick()
    if (fresh++ % 3 === 2) {
      const got = await answer(db.send(new GetItemCommand({ TableName, Key: Key(id), ConsistentRead: true })), '')
      return () => {
        if (got === 'lost' || got === 'failed') return undefined
        const value = Number(got.Item?.n?.N ?? 0)
        seen.set(id, value)
        return {
          calledAt,
          endedAt: tick(),
          name: `read ${id} ${value}`,
          apply: (state) => ((state[id] ?? 0) === value ? state : undefined),
        }
      }
    }
    const expected = seen.get(id) ?? 0
    const value = fresh
    const done = await answer(
      db.send(
        new UpdateItemCommand({
          TableName,
          Key: Key(id),
          UpdateExpression: 'SET n = :new, #owner = :who',
          ConditionExpression: expected === 0 ? 'attribute_not_exists(id)' : 'n = :old',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: {
            ':new': number(value),
            ':who': { S: `w${who}` },
            ...(expected === 0 ? {} : { ':old': number(expected) }),
          },
        }),
      ),
      'ConditionalCheckFailedException',
    )
    if (done !== 'failed' && done !== 'lost') seen.set(id, value)
    return () => ({
      calledAt,
      endedAt: tick(),
      name: `${id} ${expected}→${value} ${done === 'failed' ? 'failed' : done === 'lost' ? 'lost' : 'done'}`,
      ...(done === 'lost' ? { unknown: true } : {}),
      apply: (state) => {
        const fits = (state[id] ?? 0) === expected
        if (done === 'failed') return fits ? undefined : state
        if (done === 'lost') return fits ? { ...state, [id]: value } : state
        return fits ? { ...state, [id]: value } : undefined
      },
    })
  })
  expect(history.length).toBeGreaterThanOrEqual(360)
  expect(history.filter(({ name }) => name.endsWith('done')).length).toBeGreaterThan(30)
  const { order, stuckAfter } = findOrder(history, {})
  expect(order === undefined ? stuckAfter.slice(-20) : 'in order').toBe('in order')
})

test('transactions under kills are strictly serializable', { timeout: 120_000 }, async () => {
  const names = ['x', 'y', 'z'] as const
  for (const name of names) {
    await db.send(new PutItemCommand({ TableName, Item: { ...Key(name), n: number(20) } }))
  }
  let count = 0
  const history = await underKills<readonly number[]>([100, 100, 100], 6, async () => {
    const calledAt = tick()
    const round = count++
    if (round % 3 === 0) {
      const TransactItems = names.map((name) => ({ Get: { TableName, Key: Key(name) } }))
      const got = await answer(db.send(new TransactGetItemsCommand({ TransactItems })), '')
      return () => {
        if (got === 'lost' || got === 'failed') return undefined
        const found = got.Responses!.map(({ Item }) => Number(Item!.n!.N))
        return {
          calledAt,
          endedAt: tick(),
          name: `read ${found}`,
          apply: (state) => (state.every((value, i) => value === found[i]) ? state : undefined),
        }
      }
    }
    const from = round % 3
    const to = (from + 1 + (round % 2)) % 3
    const amount = 1 + (round % 9)
    const change = (which: number, sign: '+' | '-', ConditionExpression?: string) => ({
      Update: {
        TableName,
        Key: Key(names[which]!),
        UpdateExpression: `SET n = n ${sign} :n`,
        ExpressionAttributeValues: { ':n': number(amount) },
        ...(ConditionExpression === undefined ? {} : { ConditionExpression }),
      },
    })
    const done = await answer(
      db.send(new TransactWriteItemsCommand({ TransactItems: [change(from, '-', 'n >= :n'), change(to, '+')] })),
      'TransactionCanceledException',
    )
    return () => ({
      calledAt,
      endedAt: tick(),
      name: `${names[from]}→${names[to]} ${amount} ${typeof done === 'string' ? done : 'done'}`,
      ...(done === 'lost' ? { unknown: true } : {}),
      apply: (state) => {
        const fits = state[from]! >= amount
        if (done === 'failed') return fits ? undefined : state
        if (!fits) return done === 'lost' ? state : undefined
        return state.map((value, i) => value - (i === from ? amount : 0) + (i === to ? amount : 0))
      },
    })
  })
  expect(history.length).toBeGreaterThanOrEqual(300)
  const { order, stuckAfter } = findOrder<readonly number[]>(history, [20, 20, 20])
  expect(order === undefined ? stuckAfter.slice(-20) : 'in order').toBe('in order')
})

async function all(IndexName?: string, name = TableName) {
  const items: Record<string, unknown>[] = []
  let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey']
  const page = () =>
    db.send(new ScanCommand({ TableName: name, ...(IndexName === undefined ? {} : { IndexName }), ExclusiveStartKey }))
  do {
    const found = await page()
    items.push(...(found.Items ?? []))
    ExclusiveStartKey = found.LastEvaluatedKey
  } while (ExclusiveStartKey)
  return items.map((item) => JSON.stringify(Object.entries(item).sort())).sort()
}

test('an index that is made under writes and kills holds what the table holds, and the stream tells it all', {
  timeout: 120_000,
}, async () => {
  const put = (i: number, shelf: number) =>
    db.send(
      new PutItemCommand({
        TableName,
        Item: { ...Key(`i${i}`), shelf: { S: `s${shelf}` }, owner: { S: `o${i % 5}` } },
      }),
    )
  for (let i = 0; i < 600; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => put(i + k, 0)))
  await db.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'shelf', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create: index('by-shelf', 'shelf') }],
    }),
  )
  let next = 0
  await underKills([15, 40, 80], 4, async () => {
    const i = next++
    const done = await answer(put((i * 37) % 700, 1 + (i % 3)), '')
    return () => (done === 'lost' ? undefined : { calledAt: 0, endedAt: 0, name: '', apply: () => undefined })
  })
  for (;;) {
    const { Table } = await db.send(new DescribeTableCommand({ TableName }))
    const made = Table!.GlobalSecondaryIndexes!.find(({ IndexName }) => IndexName === 'by-shelf')
    if (made?.IndexStatus === 'ACTIVE') break
    expect(made?.Backfilling).toBe(true)
  }
  const table = await all()
  expect(await all('by-shelf')).toEqual(table.filter((item) => item.includes('"shelf"')))
  expect(await all('by-owner')).toEqual(table.filter((item) => item.includes('"owner"')))
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  expect(Table!.ItemCount).toBe(table.length)
  expect(Table!.GlobalSecondaryIndexes!.map(({ ItemCount }) => ItemCount)).toEqual([
    (await all('by-owner')).length,
    (await all('by-shelf')).length,
  ])

  const streams = node.client(DynamoDBStreamsClient)
  const StreamArn = Table!.LatestStreamArn!
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const { ShardId } = StreamDescription!.Shards![0]!
  const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
  let { ShardIterator } = await streams.send(new GetShardIteratorCommand(position))
  const replica = new Map<string, object>()
  for (;;) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator }))
    if (page.Records!.length === 0) break
    ShardIterator = page.NextShardIterator
    for (const { dynamodb } of page.Records!) {
      const id = dynamodb!.Keys!.id!.S!
      expect(dynamodb!.OldImage).toEqual(replica.get(id))
      if (dynamodb!.NewImage) replica.set(id, dynamodb!.NewImage)
      else replica.delete(id)
    }
  }
  expect([...replica.values()].map((item) => JSON.stringify(Object.entries(item).sort())).sort()).toEqual(table)
  streams.destroy()
})

test('a table restored to a time, exported and imported under kills is what it was', { timeout: 120_000 }, async () => {
  const Source = 'recovered'
  const definition = (name: string) => ({
    TableName: name,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  })
  await db.send(new CreateTableCommand(definition(Source)))
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName: Source,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  const put = (i: number, n: number) =>
    db.send(new PutItemCommand({ TableName: Source, Item: { ...Key(`i${i}`), n: number(n) } }))
  for (let i = 0; i < 300; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => put(i + k, 1)))
  const held = await all(undefined, Source)
  const RestoreDateTime = await latest(Source)
  for (let i = 0; i < 300; i += 20) await Promise.all(Array.from({ length: 10 }, (_, k) => put(i + k, 2)))

  const crash = async () => {
    await node.kill()
    await startAgain()
  }
  const restore = { SourceTableName: Source, TargetTableName: 'restored', RestoreDateTime }
  await db.send(new RestoreTableToPointInTimeCommand(restore))
  await crash()
  const { Table } = await db.send(new DescribeTableCommand({ TableName: Source }))
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'dumps' }))
  const exported = await db.send(
    new ExportTableToPointInTimeCommand({
      TableArn: Table!.TableArn,
      S3Bucket: 'dumps',
      ExportTime: RestoreDateTime,
    }),
  )
  const { ExportArn } = exported.ExportDescription!
  await crash()
  const done = await until(async () => {
    const { ExportDescription } = await db.send(new DescribeExportCommand({ ExportArn }))
    return ExportDescription!.ExportStatus === 'COMPLETED' && ExportDescription
  })
  expect(done.ItemCount).toBe(300)
  const imported = await db.send(
    new ImportTableCommand({
      S3BucketSource: {
        S3Bucket: 'dumps',
        S3KeyPrefix: done.ExportManifest!.replace('manifest-summary.json', 'data/'),
      },
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'GZIP',
      TableCreationParameters: definition('imported'),
    }),
  )
  await crash()
  s3.destroy()
  expect(imported.ImportTableDescription!.ImportStatus).toBe('IN_PROGRESS')
  for (const name of ['restored', 'imported']) {
    const ready = await until(async () => {
      const { Table: found } = await db.send(new DescribeTableCommand({ TableName: name }))
      return found!.TableStatus === 'ACTIVE' && found
    })
    expect(ready.ItemCount).toBe(300)
    expect(await all(undefined, name)).toEqual(held)
  }
})

test('a bulk put under kills deals with each line once', { timeout: 120_000 }, async () => {
  const Target = 'bulk-target'
  const vectors = {
    IndexName: 'near',
    VectorAttribute: { AttributeName: 'v' },
    Dimensions: 2,
    DistanceFunction: 'EUCLIDEAN' as const,
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  }
  await db.send(
    new CreateTableCommand({
      TableName: Target,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      VectorIndexes: [vectors],
    }),
  )
  const [files, each] = [4, 400]
  const s3 = node.client(S3Client)
  const Bucket = 'bulk'
  await s3.send(new CreateBucketCommand({ Bucket }))
  for (let file = 0; file < files; file++) {
    // A line that is done twice would fail its condition, one in ten has no key.
    const lines = Array.from({ length: each }, (_, i) => {
      const Item = { ...Key(`f${file}-${i}`), v: { L: [number(i), number(file)] } }
      return JSON.stringify(i % 10 === 0 ? { Item: {} } : { Item, ConditionExpression: 'attribute_not_exists(id)' })
    })
    await s3.send(new PutObjectCommand({ Bucket, Key: `in/${file}.json`, Body: lines.join('\n') }))
  }
  const { BulkOperationDescription } = await db.send(
    new StartBulkPutItemsCommand({
      TableName: Target,
      InputS3Configuration: { S3Bucket: Bucket, S3KeyPrefix: 'in/', InputFormat: 'DYNAMODB_JSON' },
      OutputS3Configuration: { S3Bucket: Bucket, OutputType: ['ERROR', 'CONDITION_CHECK_FAILURE'] },
    }),
  )
  const { BulkOperationArn } = BulkOperationDescription!
  const progress = async () =>
    (await db.send(new DescribeBulkOperationCommand({ BulkOperationArn }))).BulkOperationDescription!
  // Killed at once, and then with parts of it done, unless it is through before we look.
  await node.kill()
  await startAgain()
  for (const part of [0.35, 0.6, 0.85]) {
    const now = await until(async () => {
      const found = await progress()
      return (found.EndTime || found.ProcessedItemCount! > part * files * each) && found
    })
    if (now.EndTime) break
    await node.kill()
    await startAgain()
  }
  const done = await until(async () => {
    const found = await progress()
    return found.EndTime && found
  })
  const failed = (files * each) / 10
  expect(done).toMatchObject({
    BulkOperationStatus: 'COMPLETED_WITH_ERRORS',
    ...{ ProcessedItemCount: files * each, FailedItemCount: failed, ProcessedInputBytes: done.TotalInputBytes },
  })
  const { Table } = await db.send(new DescribeTableCommand({ TableName: Target }))
  const written = files * each - failed
  expect([Table!.ItemCount, Table!.VectorIndexes![0]!.ItemCount]).toEqual([written, written])
  expect(await all(undefined, Target)).toHaveLength(written)
  const search = new SearchVectorsCommand({
    ...{ TableName: Target, IndexName: 'near', SearchVector: [number(77.2), number(2)], TopK: 1 },
  })
  expect((await db.send(search)).SearchResults).toMatchObject([{ Item: Key('f2-77') }])
  // All failures are told of, each once, and none is of a condition.
  s3.destroy()
  const reader = node.client(S3Client)
  const folder = `AWSDynamoDB/${BulkOperationArn!.split('/').at(-1)}`
  const manifest = await reader.send(new GetObjectCommand({ Bucket, Key: `${folder}/manifest-files.json` }))
  const entries = (await manifest.Body!.transformToString()).trimEnd().split('\n')
  const told = entries.map((line) => JSON.parse(line) as { outputType: string; itemCount: number })
  expect(told.map(({ outputType }) => outputType)).toEqual(told.map(() => 'ERROR'))
  expect(told.reduce((sum, { itemCount }) => sum + itemCount, 0)).toBe(failed)
  reader.destroy()
})

async function latest(name: string): Promise<Date> {
  const { ContinuousBackupsDescription } = await db.send(new DescribeContinuousBackupsCommand({ TableName: name }))
  return ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.LatestRestorableDateTime!
}
