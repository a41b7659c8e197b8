import { describe, expect, test } from 'vitest'
import { AwsError } from '../../src/kernel/errors.ts'
import type { WireRequest } from '../../src/kernel/http.ts'
import {
  decode,
  decodeInternal,
  detectProtocol,
  encode,
  encodeError,
  findOperation,
} from '../../src/protocol/protocol.ts'
import { loadClient } from './protocol-client.ts'

type Part = Partial<Omit<WireRequest, 'body'>> & { readonly body?: string }

const wireOf = ({ body = '', ...part }: Part): WireRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  rawHeaders: [],
  body: Buffer.from(body),
  remoteAddress: '127.0.0.1',
  origin: 'http://127.0.0.1:4566',
  ...part,
})

async function ask(id: string, part: Part) {
  const { model } = await loadClient(id)
  const wire = wireOf(part)
  const protocol = detectProtocol(model, wire)
  try {
    const operation = findOperation(model, protocol, wire)
    return { protocol, name: operation.name, input: decode(operation, wire) }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const response = encodeError(model, protocol, undefined, error, { requestId: 'r', request: wire })
    return {
      protocol,
      code: error.code,
      message: error.message,
      status: response.status,
      body: String(response.body),
      headers: response.headers,
    }
  }
}

const json = (target: string, body: string, type = 'application/x-amz-json-1.0'): Part => ({
  headers: { 'x-amz-target': target, 'content-type': type },
  body,
})
const form = (body: string): Part => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body,
})
const put = (body: string) => json('DynamoDB_20120810.PutItem', body)

