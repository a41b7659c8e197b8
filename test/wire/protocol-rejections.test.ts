/**
 * What clients reject if we get it wrong: each row of that table, once done wrong (to show that the client looks) and
 * once as we do it.
 */
import { describe, expect, test } from 'vitest'
import type { WireResponse } from '../../src/kernel/http.ts'
import { encode, encodeError, findOperation } from '../../src/protocol/protocol.ts'
import { type Answer, loadClient } from './protocol-client.ts'

async function send(
  id: string,
  name: string,
  input: object,
  answer: Answer,
  config?: object,
): Promise<Record<string, unknown>> {
  const { client, command } = await loadClient(id)
  return client(answer, config).send(command(name, input))
}

const message = { QueueUrl: 'http://127.0.0.1:4566/000000000000/q', MessageBody: 'hello' }
const raw =
  (response: Partial<WireResponse>): Answer =>
  () => ({ response: { status: 200, headers: {}, ...response } })

describe('SQS', () => {
  test('a right MD5 of the body is accepted, a wrong one is not', async () => {
    const right = { MessageId: '1', MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' }
    await expect(send('sqs', 'SendMessage', message, () => ({ output: right }))).resolves.toMatchObject(right)
    const wrong = { ...right, MD5OfMessageBody: '0'.repeat(32) }
    await expect(send('sqs', 'SendMessage', message, () => ({ output: wrong }))).rejects.toMatchObject({
      message: 'InvalidChecksumError',
    })
  })

  test('an error has the old code, for programs that compare with it', async () => {
    const answer: Answer = () => ({ error: { code: 'QueueDoesNotExist', message: 'No such queue.' } })
    await expect(send('sqs', 'SendMessage', message, answer)).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      message: 'No such queue.',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      $metadata: { httpStatusCode: 400, requestId: 'request-1' },
    })
  })

  test('an error that the model lacks has its code and message too', async () => {
    await expect(
      send('sqs', 'SendMessage', { QueueUrl: message.QueueUrl }, () => ({ output: {} })),
    ).rejects.toMatchObject({
      name: 'MissingParameter',
      message: 'The request must contain the parameter MessageBody.',
    })
  })
})

describe('query', () => {
  test('the result element is there, or the output would be silently empty', async () => {
    const user = {
      UserName: 'u',
      Path: '/',
      UserId: 'AIDA',
      Arn: 'arn:aws:iam::000000000000:user/u',
      CreateDate: new Date(1e12),
    }
    await expect(send('iam', 'GetUser', {}, () => ({ output: { User: user } }))).resolves.toMatchObject({ User: user })
    const bare = '<GetUserResponse><User><UserName>u</UserName></User></GetUserResponse>'
    const { User } = await send('iam', 'GetUser', {}, raw({ headers: { 'content-type': 'text/xml' }, body: bare }))
    expect(User).toBeUndefined()
  })

  test('timestamps are text', async () => {
    const epoch =
      '<GetUserResponse><GetUserResult><User><CreateDate>1e9</CreateDate></User></GetUserResult></GetUserResponse>'
    await expect(send('iam', 'GetUser', {}, raw({ body: epoch }))).rejects.toThrow()
    const { model } = await loadClient('iam')
    const operation = findOperation(model, 'query', {
      method: 'POST',
      path: '/',
      query: 'Action=GetUser',
      headers: {},
      body: new Uint8Array(0),
    })
    const { body } = encode(operation, { User: { CreateDate: new Date(1e12 + 5) } }, { requestId: 'r' })
    expect(body).toContain('<CreateDate>2001-09-09T01:46:40.005Z</CreateDate>')
  })

  test('an error has code, message, fault and request id', async () => {
    await expect(
      send('iam', 'GetUser', {}, () => ({ error: { code: 'NoSuchEntityException', message: 'No user.' } })),
    ).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      Code: 'NoSuchEntity',
      message: 'No user.',
      Type: 'Sender',
      $metadata: { httpStatusCode: 404, requestId: 'request-1' },
    })
  })
})

describe('JSON', () => {
  test('timestamps are numbers', async () => {
    const output = { Table: { CreationDateTime: new Date(1_700_000_000_123) } }
    await expect(send('dynamodb', 'DescribeTable', { TableName: 'ttt' }, () => ({ output }))).resolves.toMatchObject(
      output,
    )
    const text = raw({ body: '{"Table":{"CreationDateTime":"2023-11-14T22:13:20Z"}}' })
    await expect(send('dynamodb', 'DescribeTable', { TableName: 'ttt' }, text)).rejects.toThrow(TypeError)
  })

  test('members of an error reach the program', async () => {
    const reasons = [{ Code: 'ConditionalCheckFailed', Item: { id: { S: 'x' } } }, { Code: 'None' }]
    const answer: Answer = () => ({
      error: { code: 'TransactionCanceledException', message: 'Cancelled.', members: { CancellationReasons: reasons } },
    })
    const input = { TransactItems: [{ Delete: { TableName: 'ttt', Key: { id: { S: 'x' } } } }] }
    await expect(send('dynamodb', 'TransactWriteItems', input, answer)).rejects.toMatchObject({
      CancellationReasons: reasons,
    })
  })
})

