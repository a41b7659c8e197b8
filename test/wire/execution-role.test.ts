import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programsNamed } from '../../src/functions/runner.fixture.ts'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from './lambda-support.ts'

const account = '000000000000'
const isRoot = process.getuid?.() === 0
/** In the environment of the node, and nowhere else. */
const secretName = 'LANDFALL_TEST_SECRET'

let node: TestNode
let lambda: LambdaClient
let iam: IAMClient
let QueueUrl: string

/** Uses queue, table and bucket as user code does: the SDK, configured by nothing but the function's environment. */
const worker = `
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb')
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3')
const told = (promise) => promise.then(() => 'done', (error) => ({ name: error.name, message: error.message }))
exports.handler = async ({ QueueUrl }) => ({
  sqs: await told(new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))),
  dynamodb: await told(new DynamoDBClient().send(new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'a' } } }))),
  s3: await told(new S3Client().send(new PutObjectCommand({ Bucket: 'receipts', Key: 'a', Body: 'a' }))),
})`

const allowEach = [
  { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: `arn:aws:sqs:us-east-1:${account}:orders` },
  { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: `arn:aws:dynamodb:us-east-1:${account}:table/orders` },
  { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::receipts/*' },
]

const document = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const grant = (RoleName: string, PolicyName: string, statements: object[]) =>
  iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document(statements) }))

beforeAll(async () => {
  process.env[secretName] = 'of the node'
  node = await startNode()
  lambda = node.client(LambdaClient)
  iam = node.client(IAMClient)
  const sqs = node.client(SQSClient)
  const db = node.client(DynamoDBClient)
  const s3 = node.client(S3Client)
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }))).QueueUrl ?? ''
  await db.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  await s3.send(new CreateBucketCommand({ Bucket: 'receipts' }))
  for (const client of [sqs, db, s3]) client.destroy()
})
afterAll(async () => {
  lambda.destroy()
  iam.destroy()
  await node.close()
  delete process.env[secretName]
})

const refused = (who: string, action: string, reason: string | RegExp) => ({
  name: expect.stringMatching(/^AccessDenied(Exception)?$/),
  message: expect.stringMatching(
    new RegExp(
      `^User: arn:aws:sts::${account}:assumed-role/${who} is not authorized to perform: ${action} on resource: \\S+ ` +
        (typeof reason === 'string' ? reason : reason.source),
    ),
  ),
})
const refusedEach = (who: string, reason: string) => ({
  sqs: refused(who, 'sqs:SendMessage', reason),
  dynamodb: refused(who, 'dynamodb:PutItem', reason),
  s3: refused(who, 's3:PutObject', reason),
})
const doneEach = { sqs: 'done', dynamodb: 'done', s3: 'done' }

describe('what the role of a function may do, the function may do', () => {
  test('nothing at first, then what it is given, less what is taken away, denied, or outside its boundary', async () => {
    const role = await makeRole(node, 'worker-role', [])
    await makeFunction(lambda, 'worker', role, worker, { Timeout: 20, MemorySize: 256 })
    const work = async () => (await call(lambda, 'worker', { QueueUrl })).value

    expect(await work()).toEqual(refusedEach('worker-role/worker', 'because no identity-based policy allows'))

    await grant('worker-role', 'work', allowEach)
    expect(await work()).toEqual(doneEach)

    await grant('worker-role', 'no-orders', [{ Effect: 'Deny', Action: 'sqs:*', Resource: '*' }])
    expect(await work()).toEqual({
      ...doneEach,
      sqs: refused('worker-role/worker', 'sqs:SendMessage', 'with an explicit deny in an identity-based policy'),
    })
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker-role', PolicyName: 'no-orders' }))

    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: 'only-queues',
        PolicyDocument: document([{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }]),
      }),
    )
    const PermissionsBoundary = Policy?.Arn ?? ''
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'worker-role', PermissionsBoundary }))
    expect(await work()).toEqual({
      ...refusedEach('worker-role/worker', 'because no permissions boundary allows'),
      sqs: 'done',
    })
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'worker-role' }))
    expect(await work()).toEqual(doneEach)

    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker-role', PolicyName: 'work' }))
    expect(await work()).toEqual(refusedEach('worker-role/worker', 'because no identity-based policy allows'))
  })

  test('in Python too, signing with what its environment holds', async () => {
    const role = await makeRole(node, 'python-worker-role', [])
    await makeFunction(lambda, 'python-worker', role, '', {
      Runtime: 'python3.12',
      Handler: 'app.handler',
      Timeout: 20,
      Code: { ZipFile: await zipOf({ 'app.py': pythonSender }) },
    })
    const send = async () => (await call(lambda, 'python-worker', { QueueUrl })).value
    expect(await send()).toMatchObject({
      status: 400,
      body: expect.stringMatching(/AccessDenied.*assumed-role\/python-worker-role\/python-worker.*sqs:SendMessage/s),
    })
    await grant('python-worker-role', 'work', allowEach)
    expect(await send()).toMatchObject({ status: 200, body: expect.stringContaining('MessageId') })
  })
})

describe('the credentials of a function', () => {
  const showing = `exports.handler = async () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  })`

  test('are of its own role, and of no use with those of another', async () => {
    const keysOf = async (name: string, statements: object[]): Promise<KeyPair> => {
      await makeFunction(lambda, name, await makeRole(node, `${name}-role`, statements), showing)
      return (await call(lambda, name)).value as KeyPair
    }
    const one = await keysOf('one', allowEach)
    const two = await keysOf('two', [])
    expect(one.accessKeyId).toMatch(/^ASIA/)
    expect([two.accessKeyId, two.secretAccessKey, two.sessionToken]).not.toContain(one.accessKeyId)
    expect(two.secretAccessKey).not.toBe(one.secretAccessKey)

    const who = async (credentials: KeyPair) => {
      const sts = node.client(STSClient, { credentials })
      try {
        return (await sts.send(new GetCallerIdentityCommand({}))).Arn
      } finally {
        sts.destroy()
      }
    }
    expect(await who(one)).toBe(`arn:aws:sts::${account}:assumed-role/one-role/one`)
    expect(await who(two)).toBe(`arn:aws:sts::${account}:assumed-role/two-role/two`)
    for (const mixed of [
      { ...two, sessionToken: one.sessionToken! },
      { ...two, accessKeyId: one.accessKeyId, sessionToken: one.sessionToken! },
      { accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey },
    ]) {
      await expect(who(mixed)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    }

    const send = async (credentials: KeyPair) => {
      const sqs = node.client(SQSClient, { credentials })
      try {
        return await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
      } finally {
        sqs.destroy()
      }
    }
    expect(await send(one)).toMatchObject({ MessageId: expect.any(String) })
    await expect(send(two)).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('end with the role', async () => {
    const role = await makeRole(node, 'short-role', allowEach)
    await makeFunction(lambda, 'short', role, showing)
    const credentials = (await call(lambda, 'short')).value as KeyPair
    node.clock.advance(13 * 3_600_000)
    const sts = node.client(STSClient, { credentials })
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: expect.stringMatching(/^ExpiredToken/),
    })
    sts.destroy()
    const fresh = (await call(lambda, 'short')).value as KeyPair
    expect(fresh.accessKeyId).not.toBe(credentials.accessKeyId)
  })
})

test('the environment of a function holds nothing of the node', async () => {
  await makeFunction(
    lambda,
    'environment',
    await makeRole(node, 'environment-role', []),
    'exports.handler = async () => process.env',
  )
  const { value } = await call(lambda, 'environment')
  expect(value).toMatchObject({ AWS_LAMBDA_FUNCTION_NAME: 'environment', AWS_REGION: 'us-east-1' })
  expect(value).not.toHaveProperty(secretName)
  expect(JSON.stringify(value)).not.toContain('of the node')
})

// Only root can give instances a user of their own: without that, `landfall start` refuses and `--dev` warns.
describe.runIf(isRoot)('a function on a node that runs as root', () => {
  test('can read neither the data folder, nor the code of another function, nor the environment of the node', async () => {
    const role = await makeRole(node, 'reader-role', [])
    await makeFunction(
      lambda,
      'neighbour',
      role,
      "process.title = 'landfall-neighbour'; exports.handler = async () => ({ real: require('fs').realpathSync(__dirname) })",
    )
    await makeFunction(
      lambda,
      'reader',
      role,
      `const fs = require('fs')
      const attempt = (fn) => { try { fn(); return 'read' } catch (error) { return error.code } }
      const commandLines = () => fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
        try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch (error) { return error.code }
      })
      exports.handler = async ({ files, folders }) => ({
        commandLines: commandLines(),
        own: attempt(() => fs.accessSync(__filename, fs.constants.R_OK)),
        answers: Object.fromEntries([
          ...files.map((file) => [file, attempt(() => fs.accessSync(file, fs.constants.R_OK))]),
          ...folders.map((folder) => [folder, attempt(() => fs.readdirSync(folder))]),
        ]),
      })`,
    )
    const { dataDir } = node
    const neighbour = (await call(lambda, 'neighbour')).value as { real: string }
    const [neighbourPid] = await programsNamed('landfall-neighbour')
    const onNode = [
      join(dataDir, 'node.json'),
      `/proc/${process.pid}/environ`,
      ...readdirSync(join(dataDir, 'functions'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('index.js'))
        .map((name) => join(dataDir, 'functions', name)),
    ]
    const folders = [
      dataDir,
      ...['store', 'blobs', 'functions'].map((name) => join(dataDir, name)),
      dirname(neighbour.real),
    ]
    expect(onNode.length).toBeGreaterThan(2)
    // What is not there could not be read by anybody.
    for (const path of [...onNode, ...folders.slice(0, 4)])
      expect({ path, there: existsSync(path) }).toEqual({ path, there: true })
    const files = [...onNode, `/proc/${neighbourPid}/environ`]
    const seen = (await call(lambda, 'reader', { files, folders })).value as {
      own: string
      answers: object
      commandLines: string[]
    }
    expect(seen.own).toBe('read')
    const refused = expect.stringMatching(/^(EACCES|EPERM|ENOENT)$/)
    expect(seen.answers).toEqual(Object.fromEntries([...files, ...folders].map((path) => [path, refused])))
    // The folder of a package has a name that cannot be guessed, and that nobody tells.
    expect(seen.commandLines.length).toBeGreaterThan(1)
    expect(seen.commandLines.join()).not.toContain(basename(neighbour.real))
  })
})

/** Sends a message with nothing but the standard library: the signature is the caller's own work. */
const pythonSender = `
import datetime, hashlib, hmac, json, os, urllib.error, urllib.parse, urllib.request

def handler(event, context):
    body = json.dumps({'QueueUrl': event['QueueUrl'], 'MessageBody': 'hello'})
    endpoint = os.environ['AWS_ENDPOINT_URL']
    time = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
    scope = f"{time[:8]}/{os.environ['AWS_REGION']}/sqs/aws4_request"
    headers = {
        'content-type': 'application/x-amz-json-1.0',
        'host': urllib.parse.urlparse(endpoint).netloc,
        'x-amz-date': time,
        'x-amz-security-token': os.environ['AWS_SESSION_TOKEN'],
        'x-amz-target': 'AmazonSQS.SendMessage',
    }
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    signed = ';'.join(headers)
    canonical = '\\n'.join(['POST', '/', '', *(f'{name}:{value}' for name, value in headers.items()), '', signed, digest(body)])
    key = ('AWS4' + os.environ['AWS_SECRET_ACCESS_KEY']).encode()
    for part in scope.split('/'):
        key = hmac.new(key, part.encode(), 'sha256').digest()
    text = '\\n'.join(['AWS4-HMAC-SHA256', time, scope, digest(canonical)])
    signature = hmac.new(key, text.encode(), 'sha256').hexdigest()
    headers['authorization'] = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={signed}, Signature={signature}"
    request = urllib.request.Request(endpoint + '/', body.encode(), headers)
    try:
        with urllib.request.urlopen(request) as response:
            return {'status': response.status, 'body': response.read().decode()}
    except urllib.error.HTTPError as error:
        return {'status': error.code, 'body': error.read().decode()}
`
