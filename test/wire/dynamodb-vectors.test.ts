import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation'
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateBackupCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  SearchVectorsCommand,
  type SearchVectorsCommandInput,
  UpdateItemCommand,
  UpdateTableCommand,
  type VectorIndex,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refused, startTables, type Tables, until } from './dynamodb-fixture.ts'
import { settledStack } from './stack-support.ts'

/*
 * Messages and scores: captures of the real service in https://github.com/paritysuite/dynamodb-conformance
 * (tests/tier2/vectorSearch, tests/tier3/error-messages), unless a test says otherwise.
 */

let tables: Tables
let db: DynamoDBClient
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
})
afterAll(() => tables[Symbol.asyncDispose]())

const numbers = (...all: number[]): AttributeValue[] => all.map((n) => ({ N: String(n) }))
const index = (more: Partial<VectorIndex> = {}): VectorIndex => ({
  IndexName: 'plain',
  VectorAttribute: { AttributeName: 'embedding' },
  Dimensions: 3,
  DistanceFunction: 'COSINE',
  Projection: { ProjectionType: 'ALL' },
  ...more,
})
const withSchema = index({
  IndexName: 'schema',
  SearchSchema: [
    { AttributeName: 'tenant', SearchSchemaElementType: 'HASH' },
    { AttributeName: 'category', SearchSchemaElementType: 'INLINE_FILTER' },
  ],
})
const text = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }))
const makeTable = (VectorIndexes: VectorIndex[], more: Partial<CreateTableCommandInput> = {}) =>
  tables.makeTable({ VectorIndexes, ...more }, false)
const put = (TableName: string, pk: string, embedding: AttributeValue | undefined, more = {}) =>
  db.send(
    new PutItemCommand({
      TableName,
      Item: { pk: { S: pk }, ...(embedding ? { embedding } : {}), ...more },
      ReturnConsumedCapacity: 'INDEXES',
    }),
  )
const search = async (TableName: string, more: Partial<SearchVectorsCommandInput> = {}) =>
  db.send(
    new SearchVectorsCommand({ TableName, IndexName: 'plain', SearchVector: numbers(1, 0, 0), TopK: 10, ...more }),
  )
const found = async (TableName: string, more: Partial<SearchVectorsCommandInput> = {}) =>
  (await search(TableName, more)).SearchResults!.map(({ Item }) => Item!.pk!.S)
const described = async (TableName: string) =>
  (await db.send(new DescribeTableCommand({ TableName }))).Table!.VectorIndexes
const active = (TableName: string) =>
  until(async () => (await described(TableName))?.every(({ IndexStatus }) => IndexStatus === 'ACTIVE'))

