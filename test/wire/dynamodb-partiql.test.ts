import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  ExecuteTransactionCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let T: string
beforeAll(async () => {
  tables = await startTables()
  T = await tables.makeTable({
    AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-g',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  for (let i = 0; i < 10; i++) {
    const Item = {
      ...key('many', String(i)),
      n: { N: String(i) },
      g: { S: `g${i % 2}` },
      doc: { M: { l: { L: [{ N: String(i) }] } } },
    }
    await tables.db.send(new PutItemCommand({ TableName: T, Item }))
  }
})
afterAll(() => tables[Symbol.asyncDispose]())

const run = (Statement: string, Parameters?: AttributeValue[], more: Partial<ExecuteStatementCommandInput> = {}) =>
  tables.db.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }))
const sorts = (items: Record<string, AttributeValue>[] = []) => items.map(({ sk }) => (sk as { S: string }).S).join('')
const one = async (pk: string) => (await run(`SELECT * FROM "${T}" WHERE pk = ? AND sk = 'a'`, [{ S: pk }])).Items?.[0]

describe('SELECT', () => {
  test.each([
    [`pk = 'many'`, '0123456789'],
    [`pk = 'many' AND sk > '6'`, '789'],
    [`sk BETWEEN '2' AND '4' AND pk = 'many'`, '234'],
    [`pk = 'many' AND begins_with(sk, '5')`, '5'],
    [`pk = 'many' AND (n < 2 OR n >= 8)`, '0189'],
    [`pk = 'many' AND n IN [1, 3, 99]`, '13'],
    [`pk = 'many' AND n IN (1, 3, 99)`, '13'],
    [`pk = 'many' AND NOT n <> 4`, '4'],
    [`pk = 'many' AND doc.l[0] = 7`, '7'],
    [`pk = 'many' AND x IS MISSING AND n IS NOT MISSING AND n IS NOT NULL AND n <= 1`, '01'],
    [`pk = 'many' AND contains(g, '1') AND size(g) = 2 AND attribute_type(n, 'N')`, '13579'],
    [`pk = 'many' AND n > 7.5e0 ORDER BY sk DESC`, '98'],
    [`pk = 'many' AND sk >= '8' ORDER BY sk ASC;`, '89'],
    [`pk = 'none'`, ''],
  ])('WHERE %s', async (where, found) => {
    expect(sorts((await run(`SELECT * FROM "${T}" WHERE ${where}`)).Items)).toBe(found)
  })

  test('takes parameters, picks paths, reads indexes and the whole table', async () => {
    const { Items } = await run(`select sk, doc.l[0] from "${T}" where pk = ? and n = ?`, [{ S: 'many' }, { N: '3.0' }])
    expect(Items).toEqual([{ sk: { S: '3' }, doc: { M: { l: { L: [{ N: '3' }] } } } }])
    expect((await run(`SELECT * FROM "${T}"."by-g" WHERE g = 'g1'`)).Items).toHaveLength(5)
    const all = await run(`SELECT sk FROM "${T}" WHERE n > 4`, undefined, { ReturnConsumedCapacity: 'TOTAL' })
    expect(sorts(all.Items)).toBe('56789')
    expect(all.ConsumedCapacity).toMatchObject({ TableName: T, CapacityUnits: 0.5 })
  })

  test('goes on with NextToken, of the same statement only', async () => {
    const Statement = `SELECT * FROM "${T}" WHERE pk = 'many'`
    let found = ''
    let NextToken: string | undefined
    do {
      const page = await run(Statement, undefined, { Limit: 3, NextToken })
      found += sorts(page.Items)
      expect(page.LastEvaluatedKey !== undefined).toBe(page.NextToken !== undefined)
      NextToken = page.NextToken
      if (found.length === 3) {
        await expect(run(`${Statement} AND n = 1`, undefined, { NextToken })).rejects.toEqual(refused(/NextToken/))
      }
    } while (NextToken)
    expect(found).toBe('0123456789')
    for (const token of ['x', Buffer.from('[1,2]').toString('base64')]) {
      await expect(run(Statement, undefined, { NextToken: token })).rejects.toEqual(refused(/NextToken/))
    }
  })
})

