import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('keeps every type, updates, pages, batches and transacts, and understands the errors', async () => {
    expect(await python.script('dynamodb_python')).toEqual({
      table: ['ACTIVE', 0, 'ACTIVE'],
      same: true,
      item: {
        customer: 'ä',
        number: 'N:1',
        exact: 'N:-12345678901234567890.123456789012345678',
        tiny: 'N:1E-130',
        bytes: { bytes: [0, 255] },
        yes: true,
        nothing: null,
        empty: '',
        words: { set: ['a', 'b'] },
        numbers: { set: ['N:1', 'N:2.5'] },
        blobs: { set: [{ bytes: [120] }, { bytes: [121] }] },
        list: ['N:1', 'two', [], { three: { set: ['3'] } }],
        map: { deep: { er: null } },
      },
      updated: {
        map: { deep: { er: 'N:0.1' } },
        n: 'N:1',
        words: { set: ['a', 'b', 'c'] },
        numbers: { set: ['N:2.5'] },
      },
      taken: 'ConditionalCheckFailedException',
      old: [{ S: 'ä' }, 'The conditional request failed'],
      deleted: 'ä',
      gone: null,
      pages: [
        [5, 6, 7, 8, 9],
        [10, 11, 12, 13, 14],
        [15, 16, 17],
      ],
      resumed: [0, 1, 2],
      back: [3, 2, 1, 0].map((number) => ({ number: `N:${number}` })),
      index: [21, 24, 27].map((number) => ({ customer: 'bob', number: `N:${number}`, status: 'done' })),
      filtered: [10, 29],
      scanned: 29,
      count: 29,
      batch: [['N:1', 'N:28'], {}],
      transaction: [{ BOOL: true }, null],
      cancelled: ['None', 'ConditionalCheckFailed'],
      kept: true,
      errors: {
        table: 'ResourceNotFoundException',
        key: 'ValidationException',
        expression: 'ValidationException',
        number: 'ValidationException',
        again: 'ResourceInUseException',
      },
      tags: [{ Key: 'team', Value: 'a' }],
      ttl: 'expires',
      names: ['orders'],
      after: 'ResourceNotFoundException',
    })
  })
})

describe.runIf(hasBoto3())('boto3, for what goes on in the background', () => {
  test('backs up, recovers, exports and imports, and speaks PartiQL', async () => {
    expect(await python.script('dynamodb_tasks')).toEqual({
      twice: 'DuplicateItemException',
      selected: [{ n: { N: '2' } }],
      batch: [true, 'ResourceNotFound'],
      stream: ['INSERT', 'INSERT', 'INSERT', 'MODIFY', 'REMOVE'],
      backups: ['first'],
      off: 'PointInTimeRecoveryUnavailableException',
      recovery: ['ENABLED', 7],
      made: [
        ['a', 'c'],
        ['a', 'c'],
      ],
      export: ['COMPLETED', 3],
      lines: ['a', 'c', 'later'],
      imported: ['a', 'c', 'later'],
      lists: [1, 1],
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('switches recovery on and makes a table again from it', async () => {
    const aws = async (...args: string[]) => JSON.parse(await python.aws('dynamodb', ...args))
    await aws(
      ...['create-table', '--table-name', 'kept', '--billing-mode', 'PAY_PER_REQUEST'],
      ...[
        '--attribute-definitions',
        'AttributeName=pk,AttributeType=S',
        '--key-schema',
        'AttributeName=pk,KeyType=HASH',
      ],
    )
    await aws(
      ...['update-continuous-backups', '--table-name', 'kept'],
      ...['--point-in-time-recovery-specification', 'PointInTimeRecoveryEnabled=true'],
    )
    await python.aws('dynamodb', 'put-item', '--table-name', 'kept', '--item', '{"pk":{"S":"a"}}')
    await aws(
      ...['restore-table-to-point-in-time', '--source-table-name', 'kept', '--target-table-name', 'again-kept'],
      '--use-latest-restorable-time',
    )
    await python.aws('dynamodb', 'wait', 'table-exists', '--table-name', 'again-kept')
    expect((await aws('scan', '--table-name', 'again-kept')).Items).toEqual([{ pk: { S: 'a' } }])
  })

  test('makes a table, waits for it, writes, reads, queries over pages and deletes', async () => {
    const table = ['--table-name', 'cli']
    const aws = async (...args: string[]) => {
      const text = await python.aws('dynamodb', ...args)
      return text === '' ? undefined : JSON.parse(text)
    }
    await aws(
      ...['create-table', ...table, '--billing-mode', 'PAY_PER_REQUEST'],
      ...['--attribute-definitions', 'AttributeName=pk,AttributeType=S', 'AttributeName=sk,AttributeType=N'],
      ...['--key-schema', 'AttributeName=pk,KeyType=HASH', 'AttributeName=sk,KeyType=RANGE'],
    )
    await aws('wait', 'table-exists', ...table)
    const puts = [1, 2, 3].map((n) => ({ PutRequest: { Item: { pk: { S: 'ä' }, sk: { N: String(n) } } } }))
    expect(await aws('batch-write-item', '--request-items', JSON.stringify({ cli: puts }))).toEqual({
      UnprocessedItems: {},
    })
    const values = JSON.stringify({ ':p': { S: 'ä' } })
    const query = ['--key-condition-expression', 'pk = :p', '--expression-attribute-values', values]
    const found = await aws('query', ...table, ...query, '--page-size', '2')
    expect(found.Items.map((item: { sk: { N: string } }) => item.sk.N)).toEqual(['1', '2', '3'])
    expect(await aws('query', ...table, ...query, '--max-items', '2')).toMatchObject({
      NextToken: expect.any(String),
    })
    await aws('delete-table', ...table)
    await aws('wait', 'table-not-exists', ...table)
  })
})
