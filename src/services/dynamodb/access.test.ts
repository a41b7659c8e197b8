import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatArn } from '../../kernel/arn.ts'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Records } from '../../kernel/records.ts'
import type { Store } from '../../kernel/store.ts'
import { openLmdbStore } from '../../store/lmdb.ts'
import { createRecords } from '../../store/records.ts'
import { service } from './index.ts'
import { table, tags } from './state.ts'

const scope = { account: '111122223333', region: 'eu-west-1' }
const arn = `arn:aws:dynamodb:${scope.region}:${scope.account}:table/orders`
// Of a context, what authorize looks at.
const ctx = {
  principal: { kind: 'user' },
  ...scope,
  scope,
  arn: (name: string, resource: string) => formatArn(name, scope.region, scope.account, resource),
} as unknown as Ctx

let store: Store
let records: Records

beforeAll(async () => {
  store = await openLmdbStore({ path: mkdtempSync(join(tmpdir(), 'landfall-test-')), ephemeral: true })
  records = createRecords(store)
  await records.write(scope, (tx) => {
    tx.set(table('orders'), {
      name: 'orders',
      id: 'id',
      uuid: 'uuid',
      createdAtMs: 0,
      key: { partition: { name: 'pk', type: 'S' }, sort: { name: 'sk', type: 'N' } },
      attributeTypes: { pk: 'S', sk: 'N', gpk: 'N' },
      indexes: [
        {
          name: 'byOther',
          id: 'index',
          kind: 'global',
          key: { partition: { name: 'gpk', type: 'N' } },
          projection: { type: 'ALL' },
          status: 'ACTIVE',
        },
      ],
      billing: { mode: 'PAY_PER_REQUEST' },
      deletionProtection: false,
    })
    tx.set(tags('orders'), { team: 'blue' })
  })
})
afterAll(() => store[Symbol.asyncDispose]())

/** What the operation says it needs to be allowed. */
async function needs(operation: string, input: object): Promise<readonly AccessRequest[]> {
  // Of the operations' own types none is that of all; each takes the input that the test gives.
  const authorize = service.operations[operation]!.authorize as unknown as
    | 'none'
    | ((input: object, ctx: Ctx, tx: ReadTx) => Promise<readonly AccessRequest[]>)
  if (authorize === 'none') throw new Error(`${operation} needs nothing`)
  return records.read(scope, (tx) => authorize(input, ctx, tx))
}

const TableName = 'orders'
const Key = { pk: { S: 'me' }, sk: { N: '1' } }

describe('what operations need', () => {
  test('reading an item names its partition key and the attributes asked for', async () => {
    expect(
      await needs('GetItem', {
        TableName,
        Key,
        ProjectionExpression: '#n.first, total',
        ExpressionAttributeNames: { '#n': 'name' },
      }),
    ).toEqual([
      {
        action: 'dynamodb:GetItem',
        resource: arn,
        resourceTags: { team: 'blue' },
        context: {
          'dynamodb:LeadingKeys': ['me'],
          'dynamodb:Attributes': ['name', 'total', 'pk', 'sk'],
          'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
        },
      },
    ])
  })

  test('reading without a projection says that it returns everything, whatever its filter names', async () => {
    const [get] = await needs('GetItem', { TableName, Key })
    expect(get!.context).toEqual({ 'dynamodb:LeadingKeys': ['me'], 'dynamodb:Select': 'ALL_ATTRIBUTES' })
    const [scan] = await needs('Scan', { TableName, IndexName: 'byOther', FilterExpression: 'attribute_exists(a)' })
    expect(scan!.context).toEqual({ 'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES' })
  })

  test('a table named by its ARN is the same table', async () => {
    expect((await needs('DeleteItem', { TableName: arn, Key }))[0]).toMatchObject({ resource: arn })
    await expect(needs('DeleteItem', { TableName: arn.replace('111122223333', '999988887777'), Key })).rejects.toThrow(
      /belongs to another account/,
    )
    await expect(needs('DeleteItem', { TableName: arn.replace('eu-west-1', 'us-east-1'), Key })).rejects.toThrow(
      /send requests .* to region us-east-1/,
    )
  })

  test('writing names every attribute written, conditions included', async () => {
    const [put] = await needs('PutItem', { TableName, Item: { ...Key, total: { N: '5' } }, ReturnValues: 'ALL_OLD' })
    expect(put!.context).toEqual({
      'dynamodb:LeadingKeys': ['me'],
      'dynamodb:Attributes': ['pk', 'sk', 'total'],
      'dynamodb:ReturnValues': 'ALL_OLD',
    })
    const [update] = await needs('UpdateItem', {
      TableName,
      Key,
      UpdateExpression: 'SET a.b = c REMOVE d',
      ConditionExpression: 'size(e) > :n',
    })
    expect([...(update!.context!['dynamodb:Attributes'] as string[])].sort()).toEqual(['a', 'c', 'd', 'e', 'pk', 'sk'])
  })

  test('a query names the partition, of the index when it reads one', async () => {
    const ExpressionAttributeValues = { ':p': { S: 'me' }, ':g': { N: '7' } }
    const [main] = await needs('Query', {
      TableName,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues,
      Select: 'COUNT',
    })
    expect(main).toMatchObject({
      resource: arn,
      context: { 'dynamodb:LeadingKeys': ['me'], 'dynamodb:Select': 'COUNT' },
    })
    const [index] = await needs('Query', {
      TableName,
      IndexName: 'byOther',
      KeyConditionExpression: 'gpk = :g',
      ExpressionAttributeValues,
    })
    expect(index).toMatchObject({ resource: `${arn}/index/byOther`, context: { 'dynamodb:LeadingKeys': ['7'] } })
  })

  test('a batch names every partition once; a transaction its own action for each item', async () => {
    const requests = await needs('BatchWriteItem', {
      RequestItems: {
        orders: [
          { PutRequest: { Item: Key } },
          { DeleteRequest: { Key: { ...Key, sk: { N: '2' } } } },
          { DeleteRequest: { Key: { ...Key, pk: { S: 'you' } } } },
        ],
      },
    })
    expect(requests).toMatchObject([
      { action: 'dynamodb:BatchWriteItem', context: { 'dynamodb:LeadingKeys': ['me', 'you'] } },
    ])
    const actions = await needs('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName, Item: Key } },
        { Update: { TableName, Key, UpdateExpression: 'REMOVE a' } },
        { Delete: { TableName, Key } },
        { ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_exists(a)' } },
      ],
    })
    expect(actions.map(({ action }) => action.split(':')[1])).toEqual([
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ])
    expect(new Set(actions.map(({ context }) => context!['dynamodb:EnclosingOperation']))).toEqual(
      new Set(['TransactWriteItems']),
    )
  })

  test('making a table with tags needs both permissions', async () => {
    const requests = await needs('CreateTable', { TableName: 'new', Tags: [{ Key: 'team', Value: 'red' }] })
    expect(requests.map(({ action }) => action)).toEqual(['dynamodb:CreateTable', 'dynamodb:TagResource'])
    expect(requests[0]!.context).toEqual({ 'aws:TagKeys': ['team'], 'aws:RequestTag/team': 'red' })
  })

  test('what does not exist is still named', async () => {
    expect((await needs('GetItem', { TableName: 'nowhere', Key }))[0]).toMatchObject({
      resource: arn.replace('orders', 'nowhere'),
    })
  })
})
