import { createHash, createHmac } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { LambdaClient, PublishLayerVersionCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let db: DynamoDBClient
let role: string
let QueueUrl: string

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  db = node.client(DynamoDBClient)
  role = await makeRole(node, 'bad-role')
  const sqs = node.client(SQSClient)
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'probed' }))).QueueUrl ?? ''
  sqs.destroy()
  await db.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  await db.send(new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'here' } } }))
  await makeFunction(lambda, 'probed', role, 'exports.handler = async (event) => event')
  await call(lambda, 'probed')
})
afterAll(async () => {
  lambda.destroy()
  db.destroy()
  await node.close()
})

/** Others, who do nothing wrong: each asks again a moment after it is answered, all through every test. */
let others: { answered: number; failed: unknown[]; stop(): Promise<void> }
beforeEach(() => {
  const sqs = node.client(SQSClient)
  let going = true
  const state = { answered: 0, failed: [] as unknown[] }
  const keepAsking = async (ask: () => Promise<unknown>) => {
    while (going) {
      await ask().then(
        () => state.answered++,
        (error: unknown) => state.failed.push(error),
      )
      await setTimeout(10)
    }
  }
  const asking = Promise.all([
    keepAsking(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'fine' }))),
    keepAsking(() => db.send(new GetItemCommand({ TableName: 'orders', Key: { pk: { S: 'here' } } }))),
    keepAsking(async () => expect((await call(lambda, 'probed', { n: 1 })).value).toEqual({ n: 1 })),
  ])
  others = Object.assign(state, {
    async stop() {
      // A short test has them asked at least that often.
      await expect.poll(() => state.answered).toBeGreaterThan(3)
      going = false
      await asking
      sqs.destroy()
    },
  })
})
afterEach(async () => {
  await others.stop()
  expect(others.failed).toEqual([])
  const health = (await (await fetch(`${node.endpoint}/_landfall/health`)).json()) as { status: string }
  expect(health.status).toBe('ready')
})

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