describe('searches', () => {
  let TableName: string
  const fixture = { a: [1, 0, 0], b: [0, 1, 0], c: [-1, 0, 0], d: [0.6, 0.8, 0] }
  beforeAll(async () => {
    TableName = await makeTable([
      index(),
      index({ IndexName: 'straight', DistanceFunction: 'EUCLIDEAN', Projection: { ProjectionType: 'KEYS_ONLY' } }),
      index({ IndexName: 'dot', DistanceFunction: 'DOT_PRODUCT' }),
    ])
    for (const [pk, vector] of Object.entries(fixture)) {
      await put(TableName, pk, { L: numbers(...vector) }, { label: { S: pk } })
    }
    await put(TableName, 'none', undefined)
  })

  test.each([
    ['plain', { a: 0, d: 0.4, b: 1, c: 2 }],
    ['straight', { a: 0, d: Math.sqrt(0.8), b: Math.SQRT2, c: 2 }],
    ['dot', { a: 1, d: 0.6, b: 0, c: -1 }],
  ])('say how near items are: %s', async (IndexName, scores) => {
    const { SearchResults } = await search(TableName, { IndexName })
    expect(SearchResults!.map(({ Item, Score }) => [Item!.pk!.S, Score])).toEqual(
      Object.entries(scores).map(([pk, score]) => [pk, expect.closeTo(score, 6)]),
    )
    expect(await found(TableName, { IndexName, TopK: 2 })).toEqual(Object.keys(scores).slice(0, 2))
  })

  test('answer the vector only when it is named, as the index holds it', async () => {
    const { SearchResults } = await search(TableName, { TopK: 1 })
    expect(SearchResults![0]!.Item).toEqual({ pk: { S: 'a' }, label: { S: 'a' } })
    const named = await search(TableName, { ProjectionExpression: 'pk, embedding', SearchVector: numbers(0.6, 0.8, 0) })
    expect(named.SearchResults![0]!.Item).toEqual({ pk: { S: 'd' }, embedding: { L: numbers(0.6, 0.8, 0) } })
    const exact = ['0.1', '16777217', '1.000000059604644775390625']
    await put(TableName, 'exact', { L: exact.map((N) => ({ N })) })
    const { Item } = await db.send(new GetItemCommand({ TableName, Key: { pk: { S: 'exact' } } }))
    expect(Item!.embedding!.L!.map(({ N }) => N)).toEqual(exact)
    const held = await search(TableName, { ProjectionExpression: 'pk, embedding', TopK: 100 })
    const vector = held.SearchResults!.find(({ Item: each }) => each!.pk!.S === 'exact')!.Item!.embedding!
    expect(vector.L).toEqual([{ N: '0.1' }, { N: '16777216' }, { N: '1' }])
    await db.send(
      new UpdateItemCommand({ TableName, Key: { pk: { S: 'exact' } }, UpdateExpression: 'REMOVE embedding' }),
    )
    expect(await found(TableName)).not.toContain('exact')
  })

  test('say the largest float for what is beyond it, and write numbers as items have them', async () => {
    await put(TableName, 'far', { L: numbers(-3e38, 1e-7, 1e-44) })
    const named = { SearchVector: numbers(3e38, 0, 0), ProjectionExpression: 'pk, embedding', TopK: 100 }
    const largest = Math.fround(3.4028234663852886e38)
    for (const [IndexName, score] of [['dot', -largest] as const, ['plain', 2] as const]) {
      const { SearchResults } = await search(TableName, { ...named, IndexName })
      const { Item, Score } = SearchResults!.find(({ Item: each }) => each!.pk!.S === 'far')!
      expect(Score).toBeCloseTo(score, 6)
      expect(Item!.embedding!.L!.map(({ N }) => N)).toEqual([
        ...[`-3${'0'.repeat(38)}`, '0.0000001', `0.${'0'.repeat(43)}1`],
      ])
    }
    const [last] = (
      await search(TableName, { ...named, IndexName: 'straight', ProjectionExpression: 'pk' })
    ).SearchResults!.slice(-1)
    expect([last!.Item!.pk!.S, last!.Score]).toEqual(['far', largest])
    await db.send(new UpdateItemCommand({ TableName, Key: { pk: { S: 'far' } }, UpdateExpression: 'REMOVE embedding' }))
  })

  test('say what they cost, and answer nothing that the index does not hold', async () => {
    const { ConsumedCapacity } = await search(TableName, { ReturnConsumedCapacity: 'TOTAL', TopK: 1 })
    expect(Object.keys(ConsumedCapacity!)).toEqual(['VectorSearchRequestBytes'])
    // Four vectors of three floats, and an item of 21 bytes with its vector.
    expect(ConsumedCapacity!.VectorSearchRequestBytes).toBe(4 * 12 + 'pkalabelaembedding'.length + 12)
    expect((await search(TableName, { ReturnConsumedCapacity: 'NONE' })).ConsumedCapacity).toBeUndefined()
    await expect(search(TableName, { IndexName: 'straight', ProjectionExpression: 'label' })).rejects.toEqual(
      refused(/does not project \[label\]/),
    )
  })

  test.each<[Partial<SearchVectorsCommandInput>, string]>([
    [{ TopK: 101 }, "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive"],
    [{ TopK: 0 }, expect.stringContaining('greater than or equal to 1')],
    [{ IndexName: 'other' }, 'The table does not have the specified index: other'],
    [{ SearchVector: numbers(1, 0) }, 'Input search vector dimension 2 does not match vector index dimension 3'],
    ...[{ L: numbers(1, 0, 0) }, { S: 'x' }, { N: '1e39' }].map(
      (value): [Partial<SearchVectorsCommandInput>, string] => [
        { SearchVector: [value] },
        'Search vector contains invalid values. ' +
          'All values in the search vector must be a 32-bit floating-point number attribute',
      ],
    ),
    [
      { SearchConditionExpression: 'label = :l', ExpressionAttributeValues: { ':l': { S: 'a' } } },
      'SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: label',
    ],
  ])('refuse %j', async (input, message) => {
    await expect(search(TableName, input)).rejects.toMatchObject({ name: 'ValidationException', message })
  })

  test('are allowed by index', async () => {
    const client = await tables.userWith({
      Effect: 'Allow',
      Action: 'dynamodb:SearchVectors',
      Resource: `arn:aws:dynamodb:*:*:table/${TableName}/index/plain`,
    })
    const ask = (IndexName: string) =>
      client.send(new SearchVectorsCommand({ TableName, IndexName, SearchVector: numbers(1, 0, 0), TopK: 1 }))
    expect((await ask('plain')).SearchResults).toHaveLength(1)
    await expect(ask('dot')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    client.destroy()
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Security.html
    const conditional = await tables.userWith({
      ...{ Effect: 'Allow', Action: 'dynamodb:SearchVectors', Resource: '*' },
      Condition: { StringEquals: { 'dynamodb:ReturnConsumedCapacity': 'TOTAL' } },
    })
    const whole = { TableName, IndexName: 'plain', SearchVector: numbers(1, 0, 0), TopK: 1 }
    const asked = new SearchVectorsCommand({ ...whole, ReturnConsumedCapacity: 'TOTAL' })
    await expect(conditional.send(asked)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    conditional.destroy()
  })
})

describe('writes', () => {
  let TableName: string
  beforeAll(async () => {
    TableName = await makeTable([index(), withSchema], { AttributeDefinitions: text('pk', 'tenant', 'category') })
  })
  const tenant = (S: string) => ({ tenant: { S } })
  const within = (t: string, category?: string) => ({
    IndexName: 'schema',
    SearchConditionExpression: category ? 'tenant = :t AND category = :c' : 'tenant = :t',
    ExpressionAttributeValues: { ':t': { S: t }, ...(category ? { ':c': { S: category } } : {}) },
  })

  test.each<[string, AttributeValue | undefined, object, string]>([
    [
      'another length',
      { L: numbers(1, 0) },
      {},
      'One or more parameter values were invalid. Invalid size for parameter embedding, Expected: 3, Actual: 2 IndexName: plain',
    ],
    [
      'something in it that is no number',
      { L: [{ N: '1' }, { S: 'oops' }, { N: '0' }] },
      {},
      'One or more parameter values were invalid. Invalid type for parameter embedding[1], Expected: 32-bit floating point number, Actual: S. IndexName: plain',
    ],
    [
      'no list',
      { S: 'not-a-vector' },
      {},
      'One or more parameter values were invalid. Invalid type for parameter embedding, Expected: 32-bit floating point number list IndexName: plain',
    ],
    ['a number that no float can hold', { L: numbers(1, 1e39, 0) }, {}, expect.stringContaining('embedding[1]')],
    [
      'an empty HASH',
      { L: numbers(0, 0, 1) },
      tenant(''),
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: schema, IndexKey: tenant',
    ],
    [
      'a filter of another type',
      undefined,
      { category: { N: '1' } },
      expect.stringContaining('Type mismatch for Index Key category Expected: S Actual: N'),
    ],
  ])('are refused with %s', async (_, vector, more, message) => {
    await expect(put(TableName, 'bad', vector, more)).rejects.toMatchObject({ name: 'ValidationException', message })
    if (!vector || Object.keys(more).length > 0) return
    const update = new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'bad' } },
      UpdateExpression: 'SET embedding = :v',
      ExpressionAttributeValues: { ':v': vector },
    })
    await expect(db.send(update)).rejects.toMatchObject({ name: 'ValidationException', message })
    const batch = new BatchWriteItemCommand({
      RequestItems: { [TableName]: [{ PutRequest: { Item: { pk: { S: 'bad' }, embedding: vector } } }] },
    })
    await expect(db.send(batch)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('put an item into the partition and under the filters that it names, or into none', async () => {
    await put(TableName, 'a', { L: numbers(1, 0, 0) }, { ...tenant('t1'), category: { S: 'c1' } })
    await put(TableName, 'b', { L: numbers(0, 1, 0) }, { ...tenant('t1'), category: { S: 'c2' } })
    await put(TableName, 'c', { L: numbers(0, 0, 1) }, { category: { S: 'c1' } })
    expect((await found(TableName)).sort()).toEqual(['a', 'b', 'c'])
    expect(await found(TableName, within('t1'))).toEqual(['a', 'b'])
    expect(await found(TableName, within('t1', 'c2'))).toEqual(['b'])
    expect(await found(TableName, within('t2'))).toEqual([])
    await put(TableName, 'a', { L: numbers(1, 0, 0) }, { ...tenant('t2'), category: { S: 'c1' } })
    expect([await found(TableName, within('t1')), await found(TableName, within('t2'))]).toEqual([['b'], ['a']])
    expect((await described(TableName))!.map(({ ItemCount }) => ItemCount)).toEqual([3, 2])
  })

  test.each<[Partial<SearchVectorsCommandInput>, string]>([
    [{}, 'SearchConditionExpression must be provided when SearchSchema has a HASH key'],
    [
      { SearchConditionExpression: 'tenant < :t', ExpressionAttributeValues: { ':t': { S: 't9' } } },
      'Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression',
    ],
    [
      { SearchConditionExpression: 'tenant = :t AND category < :t', ExpressionAttributeValues: { ':t': { S: 't9' } } },
      'Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression',
    ],
    [
      { SearchConditionExpression: 'category = :t', ExpressionAttributeValues: { ':t': { S: 't9' } } },
      expect.stringContaining('HASH key tenant'),
    ],
    [
      { SearchConditionExpression: 'tenant = :t', ExpressionAttributeValues: { ':t': { N: '9' } } },
      expect.stringContaining('Condition parameter type does not match schema type'),
    ],
  ])('are searched by partition: %j is refused', async (input, message) => {
    const asked = search(TableName, { IndexName: 'schema', ...input })
    await expect(asked).rejects.toMatchObject({ name: 'ValidationException', message })
  })

  test('are charged by what an index holds of them', async () => {
    const blob = { blob: { S: 'x'.repeat(1_500) } }
    const charged = async (...write: Parameters<typeof put>) => (await put(...write)).ConsumedCapacity!
    const capacity = await charged(TableName, 'f1', { L: numbers(1, 0, 0) }, blob)
    expect(capacity).toMatchObject({
      CapacityUnits: 2,
      Table: { CapacityUnits: 2 },
      VectorIndexes: { plain: { VectorWriteRequestBytes: 'pkf1blobembedding'.length + 1_500 + 3 * 4 } },
    })
    expect(Object.keys(capacity.VectorIndexes!)).toEqual(['plain'])
    const same = await charged(TableName, 'f1', { L: numbers(1, 0, 0) }, blob)
    expect(same.VectorIndexes).toBeUndefined()
    const small = await charged(TableName, 'f2', { L: numbers(1, 0, 0) })
    expect(small.VectorIndexes).toEqual({ plain: { VectorWriteRequestBytes: 1_024 } })
    // 38 digits are 20 bytes each, as a dimension they are billed as four.
    const wide = { L: Array.from({ length: 3 }, () => ({ N: '1'.repeat(38) })) }
    const pad = (bytes: number) => ({ pad: { S: 'x'.repeat(bytes - 'pkf3embeddingpad'.length - 12) } })
    expect((await charged(TableName, 'f3', wide, pad(1_024))).CapacityUnits).toBe(1)
    expect((await charged(TableName, 'f4', wide, pad(1_025))).CapacityUnits).toBe(2)
  })
})

describe('definitions', () => {
  const provisioned = {
    BillingMode: 'PROVISIONED' as const,
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  }
  test.each<[string, VectorIndex[], Partial<CreateTableCommandInput>, string]>([
    ['a provisioned table', [index()], provisioned, 'Vector indexes are only supported for PAY_PER_REQUEST tables'],
    [
      'an undeclared attribute',
      [withSchema],
      {},
      'One element in SearchSchema is not defined in attribute definitions',
    ],
    [
      'too many dimensions',
      [index({ Dimensions: 4_097 })],
      {},
      'Number of dimensions must be between 1 and 4096 inclusive.',
    ],
    [
      'six indexes',
      Array.from({ length: 6 }, (_, i) => index({ IndexName: `index-${i}` })),
      {},
      'VectorIndex count exceeds the per-table limit of 5',
    ],
    [
      'two lengths of one attribute',
      [index(), index({ IndexName: 'other', Dimensions: 4 })],
      {},
      "Conflicting attribute definition for 'embedding'. All VectorIndexes on the same vector attribute must use the same dimensions.",
    ],
    [
      'a declared vector',
      [index({ VectorAttribute: { AttributeName: 'pk' } })],
      {},
      "Conflicting attribute definition for 'pk'. An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute.",
    ],
  ])('are refused with %s', async (_, indexes, more, message) => {
    const error = refused(`One or more parameter values were invalid: ${message}`)
    await expect(makeTable(indexes, more)).rejects.toEqual(error)
  })

  test('are described as they were given, and not to be queried', async () => {
    const TableName = await makeTable([withSchema], { AttributeDefinitions: text('pk', 'tenant', 'category') })
    expect(await described(TableName)).toEqual([
      {
        ...withSchema,
        IndexStatus: 'ACTIVE',
        IndexArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}/index/schema`,
        ItemCount: 0,
        IndexSizeBytes: 0,
      },
    ])
    const query = new QueryCommand({
      TableName,
      IndexName: 'schema',
      KeyConditionExpression: 'tenant = :t',
      ExpressionAttributeValues: { ':t': { S: 't' } },
    })
    await expect(db.send(query)).rejects.toEqual(refused('The table does not have the specified index: schema'))
  })

  test('come and go while the table is used', async () => {
    const TableName = await makeTable([], { VectorIndexes: undefined })
    for (let i = 0; i < 60; i++) await put(TableName, `i${i}`, { L: numbers(i, 1, 0) })
    await put(TableName, 'short', { L: numbers(1) })
    const change = (...VectorIndexUpdates: NonNullable<UpdateTableCommand['input']['VectorIndexUpdates']>) =>
      db.send(new UpdateTableCommand({ TableName, VectorIndexUpdates }))
    const two = change({ Create: index() }, { Create: index({ IndexName: 'other' }) })
    const limit = 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table'
    await expect(two).rejects.toMatchObject({ name: 'LimitExceededException', message: limit })
    const { TableDescription } = await change({ Create: index() })
    expect(TableDescription!.TableStatus).toBe('UPDATING')
    // Written while the index is being filled: an item of before, a new one, and one that is gone.
    await Promise.all([
      put(TableName, 'i3', { L: numbers(-1, 0, 0) }),
      put(TableName, 'new', { L: numbers(0, 0, 1) }),
      db.send(new UpdateItemCommand({ TableName, Key: { pk: { S: 'i4' } }, UpdateExpression: 'REMOVE embedding' })),
    ])
    await active(TableName)
    const all = await found(TableName, { TopK: 100 })
    expect(all).toHaveLength(60)
    expect([all[0], all.at(-1)]).toEqual(['i59', 'i3'])
    expect(all).not.toContain('i4')
    expect((await described(TableName))![0]).toMatchObject({ ItemCount: 60, IndexStatus: 'ACTIVE' })
    await expect(
      db.send(
        new UpdateTableCommand({
          ...{ TableName, AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }] },
          VectorIndexUpdates: [{ Create: index({ IndexName: 'retyped' }) }],
        }),
      ),
    ).rejects.toEqual(refused(/pk is already defined as S/))
    const again = change({ Create: index() })
    await expect(again).rejects.toEqual(refused('Attempting to create an index which already exists'))
    const dear = db.send(new UpdateTableCommand({ TableName, ...provisioned }))
    await expect(dear).rejects.toEqual(refused(/only supported for PAY_PER_REQUEST tables/))
    await change({ Delete: { IndexName: 'plain' } })
    await until(async () => !(await described(TableName)))
    await expect(search(TableName)).rejects.toEqual(refused('The table does not have the specified index: plain'))
    await db.send(new DeleteTableCommand({ TableName }))
  })

  test('have names that objects have, and no attribute that another index has as its key', async () => {
    const TableName = await makeTable([], { VectorIndexes: undefined })
    const change = (more: object) =>
      db.send(
        new UpdateTableCommand({ TableName, AttributeDefinitions: text('constructor', '__proto__', 'g'), ...more }),
      )
    const filters = ['constructor', '__proto__'].map((AttributeName) => ({
      AttributeName,
      SearchSchemaElementType: 'INLINE_FILTER' as const,
    }))
    await change({ VectorIndexUpdates: [{ Create: index({ IndexName: '__proto__', SearchSchema: filters }) }] })
    await active(TableName)
    const global = (IndexName: string, AttributeName: string) => ({
      ...{ IndexName, KeySchema: [{ AttributeName, KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
    })
    await change({ GlobalSecondaryIndexUpdates: [{ Create: global('constructor', 'g') }] })
    await until(async () => {
      const { Table } = await db.send(new DescribeTableCommand({ TableName }))
      return Table!.GlobalSecondaryIndexes![0]!.IndexStatus === 'ACTIVE'
    })
    const taken = { Create: index({ IndexName: 'taken', VectorAttribute: { AttributeName: 'g' } }) }
    const conflict = refused(/Conflicting attribute definition for 'g'/)
    await expect(change({ AttributeDefinitions: undefined, VectorIndexUpdates: [taken] })).rejects.toEqual(conflict)
    const key = change({
      AttributeDefinitions: text('embedding'),
      GlobalSecondaryIndexUpdates: [{ Create: global('other', 'embedding') }],
    })
    await expect(key).rejects.toEqual(refused(/Conflicting attribute definition for 'embedding'/))
    await db.send(
      new PutItemCommand({
        ...{ TableName, Item: { pk: { S: 'a' }, embedding: { L: numbers(1, 0, 0) }, constructor: { S: 'x' } } },
      }),
    )
    const one = await found(TableName, {
      IndexName: '__proto__',
      SearchConditionExpression: '#c = :c',
      ExpressionAttributeNames: { '#c': 'constructor' },
      ExpressionAttributeValues: { ':c': { S: 'x' } },
    })
    expect(one).toEqual(['a'])
  })

  test('go into backups and out of them', async () => {
    const TableName = await makeTable([index(), index({ IndexName: 'other', DistanceFunction: 'EUCLIDEAN' })])
    await put(TableName, 'a', { L: numbers(1, 0, 0) })
    const { BackupDetails } = await db.send(new CreateBackupCommand({ TableName, BackupName: 'vectors' }))
    const { BackupArn } = BackupDetails!
    const backup = await until(async () => {
      const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn }))
      return BackupDescription!.BackupDetails!.BackupStatus === 'AVAILABLE' && BackupDescription
    })
    expect(backup.SourceTableFeatureDetails!.VectorIndexes).toHaveLength(2)
    const restore = (TargetTableName: string, VectorIndexOverride?: VectorIndex[]) =>
      db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName, VectorIndexOverride }))
    await restore('restored-vectors', [index()])
    await until(async () => (await search('restored-vectors').catch(() => undefined)) !== undefined)
    expect(await found('restored-vectors')).toEqual(['a'])
    expect(await described('restored-vectors')).toHaveLength(1)
    await expect(restore('never', [index({ Dimensions: 4 })])).rejects.toEqual(refused(/no such index: plain/))
  })

  test('are in templates', async () => {
    const cfn = tables.node.client(CloudFormationClient)
    const template = (VectorIndexes: object[]) =>
      JSON.stringify({
        Resources: {
          Table: {
            Type: 'AWS::DynamoDB::Table',
            Properties: {
              TableName: 'of-stack',
              AttributeDefinitions: text('pk'),
              KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
              BillingMode: 'PAY_PER_REQUEST',
              VectorIndexes,
            },
          },
        },
      })
    const settled = () => settledStack(cfn, 'vectors', () => tables.node.clock.advance(100))
    await cfn.send(new CreateStackCommand({ StackName: 'vectors', TemplateBody: template([index()]) }))
    expect((await settled()).StackStatus).toBe('CREATE_COMPLETE')
    await put('of-stack', 'a', { L: numbers(1, 0, 0) })
    const next = [index({ DistanceFunction: 'DOT_PRODUCT' }), index({ IndexName: 'second' })]
    await cfn.send(new UpdateStackCommand({ StackName: 'vectors', TemplateBody: template(next) }))
    expect((await settled()).StackStatus).toBe('UPDATE_COMPLETE')
    expect((await search('of-stack')).SearchResults).toMatchObject([{ Score: 1 }])
    expect((await search('of-stack', { IndexName: 'second' })).SearchResults).toMatchObject([{ Score: 0 }])
    cfn.destroy()
  })
})
