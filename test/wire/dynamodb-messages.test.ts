import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

/*
 * What the service says of requests it refuses, to the letter. Inputs go out as they stand, past the SDK's own checks.
 *
 * Where the sentences come from: `dynalite`, the tests of https://github.com/architect/dynalite, which ran against the
 * service; `captures`, answers of the service in 2026 that https://github.com/paritysuite/dynamodb-conformance recorded.
 * In most regions the service has begun to put "1 validation error detected: " before what PutItem, UpdateItem and
 * DeleteItem find before they look at the table. That envelope comes and goes, and is left off here.
 */

type Case = readonly [operation: string, input: object, message: string, code?: string]

let node: TestNode
let db: DynamoDBClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  db = node.client(DynamoDBClient)
  await ask('CreateTable', {
    TableName: 'plain',
    AttributeDefinitions: attributes('id'),
    KeySchema: keys('id'),
    BillingMode: 'PAY_PER_REQUEST',
  })
  await ask('CreateTable', {
    TableName: 'indexed',
    AttributeDefinitions: attributes('id', 'sk', 'color'),
    KeySchema: keys('id', 'sk'),
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [index('second', 'color'), index('first', 'color')],
  })
  await ask('PutItem', { TableName: 'plain', Item: { id: { S: 'a' }, n: { N: '1' } } })
})
afterAll(async () => {
  db?.destroy()
  await node?.close()
})

/** Sends the input as it is, which the SDK's types and checks would not let through. */
function ask(operation: string, input: object): Promise<unknown> {
  const command = new ListTablesCommand({})
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string; headers: Record<string, string> }
      request.body = JSON.stringify(input)
      request.headers['x-amz-target'] = `DynamoDB_20120810.${operation}`
      return next(args)
    },
    { step: 'build', priority: 'high' },
  )
  return db.send(command)
}

const attributes = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))
const keys = (...names: string[]) =>
  names.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }))
const index = (IndexName: string, name: string) => ({
  IndexName,
  KeySchema: keys(name),
  Projection: { ProjectionType: 'ALL' },
})

const plain = { TableName: 'plain' }
const indexed = { TableName: 'indexed' }
const Key = { id: { S: 'a' } }
const units = { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }
const invalid = (what: string) => `One or more parameter values were invalid: ${what}`
const noMatch = 'The provided key element does not match the schema'
const oneError = (what: string) => `1 validation error detected: ${what}`
const emptyUnion = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'
const set = (value: object) => ({
  ...plain,
  Key,
  UpdateExpression: 'SET x = :v',
  ExpressionAttributeValues: { ':v': value },
})
const query = (KeyConditionExpression: string, more = {}) => ({
  ...indexed,
  KeyConditionExpression,
  ExpressionAttributeValues: { ':s': { S: 'a' }, ':n': { N: '1' }, ...more },
})
const eq = (value: object) => ({ ComparisonOperator: 'EQ', AttributeValueList: [value] })
const table = (more: object) => ({ TableName: 'another', ...units, ...more })