interface Target {
  readonly service: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A signed request, as good as `how` lets it be. */
async function signed(target: Target, how: { atMs?: number; keyId?: string; secret?: string } = {}) {
  const { service, method = 'POST', path = '/', body = '' } = target
  const { atMs = Date.now(), keyId = 'test', secret = 'test' } = how
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const headers: Record<string, string> = {
    ...target.headers,
    host: new URL(node.endpoint).host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
  }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name]}`)
  const canonical = [method, path, '', ...lines, '', names.join(';'), sha256(body)].join('\n')
  const scope = `${time.slice(0, 8)}/us-east-1/${service}/aws4_request`
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const answer = await fetch(node.endpoint + path, { method, headers, ...(method === 'GET' ? {} : { body }) })
  // REST services with JSON say the code in a header.
  return { status: answer.status, text: (answer.headers.get('x-amzn-errortype') ?? '') + (await answer.text()) }
}

const json = (service: string, target: string, body: string): Target => ({
  service,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
  body,
})
const query = (service: string, body: string): Target => ({
  service,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
})
const family: Readonly<Record<string, Target>> = {
  'JSON (DynamoDB)': json('dynamodb', 'DynamoDB_20120810.ListTables', '{}'),
  'query (IAM)': query('iam', 'Action=ListUsers&Version=2010-05-08'),
  'REST and JSON (Lambda)': { service: 'lambda', method: 'GET', path: '/2015-03-31/functions/' },
  'REST and XML (S3)': { service: 's3', method: 'GET' },
}

describe('a signature', () => {
  test.each([
    ['JSON (DynamoDB)', 400, 'InvalidSignatureException', 'InvalidSignatureException', 'UnrecognizedClientException'],
    ['query (IAM)', 403, 'SignatureDoesNotMatch', 'SignatureDoesNotMatch', 'InvalidClientTokenId'],
    [
      'REST and JSON (Lambda)',
      403,
      'InvalidSignatureException',
      'InvalidSignatureException',
      'UnrecognizedClientException',
    ],
    ['REST and XML (S3)', 403, 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'InvalidAccessKeyId'],
  ] as const)('of %s that is wrong, expired, or of an unknown key', async (name, status, wrong, expired, unknown) => {
    const target = family[name]!
    expect(await signed(target)).toMatchObject({ status: 200 })
    expect(await signed(target, { secret: 'guess' })).toEqual({ status, text: expect.stringContaining(wrong) })
    for (const atMs of [Date.now() - 20 * 60_000, Date.now() + 20 * 60_000])
      expect(await signed(target, { atMs })).toEqual({ status, text: expect.stringContaining(expired) })
    expect(await signed(target, { keyId: 'AKIAIOSFODNN7EXAMPLE' })).toEqual({
      status,
      text: expect.stringContaining(unknown),
    })
  })
})

describe('a body', () => {
  test.each([
    ['DynamoDB', json('dynamodb', 'DynamoDB_20120810.PutItem', 'x'.repeat(17_500_000))],
    ['IAM', query('iam', `Action=CreateUser&Version=2010-05-08&UserName=${'x'.repeat(1_500_000)}`)],
    [
      'S3 settings',
      {
        service: 's3',
        method: 'PUT',
        path: '/bucket',
        headers: { 'content-type': 'application/xml' },
        body: ' '.repeat(9_000_000),
      },
    ],
  ] as const)('over the limit of %s is refused', async (_, target) => {
    const answer = await signed(target).catch((error: Error) => error)
    // The connection may end while the client still sends: it was not read to its end either way.
    if (answer instanceof Error) expect(String(answer.cause)).toMatch(/ECONNRESET|EPIPE|other side closed/)
    else expect(answer.status).toBe(413)
  })

  test('that is no JSON, no XML, or nested without end', async () => {
    const put = (body: string) => signed(json('dynamodb', 'DynamoDB_20120810.PutItem', body))
    const nested = `{"TableName":"orders","Item":{"pk":{"S":"deep"},"a":${'{"L":['.repeat(50_000)}${']}'.repeat(50_000)}}}`
    expect(await put('{"TableName":')).toMatchObject({
      status: 400,
      text: expect.stringContaining('SerializationException'),
    })
    expect(await put(nested)).toMatchObject({ status: 400 })
    expect(await put('['.repeat(1_000_000))).toMatchObject({ status: 400 })
    const s3 = node.client(S3Client)
    await s3.send(new CreateBucketCommand({ Bucket: 'settings' }))
    s3.destroy()
    const tagging = (body: string) =>
      signed({
        service: 's3',
        method: 'PUT',
        path: '/settings',
        headers: { 'content-type': 'application/xml' },
        body,
      })
    for (const body of ['<CreateBucketConfiguration>', '<a>'.repeat(100_000), '{"not":"xml"}'])
      expect(await tagging(body)).toMatchObject({ status: 400, text: expect.stringContaining('MalformedXML') })
  })
})

describe('DynamoDB', () => {
  test('refuses a partition key of 3 KB, in every operation', async () => {
    const pk = { S: 'k'.repeat(3_000) }
    const refused = {
      name: 'ValidationException',
      message: expect.stringMatching(/2048 bytes/),
      $metadata: expect.objectContaining({ httpStatusCode: 400 }),
    }
    await expect(db.send(new PutItemCommand({ TableName: 'orders', Item: { pk } }))).rejects.toMatchObject(refused)
    await expect(db.send(new GetItemCommand({ TableName: 'orders', Key: { pk } }))).rejects.toMatchObject(refused)
    await expect(db.send(new UpdateItemCommand({ TableName: 'orders', Key: { pk } }))).rejects.toMatchObject(refused)
    await expect(
      db.send(
        new QueryCommand({
          TableName: 'orders',
          KeyConditionExpression: 'pk = :k',
          ExpressionAttributeValues: { ':k': pk },
        }),
      ),
    ).rejects.toMatchObject(refused)
  })

  test.each([
    ['unfinished', 'attribute_exists('],
    ['with an unknown operator', 'pk ~ pk'],
    ['nested without end', `${'('.repeat(4_000)}pk = pk${')'.repeat(90)}`],
    ['with NOT without end', `${'NOT '.repeat(1_000)}attribute_exists(pk)`],
  ])('refuses an expression %s, saying where', async (_, ConditionExpression) => {
    await expect(
      db.send(new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'x' } }, ConditionExpression })),
    ).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(/ConditionExpression/) })
  })
})

/** Another name, of the same length, everywhere in a zip. */
function renamed(zip: Uint8Array, from: string, to: string): Uint8Array {
  expect(to).toHaveLength(from.length)
  return Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1')
}

/** A zip of one symbolic link. */
async function zipOfLink(target: string): Promise<Uint8Array> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(target), 'link', { mode: 0o120777 })
  zip.end()
  return buffer(zip.outputStream)
}

describe('a package', () => {
  const refused = (message: RegExp) => ({
    name: 'InvalidParameterValueException',
    message: expect.stringMatching(message),
    $metadata: expect.objectContaining({ httpStatusCode: 400 }),
  })

  test.each([
    [
      'that climbs out of its folder',
      async () => renamed(await zipOf({ 'aa/aa/evil.js': '' }), 'aa/aa/', '../../'),
      /relative|name/,
    ],
    [
      'with an absolute name',
      async () => renamed(await zipOf({ 'atmp/evil.js': '' }), 'atmp/', '/tmp/'),
      /absolute|name/,
    ],
    ['that is no zip', async () => Buffer.from('PK and then nothing'), /unzip/],
    [
      'that says it expands to 300 MB',
      async () => {
        const zip = Buffer.from(await zipOf({ 'index.js': 'x'.repeat(1_000) }))
        zip.writeUInt32LE(300_000_000, zip.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24)
        return zip
      },
      /262144000/,
    ],
    [
      'that expands further than it says',
      async () => {
        const zip = Buffer.from(await zipOf({ zeros: '0'.repeat(100_000_000) }))
        zip.writeUInt32LE(1_000, zip.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24)
        return zip
      },
      /Could not unzip.*damaged/,
    ],
    [
      'that is damaged',
      async () => Buffer.from(await zipOf({ 'index.js': 'x'.repeat(10_000) })).fill(0xff, 40, 50),
      /Could not unzip.*damaged/,
    ],
    ['with a link that leads out of it', () => zipOfLink('/etc/passwd'), /leads out/],
  ] as const)('%s is refused when it is uploaded', async (_, make, message) => {
    const ZipFile = await make()
    await expect(makeFunction(lambda, 'bad-package', role, '', { Code: { ZipFile } })).rejects.toMatchObject(
      refused(message),
    )
    await expect(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'probed', ZipFile }))).rejects.toMatchObject(
      refused(message),
    )
    const layer = { LayerName: 'bad-package', Content: { ZipFile } }
    await expect(lambda.send(new PublishLayerVersionCommand(layer))).rejects.toMatchObject(refused(message))
  })
})

describe('a handler', () => {
  test.each([
    [
      'that never answers',
      'async () => { for (;;) {} }',
      { Timeout: 1 },
      'Sandbox.Timedout',
      /timed out after 1\.00 seconds/,
    ],
    ['that exits', 'async () => { process.exit(3) }', {}, 'Runtime.ExitError', /Runtime exited/],
    [
      'that allocates without end',
      'async () => { const all = []; for (;;) { all.push(Buffer.alloc(4e6, 1)); await new Promise(setImmediate) } }',
      { MemorySize: 128, Timeout: 20 },
      'Runtime.ExitError',
      /signal: killed/,
    ],
    [
      'that prints a gigabyte',
      "async () => { const line = 'x'.repeat(1e5); for (let n = 0; n < 1e4; n++) console.log(line) }",
      { Timeout: 3 },
      'Sandbox.Timedout',
      /timed out/,
    ],
    [
      'that answers with 100 MB',
      "async () => 'x'.repeat(1e8)",
      { MemorySize: 512, Timeout: 10 },
      'Function.ResponseSizeTooLarge',
      /6291556/,
    ],
    [
      'that starts processes without end',
      // It goes on whatever it is refused.
      "async () => { for (;;) { try { require('child_process').spawn('sleep', ['60']).on('error', () => {}) } catch {} } }",
      { Timeout: 2 },
      /^(Sandbox\.Timedout|Runtime\.ExitError)$/,
      /./,
    ],
  ] as const)('%s fails its own call', async (title, handler, more, errorType, message) => {
    const name = title.replaceAll(' ', '-')
    await makeFunction(lambda, name, role, `exports.handler = ${handler}`, more)
    const before = process.memoryUsage().rss
    expect(await call(lambda, name)).toMatchObject({
      status: 200,
      error: 'Unhandled',
      value: {
        errorType: typeof errorType === 'string' ? errorType : expect.stringMatching(errorType),
        errorMessage: expect.stringMatching(message),
      },
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000)
  })
})

describe('a template', () => {
  const stacks = () => node.client(CloudFormationClient)
  const bucket = (on: string) => ({ Type: 'AWS::S3::Bucket', DependsOn: on })

  test.each([
    ['whose resources wait for each other', { Resources: { A: bucket('B'), B: bucket('C'), C: bucket('A') } }],
    [
      'whose resources refer to each other',
      {
        Resources: {
          A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${B}-a' } } },
          B: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } } },
        },
      },
    ],
    ['whose resource waits for itself', { Resources: { A: bucket('A') } }],
  ])('%s is refused before anything is made', async (_, template) => {
    const client = stacks()
    await expect(
      client.send(new CreateStackCommand({ StackName: 'circular', TemplateBody: JSON.stringify(template) })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringMatching(/[Cc]ircular dependency.*A/),
    })
    await expect(client.send(new DescribeStacksCommand({ StackName: 'circular' }))).rejects.toMatchObject({
      name: 'ValidationError',
    })
    client.destroy()
  })

  test('whose conditions or mappings go round, or that nests without end, is refused', async () => {
    const client = stacks()
    const Resources = { A: { Type: 'AWS::S3::Bucket', Condition: 'X' } }
    const bad = [
      JSON.stringify({ Conditions: { X: { Condition: 'Y' }, Y: { Condition: 'X' } }, Resources }),
      `{"Resources":{"A":{"Type":"AWS::S3::Bucket","Properties":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}}}`,
      'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ne: [*d, *d]\nResources: {}',
    ]
    for (const TemplateBody of bad)
      await expect(client.send(new CreateStackCommand({ StackName: 'round', TemplateBody }))).rejects.toMatchObject({
        name: 'ValidationError',
        $metadata: expect.objectContaining({ httpStatusCode: 400 }),
      })
    client.destroy()
  })
})

test('lists and values that are too large or too many are refused by the service they are for', async () => {
  const logs = node.client(CloudWatchLogsClient)
  const s3 = node.client(S3Client)
  const events = Array.from({ length: 10_001 }, (_, n) => ({ timestamp: Date.now() + n, message: 'x' }))
  await expect(
    logs.send(new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents: events })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await expect(
    s3.send(new PutObjectCommand({ Bucket: 'settings', Key: 'k'.repeat(1_025), Body: '' })),
  ).rejects.toMatchObject({ name: 'KeyTooLongError' })
  logs.destroy()
  s3.destroy()
})

test('a bucket, key or upload id that is longer than any is not there, and not a fault of the node', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'short' }))
  const long = 'k'.repeat(5_000)
  const part = { PartNumber: 1, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }
  const tooLong = { name: 'KeyTooLongError', $metadata: { httpStatusCode: 400 } }
  await expect(s3.send(new ListObjectsV2Command({ Bucket: long }))).rejects.toMatchObject({ name: 'NoSuchBucket' })
  await expect(s3.send(new GetObjectCommand({ Bucket: 'short', Key: long }))).rejects.toMatchObject(tooLong)
  await expect(s3.send(new DeleteObjectCommand({ Bucket: 'short', Key: long }))).rejects.toMatchObject(tooLong)
  await expect(s3.send(new GetObjectCommand({ Bucket: 'short', Key: 'k', VersionId: long }))).rejects.toMatchObject({
    name: 'InvalidArgument',
  })
  for (const [Key, UploadId] of [
    ['k', long],
    [long, 'u'],
  ] as const)
    for (const command of [
      new UploadPartCommand({ Bucket: 'short', Key, UploadId, PartNumber: 1, Body: '' }),
      new ListPartsCommand({ Bucket: 'short', Key, UploadId }),
      new AbortMultipartUploadCommand({ Bucket: 'short', Key, UploadId }),
      new CompleteMultipartUploadCommand({ Bucket: 'short', Key, UploadId, MultipartUpload: { Parts: [part] } }),
    ])
      await expect(s3.send(command as ListPartsCommand)).rejects.toMatchObject({
        name: Key === 'k' ? 'NoSuchUpload' : 'KeyTooLongError',
      })
  s3.destroy()
})