describe('JSON services', () => {
  test.each([
    [
      'a number for text',
      '{"TableName":1}',
      'SerializationException',
      /NUMBER_VALUE cannot be converted to a string \(at 'tableName'\)/,
    ],
    [
      'a list for a map',
      '{"TableName":"ttt","Item":[]}',
      'SerializationException',
      /A list cannot be converted to a map/,
    ],
    [
      'text that is not base64',
      '{"TableName":"ttt","Item":{"a":{"B":"!"}}}',
      'SerializationException',
      /'item.a.member.b'/,
    ],
    ['no JSON', '{"TableName":', 'SerializationException', /not well-formed JSON/],
    ['no object', '[]', 'SerializationException', /one JSON object/],
    [
      'nothing',
      '',
      'ValidationException',
      /^2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null; Value null at 'item'/,
    ],
    [
      'an empty value',
      '{"TableName":"ttt","Item":{"a":{}}}',
      'ValidationException',
      /^Supplied AttributeValue is empty, must contain exactly one of the supported datatypes$/,
    ],
    [
      'two values',
      '{"TableName":"ttt","Item":{"a":{"S":"x","N":"1"}}}',
      'ValidationException',
      /^Supplied AttributeValue has more than one datatypes set/,
    ],
    [
      'an unknown word',
      '{"TableName":"ttt","Item":{},"ReturnValues":"SOME"}',
      'ValidationException',
      /Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: \[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE/,
    ],
    [
      'a null in a list',
      '{"TableName":"ttt","Item":{"a":{"L":[null]}}}',
      'ValidationException',
      /'item.a.member.l.1.member' failed to satisfy constraint: Member must not be null/,
    ],
  ])('refuse %s', async (_, body, code, message) => {
    await expect(ask('dynamodb', put(body))).resolves.toMatchObject({
      code,
      message: expect.stringMatching(message),
      status: 400,
    })
  })

  test('say where an error comes from, and give the checksum', async () => {
    const { body, headers } = (await ask('dynamodb', put('{'))) as { body: string; headers: Record<string, string> }
    expect(JSON.parse(body)).toMatchObject({ __type: 'com.amazon.coral.service#SerializationException' })
    expect(headers).toMatchObject({ 'x-amz-crc32': expect.stringMatching(/^\d+$/), 'x-amzn-requestid': 'r' })
  })

  test.each([
    ['an unknown operation', json('DynamoDB_20120810.Nope', '{}')],
    ['an operation that every object has', json('DynamoDB_20120810.constructor', '{}')],
    ["another service's target", json('AmazonSQS.SendMessage', '{}')],
    ['no target', { headers: { 'content-type': 'application/x-amz-json-1.0' } }],
    ['another content type', json('DynamoDB_20120810.ListTables', '{}', 'text/plain')],
    ['another method', { ...json('DynamoDB_20120810.ListTables', '{}'), method: 'GET' }],
  ])('refuse %s', async (_, part) => {
    await expect(ask('dynamodb', part)).resolves.toMatchObject({ code: 'UnknownOperationException', status: 400 })
  })

  test('ignore members they do not know, and take null for absent', async () => {
    const body = '{"TableName":"ttt","Item":{"__proto__":{"S":"x"}},"Unknown":1,"ReturnValues":null}'
    const { input } = (await ask('dynamodb', put(body))) as { input: Record<string, object> }
    expect(Object.keys(input)).toEqual(['TableName', 'Item'])
    expect(Object.getOwnPropertyDescriptor(input.Item, '__proto__')?.value).toEqual({ S: 'x' })
    expect(Object.getPrototypeOf(input.Item)).toBe(Object.prototype)
  })

  test('fill in an idempotency token that is absent', async () => {
    const target = 'DynamoDB_20120810.TransactWriteItems'
    const body = '{"TransactItems":[{"Delete":{"TableName":"ttt","Key":{"a":{"S":"x"}}}}]}'
    await expect(ask('dynamodb', json(target, body))).resolves.toMatchObject({
      input: { ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    })
  })

  test('differ in the code of a broken constraint', async () => {
    const logs = json('Logs_20140328.CreateLogGroup', '{"logGroupName":""}', 'application/x-amz-json-1.1')
    await expect(ask('logs', logs)).resolves.toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining(
        "2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ) as string,
    })
  })
})

describe('SQS', () => {
  test('is asked in JSON or in a query', async () => {
    const expected = {
      name: 'SendMessage',
      input: { QueueUrl: 'u', MessageBody: 'a b', MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } } },
    }
    await expect(ask('sqs', json('AmazonSQS.SendMessage', JSON.stringify(expected.input)))).resolves.toMatchObject({
      ...expected,
      protocol: 'json1.0',
    })
    const query =
      'Action=SendMessage&Version=2012-11-05&QueueUrl=u&MessageBody=a+b&MessageAttribute.1.Name=k&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v'
    await expect(ask('sqs', form(query))).resolves.toMatchObject({ ...expected, protocol: 'query' })
    await expect(ask('sqs', { method: 'GET', query })).resolves.toMatchObject({ ...expected, protocol: 'query' })
  })

  test('takes the queue from the path of a query request', async () => {
    const part = { ...form('Action=PurgeQueue'), path: '/000000000000/orders' }
    await expect(ask('sqs', part)).resolves.toMatchObject({
      input: { QueueUrl: 'http://127.0.0.1:4566/000000000000/orders' },
    })
  })

  test('leaves to its operations what the model alone would refuse', async () => {
    const body = JSON.stringify({ QueueUrl: 'u', AttributeNames: ['NoSuchAttribute'] })
    await expect(ask('sqs', json('AmazonSQS.GetQueueAttributes', body))).resolves.toMatchObject({
      name: 'GetQueueAttributes',
    })
  })

  test('names the missing parameter, with the old code beside the new', async () => {
    const asked = await ask('sqs', json('AmazonSQS.SendMessage', '{"QueueUrl":"u"}'))
    expect(asked).toMatchObject({
      code: 'MissingRequiredParameterException',
      message: 'The request must contain the parameter MessageBody.',
      headers: { 'x-amzn-query-error': 'MissingParameter;Sender' },
    })
    await expect(ask('sqs', form('Action=SendMessage&QueueUrl=u'))).resolves.toMatchObject({
      body: expect.stringContaining('<Code>MissingParameter</Code>') as string,
    })
  })
})