describe('statements that change an item', () => {
  test('INSERT, UPDATE and DELETE it', async () => {
    await run(
      `INSERT INTO "${T}" VALUE {'pk': 'w', 'sk': ?, 'n': -1, 'list': [1, 'it''s', true, null], 'set': <<'a', 'b'>>, 'map': {'k': ?}}`,
      [{ S: 'a' }, { B: Buffer.from('x') }],
    )
    expect(await one('w')).toEqual({
      ...key('w'),
      n: { N: '-1' },
      list: { L: [{ N: '1' }, { S: "it's" }, { BOOL: true }, { NULL: true }] },
      set: { SS: ['a', 'b'] },
      map: { M: { k: { B: Uint8Array.from(Buffer.from('x')) } } },
    })
    await expect(run(`INSERT INTO "${T}" VALUE {'pk': 'w', 'sk': 'a'}`)).rejects.toMatchObject({
      name: 'DuplicateItemException',
      message: 'Duplicate primary key exists in table',
    })
    const { Items } = await run(
      `UPDATE "${T}" SET n = n + 3 SET list = list_append(list, [?]), "set" = set_add("set", <<'c'>>), map.z = 1
       REMOVE map.k WHERE pk = 'w' AND sk = 'a' AND n = -1 RETURNING MODIFIED NEW *`,
      [{ S: 'end' }],
    )
    expect(Items).toEqual([
      {
        n: { N: '2' },
        list: { L: [{ N: '1' }, { S: "it's" }, { BOOL: true }, { NULL: true }, { S: 'end' }] },
        set: { SS: ['a', 'b', 'c'] },
        map: { M: { z: { N: '1' } } },
      },
    ])
    await run(`UPDATE "${T}" SET "set" = set_delete("set", <<'a', 'b'>>) WHERE pk = 'w' AND sk = 'a'`)
    expect((await one('w'))!.set).toEqual({ SS: ['c'] })
    const failing = `UPDATE "${T}" SET n = 9 WHERE pk = 'w' AND sk = 'a' AND n > 5`
    await expect(run(failing, undefined, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { n: { N: '2' } },
    })
    await expect(run(`UPDATE "${T}" SET n = 9 WHERE pk = 'nobody' AND sk = 'a'`)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    })
    const gone = await run(`DELETE FROM "${T}" WHERE pk = 'w' AND sk = 'a' RETURNING ALL OLD *`)
    expect(gone.Items).toMatchObject([{ n: { N: '2' } }])
    await run(`DELETE FROM "${T}" WHERE pk = 'w' AND sk = 'a'`)
    expect(await one('w')).toBeUndefined()
  })

  test.each([
    ['UPDATE "T" SET n = 1', /Expected WHERE/],
    [`UPDATE "T" SET n = 1 WHERE pk = 'w'`, 'Where clause does not contain a mandatory equality on all key attributes'],
    [`DELETE FROM "T" WHERE pk = 'w' OR sk = 'a'`, /mandatory equality/],
    [`UPDATE "T" SET sk = 'b' WHERE pk = 'w' AND sk = 'a'`, /part of the key/],
    [`INSERT INTO "T" VALUE {'pk': 'w'}`, 'One or more parameter values were invalid: Missing the key sk in the item'],
    [`INSERT INTO "T" VALUE {'pk': ?, 'sk': 'a'}`, "Number of parameters in request and statement don't match."],
    [`INSERT INTO "T" VALUE {'pk': <<>>, 'sk': 'a'}`, /set/],
    ['SELECT * FROM "T" ORDER BY sk', /WHERE clause when using ORDER BY/],
    [`SELECT * FROM "T" WHERE pk = 'a' ORDER BY n`, /part of the primary key/],
    ['SELECT * FROM "T" WHERE', /^Statement wasn't well formed, can't be processed/],
    ['SELECT * FROM "T" WHERE a = 1 garbage', /wasn't well formed/],
    ['DROP TABLE "T"', /wasn't well formed/],
    [`SELECT * FROM "T" WHERE ${'('.repeat(500)}a = 1`, /nests too deeply/],
    [`SELECT * FROM "T" WHERE a = ${'['.repeat(500)}`, /nests too deeply/],
    [`SELECT * FROM "T" WHERE pk = '${'x'.repeat(3_000)}'`, /hashkey has exceeded/],
    [`SELECT * FROM "T"."none" WHERE pk = 'a'`, 'The table does not have the specified index: none'],
    [`EXISTS(SELECT * FROM "T" WHERE pk = 'a' AND sk = 'a')`, /only be used in ExecuteTransaction/],
  ])('%s is refused', async (statement, message) => {
    await expect(run(statement.replaceAll('"T"', `"${T}"`))).rejects.toEqual(refused(message))
  })

  test('say so when there is no such table', async () => {
    await expect(run(`SELECT * FROM "no-such"`)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    })
  })
})

