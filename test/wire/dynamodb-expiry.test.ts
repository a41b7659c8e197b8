import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: Tables['db']
let makeTable: Tables['makeTable']
let node: Tables['node']

beforeAll(async () => {
  tables = await startTables()
  ;({ db, makeTable, node } = tables)
})
afterAll(() => tables[Symbol.asyncDispose]())

describe('time to live', () => {
  test('deletes what has expired, from indexes too, and nothing else', async () => {
    const TableName = await makeTable()
    const nowSec = Math.floor(node.clock.nowMs() / 1_000)
    const put = (sk: string, until?: number | string) =>
      db.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...key('e', sk),
            ...(until === undefined ? {} : { until: typeof until === 'number' ? { N: String(until) } : { S: until } }),
          },
        }),
      )
    await put('before', nowSec + 100)
    await put('never')
    const setting = { AttributeName: 'until', Enabled: true }
    await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: setting }))
    await expect(db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: setting }))).rejects.toEqual(
      refused('TimeToLive is already enabled'),
    )
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'until',
    })
    await put('soon', nowSec + 200)
    await put('text', String(nowSec))
    await put('long ago', 5)
    await put('moved', nowSec + 100)
    await put('moved', nowSec + 100_000)
    const left = async () => (await db.send(new ScanCommand({ TableName }))).Items?.map((item) => item.sk!.S).toSorted()
    expect(await left()).toHaveLength(6)
    node.clock.advance(300_000)
    await until(async () => (await left())?.length === 4)
    expect(await left()).toEqual(['long ago', 'moved', 'never', 'text'])
    expect((await db.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount).toBe(4)
    await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { ...setting, Enabled: false } }))
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'DISABLED',
    })
  })
})