const groups: Readonly<Record<string, readonly Case[]>> = {
  'names of tables (captures)': [
    [
      'PutItem',
      { Item: Key },
      oneError("Value null at 'tableName' failed to satisfy constraint: Member must not be null"),
    ],
    [
      'PutItem',
      { TableName: 'bad table!@#', Item: Key },
      oneError(
        "Value 'bad table!@#' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
      ),
    ],
    [
      'PutItem',
      { TableName: 'a'.repeat(256), Item: Key },
      oneError(
        `Value '${'a'.repeat(256)}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255`,
      ),
    ],
    ['CreateTable', {}, "The parameter 'TableName' is required but was not present in the request"],
    [
      'CreateTable',
      table({ TableName: 'ab', AttributeDefinitions: attributes('id'), KeySchema: keys('id') }),
      oneError(
        "Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
      ),
    ],
  ],
  'names of tables (dynalite)': [
    ['DescribeTable', {}, "The parameter 'TableName' is required but was not present in the request"],
    ['DeleteTable', {}, "The parameter 'TableName' is required but was not present in the request"],
  ],
  'members of enums, in the order in which they are listed (dynalite, captures)': [
    [
      'PutItem',
      { ...plain, Item: Key, ReturnValues: 'X' },
      oneError(
        "Value 'X' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
      ),
    ],
    [
      'Scan',
      { ...plain, Select: 'X' },
      oneError(
        "Value 'X' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
      ),
    ],
  ],
  'values (dynalite)': [
    ['PutItem', { ...plain, Item: { id: {} } }, emptyUnion],
    ['UpdateItem', set({}), `ExpressionAttributeValues contains invalid value: ${emptyUnion} for key :v`],
    ['Scan', { ...plain, ExclusiveStartKey: { id: {} } }, `The provided starting key is invalid: ${emptyUnion}`],
    [
      'Scan',
      { ...plain, ExclusiveStartKey: { id: { SS: [] } } },
      `The provided starting key is invalid: ${invalid('An string set  may not be empty')}`,
    ],
    [
      'Scan',
      { ...plain, ExclusiveStartKey: { id: { N: 'x' } } },
      'The parameter cannot be converted to a numeric value: x',
    ],
    ['PutItem', { ...plain, Item: { id: { N: '' } } }, 'The parameter cannot be converted to a numeric value'],
    [
      'PutItem',
      { ...plain, Item: { id: { SS: ['a', 'a'] } } },
      invalid('Input collection [a, a] contains duplicates.'),
    ],
    ['PutItem', { ...plain, Item: { id: { NS: ['1', '1.0'] } } }, 'Input collection contains duplicates'],
    [
      'PutItem',
      { ...plain, Item: { id: { BS: ['Yg==', 'Yg=='] } } },
      invalid('Input collection [Yg==, Yg==]of type BS contains duplicates.'),
    ],
  ],
  'values nested too deeply (captures)': [
    [
      'UpdateItem',
      set(Array.from({ length: 33 }).reduce<object>((inner) => ({ L: [inner] }), { S: 'x' })),
      'ExpressionAttributeValues contains invalid value: Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit for key :v',
    ],
  ],
  'keys (captures)': [
    [
      'PutItem',
      { ...plain, Item: { id: { S: '' } } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    ['PutItem', { ...plain, Item: { id: { N: '1' } } }, invalid('Type mismatch for key id expected: S actual: N')],
    ['GetItem', { ...plain, Key: { id: { N: '1' } } }, noMatch],
    ['BatchWriteItem', { RequestItems: { plain: [{ PutRequest: { Item: { id: { N: '1' } } } }] } }, noMatch],
    ['BatchWriteItem', { RequestItems: { plain: [{ PutRequest: { Item: { x: { N: '1' } } } }] } }, noMatch],
    ['BatchWriteItem', { RequestItems: {} }, 'The requestItems parameter is required for BatchWriteItem'],
    ['BatchGetItem', { RequestItems: {} }, 'The requestItems parameter is required for BatchGetItem'],
    [
      'TransactWriteItems',
      { TransactItems: [{ Put: { ...plain, Item: { id: { S: '' } } } }] },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    [
      'TransactWriteItems',
      { TransactItems: [{ Put: { ...plain, Item: { id: { N: '1' } } } }] },
      'Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]',
      'TransactionCanceledException',
    ],
  ],
  'keys of indexes, of which the first by name is told (captures)': [
    [
      'PutItem',
      { ...indexed, Item: { id: { S: 'a' }, sk: { S: 'b' }, color: { N: '5' } } },
      invalid('Type mismatch for Index Key color Expected: S Actual: N IndexName: first'),
    ],
    [
      'PutItem',
      { ...indexed, Item: { id: { S: 'a' }, sk: { S: 'b' }, color: { S: '' } } },
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: first, IndexKey: color',
    ],
    [
      'UpdateItem',
      { ...set({ N: '5' }), ...indexed, Key: { id: { S: 'a' }, sk: { S: 'b' } }, UpdateExpression: 'SET color = :v' },
      invalid('Type mismatch for Index Key color Expected: S Actual: N IndexName: first'),
    ],
    [
      'UpdateItem',
      { ...set({ S: '' }), ...indexed, Key: { id: { S: 'a' }, sk: { S: 'b' } }, UpdateExpression: 'SET color = :v' },
      'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.',
    ],
  ],
  'expressions (captures)': [
    [
      'UpdateItem',
      { ...set({ S: 'x' }), UpdateExpression: 'SET id = :v' },
      invalid('Cannot update attribute id. This attribute is part of the key'),
    ],
    [
      'UpdateItem',
      { ...plain, Key, UpdateExpression: 'INVALID SYNTAX HERE' },
      'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"',
    ],
    [
      'UpdateItem',
      { ...set({ S: 'x' }), AttributeUpdates: { x: { Action: 'PUT', Value: { S: 'x' } } } },
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}',
    ],
    [
      'UpdateItem',
      { ...set({ S: 'x' }), ExpressionAttributeNames: { '#unused': 'x' } },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}',
    ],
    [
      'GetItem',
      { ...plain, Key, ProjectionExpression: '!!! INVALID !!!' },
      'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"',
    ],
    [
      'GetItem',
      { ...plain, Key, ProjectionExpression: 'l, l[0]' },
      'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [l], path two: [l, [0]]',
    ],
    [
      'PutItem',
      { ...plain, Item: Key, ConditionExpression: '((attribute_not_exists(pk)))' },
      'Invalid ConditionExpression: The expression has redundant parentheses;',
    ],
  ],
  'expressions (dynalite)': [
    [
      'PutItem',
      { ...plain, Item: Key, ConditionExpression: 'attribute_type(a, b)' },
      'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
    ],
    [
      'PutItem',
      {
        ...plain,
        Item: Key,
        ConditionExpression: 'size(size(a)) = :n',
        ExpressionAttributeValues: { ':n': { N: '1' } },
      },
      'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: size, operand type: N',
    ],
    ['Query', query('id = :s OR sk = :n'), 'Invalid operator used in KeyConditionExpression: OR'],
    ['Query', query('id = :s AND id > :n'), 'KeyConditionExpressions must only contain one condition per key'],
    ['Query', query('id = :s AND size(sk) = :n'), 'KeyConditionExpressions cannot contain nested operations'],
    [
      'Query',
      query('id = sk'),
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    ],
    [
      'Query',
      query('id = :s AND sk BETWEEN :n AND :s'),
      'Invalid KeyConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}',
    ],
  ],
  'legacy parameters (dynalite)': [
    [
      'PutItem',
      { ...plain, Item: Key, Expected: { a: { ComparisonOperator: 'LT' } } },
      invalid('Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a'),
    ],
    [
      'Scan',
      { ...plain, ScanFilter: { a: { ComparisonOperator: 'IN', AttributeValueList: [{ S: 'a' }, { N: '1' }] } } },
      invalid('AttributeValues inside AttributeValueList must be of same type'),
    ],
    [
      'Query',
      {
        ...indexed,
        KeyConditions: {
          id: eq({ S: 'a' }),
          sk: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: 'b' }, { S: 'a' }] },
        },
      },
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
    ],
    [
      'Query',
      { ...indexed, KeyConditions: { id: eq({ S: 'a' }) }, AttributesToGet: ['x', 'y', 'x'] },
      invalid('Duplicate value in attribute name: x'),
    ],
    [
      'Scan',
      { ...plain, ScanFilter: { a: eq({ S: 'a' }) }, ExpressionAttributeNames: { '#a': 'a' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
  ],
  'pages (dynalite, captures)': [
    ['Scan', { ...plain, ExclusiveStartKey: {} }, `The provided starting key is invalid: ${noMatch}`],
    [
      'Query',
      { ...query('id = :s'), ExpressionAttributeValues: { ':s': { S: 'a' } }, ExclusiveStartKey: {} },
      'The provided starting key is invalid',
    ],
    [
      'Scan',
      { ...plain, Segment: 0 },
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    ],
    [
      'Scan',
      { ...plain, TotalSegments: 1 },
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    ],
  ],
  'tables (captures, dynalite)': [
    [
      'CreateTable',
      table({ AttributeDefinitions: attributes('id'), KeySchema: keys('id', 'id') }),
      'Invalid KeySchema: Some index key attribute have no definition',
    ],
    [
      'CreateTable',
      table({ AttributeDefinitions: attributes('id', 'x'), KeySchema: keys('id', 'id') }),
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    ],
    [
      'CreateTable',
      table({ AttributeDefinitions: attributes('id', 'x'), KeySchema: keys('id', 'y') }),
      invalid(
        'Some index key attributes are not defined in AttributeDefinitions. Keys: [id, y], AttributeDefinitions: [id, x]',
      ),
    ],
    [
      'CreateTable',
      table({ AttributeDefinitions: attributes('id'), KeySchema: keys('id'), LocalSecondaryIndexes: [] }),
      invalid('List of LocalSecondaryIndexes is empty'),
    ],
    [
      'UpdateTable',
      { ...plain, GlobalSecondaryIndexUpdates: [] },
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
    ],
    [
      'UpdateTable',
      { ...plain, GlobalSecondaryIndexUpdates: [{}] },
      invalid(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      ),
    ],
  ],
}

describe.each(Object.entries(groups))('%s', (_, cases) => {
  test.each(
    cases.map(([operation, input, message, code = 'ValidationException']) => ({ operation, input, message, code })),
  )('$operation: $message', async ({ operation, input, message, code }) => {
    await expect(ask(operation, input)).rejects.toMatchObject({ name: code, message })
  })
})