describe('several statements', () => {
  test('in a batch are each on their own', async () => {
    const { Responses } = await tables.db.send(
      new BatchExecuteStatementCommand({
        Statements: [
          { Statement: `INSERT INTO "${T}" VALUE {'pk': 'b1', 'sk': 'a'}` },
          { Statement: `INSERT INTO "${T}" VALUE {'pk': 'b1', 'sk': 'a'}` },
          { Statement: `UPDATE "${T}" SET x = 1 WHERE pk = 'b1' AND sk = 'a' AND x = 2` },
          { Statement: `INSERT INTO "none" VALUE {'pk': 'b1', 'sk': 'a'}` },
        ],
      }),
    )
    expect(Responses!.map((each) => each.Error?.Code)).toEqual([
      undefined,
      'DuplicateItem',
      'ConditionalCheckFailed',
      'ResourceNotFound',
    ])
    const read = await tables.db.send(
      new BatchExecuteStatementCommand({
        Statements: [
          { Statement: `SELECT * FROM "${T}" WHERE pk = 'b1' AND sk = 'a'` },
          { Statement: `SELECT * FROM "${T}" WHERE pk = 'b1'` },
        ],
      }),
    )
    expect(read.Responses).toMatchObject([{ TableName: T, Item: key('b1') }, { Error: { Code: 'ValidationError' } }])
  })

  test('in a transaction all happen or none', async () => {
    const transact = (...statements: string[]) =>
      tables.db.send(
        new ExecuteTransactionCommand({ TransactStatements: statements.map((Statement) => ({ Statement })) }),
      )
    const insert = (pk: string) => `INSERT INTO "${T}" VALUE {'pk': '${pk}', 'sk': 'a'}`
    const exists = (pk: string) => `EXISTS(SELECT * FROM "${T}" WHERE pk = '${pk}' AND sk = 'a')`
    await transact(insert('t1'), insert('t2'))
    await transact(insert('t3'), exists('t1'))
    await expect(transact(insert('t4'), insert('t1'))).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'DuplicateItem' }],
    })
    await expect(transact(insert('t4'), exists('nobody'))).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    })
    expect(await one('t4')).toBeUndefined()
    const read = (pk: string) => `SELECT * FROM "${T}" WHERE pk = '${pk}' AND sk = 'a'`
    const { Responses } = await transact(read('t1'), read('t4'), read('t2'))
    expect(Responses).toEqual([{ Item: key('t1') }, {}, { Item: key('t2') }])
    await expect(transact(read('t1'), insert('t9'))).rejects.toEqual(refused(/all read operations or all write/))
    const once = new ExecuteTransactionCommand({
      TransactStatements: [{ Statement: insert('t5') }],
      ClientRequestToken: 'once',
    })
    await tables.db.send(once)
    await tables.db.send(once)
  })
})

test('a statement is allowed by what it does', async () => {
  const iam = tables.node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'dynamodb:PartiQLSelect',
        Resource: `arn:aws:dynamodb:us-east-1:000000000000:table/${T}`,
      },
      {
        Effect: 'Deny',
        Action: 'dynamodb:PartiQLSelect',
        Resource: '*',
        Condition: { Bool: { 'dynamodb:FullTableScan': 'true' } },
      },
    ],
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'p', PolicyDocument }))
  const bob = tables.node.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
  const as = (Statement: string) => bob.send(new ExecuteStatementCommand({ Statement }))
  expect((await as(`SELECT * FROM "${T}" WHERE pk = 'many'`)).Items).toHaveLength(10)
  const denied = { name: 'AccessDeniedException' }
  await expect(as(`SELECT * FROM "${T}"`)).rejects.toMatchObject(denied)
  await expect(as(`INSERT INTO "${T}" VALUE {'pk': 'x', 'sk': 'y'}`)).rejects.toMatchObject(denied)
  iam.destroy()
  bob.destroy()
})