describe('query services', () => {
  test.each([
    ['no action', '', 'MissingAction'],
    ['an unknown action', 'Action=Nope&Version=2010-05-08', 'InvalidAction'],
    ['an unknown version', 'Action=GetUser&Version=2009-01-01', 'InvalidAction'],
    ['a broken constraint', 'Action=GetUser&UserName=no%20spaces', 'ValidationError'],
    ['text for a number', 'Action=ListUsers&MaxItems=many', 'MalformedInput'],
    ['a structure for text', 'Action=GetUser&UserName.x=1', 'MalformedInput'],
    ['a list without numbers', 'Action=TagUser&UserName=u&Tags.member.x.Key=k', 'MalformedInput'],
    ['bytes that are no UTF-8', 'Action=GetUser&UserName=%ff', 'MalformedInput'],
    ['too many parameters', `Action=GetUser${'&a=1'.repeat(10_001)}`, 'MalformedInput'],
  ])('refuse %s', async (_, body, code) => {
    await expect(ask('iam', form(body))).resolves.toMatchObject({
      code,
      status: 400,
      body: expect.stringContaining(`<Code>${code}</Code>`) as string,
    })
  })

  test('take lists with gaps in their numbers in order', async () => {
    const body = 'Action=UntagUser&UserName=u&TagKeys.member.10=c&TagKeys.member.2=b&TagKeys.member.1=a'
    await expect(ask('iam', form(body))).resolves.toMatchObject({ input: { TagKeys: ['a', 'b', 'c'] } })
  })
})

describe('S3', () => {
  test.each([
    [
      'a number that is none',
      { method: 'GET', path: '/b', query: 'list-type=2&max-keys=x' },
      'InvalidArgument',
      '<ArgumentName>max-keys</ArgumentName><ArgumentValue>x</ArgumentValue>',
    ],
    [
      'an unknown storage class',
      { method: 'PUT', path: '/b/k', headers: { 'x-amz-storage-class': 'COLD' } },
      'InvalidStorageClass',
      '',
    ],
    ['XML that is none', { path: '/b', query: 'delete', body: '<Delete>' }, 'MalformedXML', ''],
    ['another document', { path: '/b', query: 'delete', body: '<Tagging/>' }, 'MalformedXML', ''],
    ['a document type', { path: '/b', query: 'delete', body: '<!DOCTYPE x><Delete/>' }, 'MalformedXML', ''],
    [
      'a document without what is required',
      { path: '/b', query: 'delete', body: '<Delete><Object/></Delete>' },
      'MalformedXML',
      '',
    ],
    ['a key that is no UTF-8', { method: 'GET', path: '/b/%ff' }, 'InvalidArgument', ''],
  ] as const)('refuses %s', async (_, part, code, detail) => {
    await expect(ask('s3', part)).resolves.toMatchObject({
      code,
      status: 400,
      body: expect.stringContaining(detail) as string,
    })
  })

  test('refuses methods it does not have', async () => {
    await expect(ask('s3', { method: 'PATCH', path: '/b/k' })).resolves.toMatchObject({
      code: 'MethodNotAllowed',
      status: 405,
    })
  })

  test('takes an Expires that is no time', async () => {
    const asked = await ask('s3', { method: 'PUT', path: '/b/k', headers: { expires: '0' } })
    expect(asked).toMatchObject({ name: 'PutObject' })
    expect((asked as { input: object }).input).not.toHaveProperty('Expires')
  })

  test('hands on the stream of a body', async () => {
    async function* stream() {
      yield Buffer.from('abc')
    }
    const body = stream()
    await expect(ask('s3', { method: 'PUT', path: '/b/k', stream: body })).resolves.toMatchObject({
      input: { Body: body },
    })
  })

  test('metadata that headers cannot carry is encoded, so that no line can be smuggled in', async () => {
    const { model } = await loadClient('s3')
    const operation = findOperation(model, 'rest-xml', {
      method: 'HEAD',
      path: '/b/k',
      query: '',
      headers: {},
      body: new Uint8Array(0),
    })
    const { headers } = encode(operation, { Metadata: { a: 'x\r\nset-cookie: y', b: 'ü' } }, { requestId: 'r' })
    expect(headers).toMatchObject({
      'x-amz-meta-a': '=?UTF-8?B?eA0Kc2V0LWNvb2tpZTogeQ==?=',
      'x-amz-meta-b': '=?UTF-8?B?w7w=?=',
    })
  })
})