describe('REST', () => {
  test('a JSON error names its type in a header, or it is unknown', async () => {
    const answer: Answer = () => ({ error: { code: 'ResourceNotFoundException', message: 'Function not found.' } })
    await expect(send('lambda', 'GetFunction', { FunctionName: 'f' }, answer)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found.',
      Type: 'User',
      $metadata: { httpStatusCode: 404, requestId: 'request-1' },
    })
    const bare = raw({ status: 404, headers: { 'content-type': 'application/json' }, body: '{"Message":"no"}' })
    await expect(send('lambda', 'GetFunction', { FunctionName: 'f' }, bare)).rejects.toMatchObject({
      name: expect.stringContaining('Unknown'),
    })
  })

  test('CopyObject answers with its result; an empty 200 or an error inside one is refused', async () => {
    const input = { Bucket: 'bbb', Key: 'k', CopySource: 'bbb/x' }
    const output = { CopyObjectResult: { ETag: '"e"', LastModified: new Date(1e12) } }
    await expect(send('s3', 'CopyObject', input, () => ({ output }))).resolves.toMatchObject(output)
    await expect(send('s3', 'CopyObject', input, raw({ body: '' }))).rejects.toThrow()
    await expect(
      send('s3', 'CopyObject', input, raw({ body: '<Error><Code>InternalError</Code></Error>' })),
    ).rejects.toThrow()
  })

  test('a wrong checksum header is refused, a right one is not', async () => {
    const get = (ChecksumCRC32: string) =>
      send(
        's3',
        'GetObject',
        { Bucket: 'bbb', Key: 'k', ChecksumMode: 'ENABLED' },
        () => ({ output: { Body: Buffer.from('hello'), ChecksumCRC32 } }),
        {
          responseChecksumValidation: 'WHEN_SUPPORTED',
        },
      ).then(({ Body }) => (Body as { transformToString(): Promise<string> }).transformToString())
    await expect(get('NhCmhg==')).resolves.toBe('hello')
    await expect(get('AAAAAA==')).rejects.toThrow(/[Cc]hecksum/)
  })

  test('a missing object is a bodiless 404 to HEAD and NoSuchKey to GET', async () => {
    const answer: Answer = () => ({
      error: { code: 'NoSuchKey', message: 'The specified key does not exist.', members: { Key: 'k' } },
    })
    await expect(send('s3', 'HeadObject', { Bucket: 'bbb', Key: 'k' }, answer)).rejects.toMatchObject({
      name: 'NotFound',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(send('s3', 'GetObject', { Bucket: 'bbb', Key: 'k' }, answer)).rejects.toMatchObject({
      name: 'NoSuchKey',
      Key: 'k',
      $metadata: { httpStatusCode: 404, requestId: 'request-1' },
    })
    const { model } = await loadClient('s3')
    const request = { method: 'HEAD', path: '/bbb/k', query: '', headers: {} }
    expect(
      encodeError(model, 'rest-xml', undefined, { code: 'NoSuchKey', message: 'no' }, { requestId: 'r', request }).body,
    ).toBe('')
  })

  test("a bucket's location is the text of the root element", async () => {
    await expect(
      send('s3', 'GetBucketLocation', { Bucket: 'bbb' }, () => ({ output: { LocationConstraint: 'eu-west-1' } })),
    ).resolves.toMatchObject({ LocationConstraint: 'eu-west-1' })
  })
})

describe('event streams', () => {
  test("a function's streamed answer arrives chunk by chunk", async () => {
    async function* events() {
      yield { PayloadChunk: { Payload: Buffer.from('one') } }
      yield { PayloadChunk: { Payload: Buffer.from('two') } }
      yield { InvokeComplete: { ErrorCode: 'Oops' } }
    }
    const { EventStream } = await send('lambda', 'InvokeWithResponseStream', { FunctionName: 'f' }, () => ({
      output: { StatusCode: 200, EventStream: events() },
    }))
    const seen: unknown[] = []
    for await (const event of EventStream as AsyncIterable<{
      PayloadChunk?: { Payload: Uint8Array }
      InvokeComplete?: object
    }>) {
      seen.push(event.PayloadChunk ? Buffer.from(event.PayloadChunk.Payload).toString() : event)
    }
    expect(seen).toEqual(['one', 'two', { InvokeComplete: { ErrorCode: 'Oops' } }])
  })

  test('a live tail begins with its initial response and sends structures', async () => {
    async function* events() {
      yield { sessionStart: { sessionId: 's', logGroupIdentifiers: ['g'] } }
      yield { sessionUpdate: { sessionResults: [{ message: 'line', timestamp: 5 }] } }
    }
    const { responseStream } = await send(
      'logs',
      'StartLiveTail',
      { logGroupIdentifiers: ['arn:aws:logs:eu-west-1:000000000000:log-group:g'] },
      () => ({ output: { responseStream: events() } }),
    )
    const seen: unknown[] = []
    for await (const event of responseStream as AsyncIterable<unknown>) seen.push(event)
    expect(seen).toEqual([
      { sessionStart: { sessionId: 's', logGroupIdentifiers: ['g'] } },
      { sessionUpdate: { sessionResults: [{ message: 'line', timestamp: 5 }] } },
    ])
  })
})