describe('REST JSON services', () => {
  test('name a body that cannot be read as each of them does', async () => {
    const part = { path: '/2015-03-31/functions', body: '{' }
    await expect(ask('lambda', part)).resolves.toMatchObject({
      code: 'InvalidRequestContentException',
      status: 400,
      headers: { 'x-amzn-errortype': 'InvalidRequestContentException' },
    })
  })

  test('know no other paths', async () => {
    await expect(ask('lambda', { path: '/nope' })).resolves.toMatchObject({
      code: 'UnknownOperationException',
      status: 404,
    })
    await expect(ask('apigateway', { path: '/nope' })).resolves.toMatchObject({
      code: 'MissingAuthenticationTokenException',
      status: 403,
    })
  })

  test('a payload of bytes is the body as it is', async () => {
    const asked = await ask('lambda', { path: '/2015-03-31/functions/f%3Aprod/invocations', body: 'not json' })
    expect(asked).toMatchObject({ name: 'Invoke', input: { FunctionName: 'f:prod' } })
    expect(String((asked as { input: { Payload: Uint8Array } }).input.Payload)).toBe(String(Buffer.from('not json')))
  })
})

describe('calls from inside', () => {
  test('are checked as requests are', async () => {
    const { model } = await loadClient('dynamodb')
    expect(
      decodeInternal(model, 'GetItem', {
        TableName: 'ttt',
        Key: { a: { B: new Uint8Array(2) } },
        ConsistentRead: undefined,
      }),
    ).toEqual({ TableName: 'ttt', Key: { a: { B: new Uint8Array(2) } } })
    expect(() => decodeInternal(model, 'GetItem', { TableName: 'ttt' })).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    )
    expect(() => decodeInternal(model, 'GetItem', { TableName: 5, Key: {} })).toThrow(
      expect.objectContaining({ code: 'SerializationException' }),
    )
    expect(() => decodeInternal(model, 'Nope', {})).toThrow(
      expect.objectContaining({ code: 'UnknownOperationException' }),
    )
  })

  test('get a copy', async () => {
    const { model } = await loadClient('sqs')
    const input = {
      QueueUrl: 'u',
      MessageBody: 'b',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } },
    }
    const decoded = decodeInternal(model, 'SendMessage', input) as typeof input
    decoded.MessageAttributes.a.StringValue = 'changed'
    expect(input.MessageAttributes.a.StringValue).toBe('x')
  })
})

describe('outputs', () => {
  test('carry only what the table has', async () => {
    const { model } = await loadClient('sqs')
    const operation = findOperation(model, 'json1.0', wireOf(json('AmazonSQS.CreateQueue', '')))
    expect(encode(operation, { QueueUrl: 'u', secret: 'x' }, { requestId: 'r' }).body).toBe('{"QueueUrl":"u"}')
  })

  test('of a wrong type are a bug of ours, not an answer', async () => {
    const { model } = await loadClient('sqs')
    const operation = findOperation(model, 'json1.0', wireOf(json('AmazonSQS.CreateQueue', '')))
    expect(() => encode(operation, { QueueUrl: 5 }, { requestId: 'r' })).toThrow(
      /CreateQueueResult.QueueUrl must be a string/,
    )
  })
})
