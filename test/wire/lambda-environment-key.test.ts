import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListGrantsCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import {
  CreateEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let kms: KMSClient
let role: string
const source = 'exports.handler = async () => process.env.SECRET ?? null'

function connect(): void {
  lambda = node.client(LambdaClient)
  kms = node.client(KMSClient)
}
beforeAll(async () => {
  node = await startNode()
  connect()
  role = await makeRole(node, 'keyed')
})
afterAll(() => node.close())

const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!
const make = (name: string, KMSKeyArn: string, SECRET = 'one') =>
  makeFunction(lambda, name, role, source, { KMSKeyArn, Environment: { Variables: { SECRET } } })
const update = (FunctionName: string, change: Partial<UpdateFunctionConfigurationCommandInput>) =>
  lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...change }))
const shown = async (FunctionName: string, client = lambda) =>
  (await client.send(new GetFunctionConfigurationCommand({ FunctionName }))).Environment
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

/** A client of a user who may do these. */
async function client(UserName: string, ...Action: string[]): Promise<LambdaClient> {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action, Resource: '*' },
  })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  iam.destroy()
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
  return node.client(LambdaClient, { credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } })
}

test('what a key keeps is opened by the role through a grant, and shown to who may decrypt it', async () => {
  const { Arn, KeyId } = await newKey()
  await make('granted', Arn!)
  expect((await call(lambda, 'granted')).value).toBe('one')
  const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }))
  expect(Grants).toMatchObject([
    {
      GranteePrincipal: role,
      Operations: expect.arrayContaining(['Decrypt']),
      Constraints: { EncryptionContextEquals: { 'aws:lambda:FunctionArn': arnOf('granted') } },
    },
  ])
  const reader = await client('reader', 'lambda:*')
  expect(await shown('granted', reader)).toEqual({
    Error: { ErrorCode: 'AccessDeniedException', Message: expect.stringContaining('unable to decrypt') },
  })
  const listed = await reader.send(new ListFunctionsCommand({}))
  expect(listed.Functions?.map(({ Environment }) => Environment?.Variables)).toEqual([undefined])
  const decrypter = await client('decrypter', 'lambda:*', 'kms:Decrypt')
  expect(await shown('granted', decrypter)).toEqual({ Variables: { SECRET: 'one' } })
})

test('who may not use the key sets no variables under it, nor does a key that is not there', async () => {
  const { Arn } = await newKey()
  await make('set', Arn!)
  const Environment = { Variables: { SECRET: 'mine' } }
  const command = new UpdateFunctionConfigurationCommand({ FunctionName: 'set', Environment })
  const encrypter = await client('encrypter', 'lambda:*', 'kms:Encrypt')
  await expect(encrypter.send(command)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  expect(await shown('set')).toEqual({ Variables: { SECRET: 'one' } })
  const noKey = Arn!.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000')
  await expect(make('keyless', noKey)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining('KMS Exception: NotFoundException'),
  })
})

test('a warm instance goes on without the key, and a new one says what is wrong with it; after a restart too', async () => {
  const { Arn, KeyId } = await newKey()
  await make('locked', Arn!)
  expect((await call(lambda, 'locked')).value).toBe('one')
  await kms.send(new DisableKeyCommand({ KeyId }))
  expect((await call(lambda, 'locked')).value).toBe('one')
  expect(await shown('locked')).toEqual({ Error: { ErrorCode: 'DisabledException', Message: expect.any(String) } })
  await node.restart()
  connect()
  await expect(call(lambda, 'locked')).rejects.toMatchObject({
    name: 'KMSDisabledException',
    $metadata: { httpStatusCode: 502 },
  })
  await kms.send(new EnableKeyCommand({ KeyId }))
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }))
  await expect(call(lambda, 'locked')).rejects.toMatchObject({ name: 'KMSInvalidStateException' })
  await kms.send(new CancelKeyDeletionCommand({ KeyId }))
  await kms.send(new EnableKeyCommand({ KeyId }))
  expect((await call(lambda, 'locked')).value).toBe('one')
})

test('a request whose instance may not use the key, or has none any more, is told so', async () => {
  const { Arn, KeyId } = await newKey()
  await make('denied', Arn!)
  const decrypts = [logging, { Effect: 'Allow' as const, Action: 'kms:Decrypt', Resource: '*' }]
  await makeFunction(lambda, 'gone', await makeRole(node, 'decrypts', decrypts), source, {
    KMSKeyArn: Arn,
    Environment: { Variables: { SECRET: 'one' } },
  })
  const grants = (await kms.send(new ListGrantsCommand({ KeyId }))).Grants ?? []
  const { GrantId } = grants.find(({ Name }) => Name === 'lambda-denied') ?? {}
  await kms.send(new RevokeGrantCommand({ KeyId, GrantId }))
  // A spare instance may have had its environment already.
  await update('denied', { Description: 'anew' })
  await expect(call(lambda, 'denied')).rejects.toMatchObject({
    name: 'KMSAccessDeniedException',
    message: expect.stringContaining('KMS Exception: AccessDeniedException'),
    $metadata: { httpStatusCode: 502 },
  })
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  node.clock.advance(8 * 86_400_000)
  await expect
    .poll(() => kms.send(new DescribeKeyCommand({ KeyId })).catch(({ name }: Error) => name))
    .toBe('NotFoundException')
  await update('gone', { Description: 'anew' })
  await expect(call(lambda, 'gone')).rejects.toMatchObject({
    name: 'KMSNotFoundException',
    $metadata: { httpStatusCode: 502 },
  })
})

test('the AWS managed key may be named, and is what is used without', async () => {
  const managed = 'arn:aws:kms:us-east-1:000000000000:alias/aws/lambda'
  await make('managed', managed)
  expect((await call(lambda, 'managed')).value).toBe('one')
  expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'managed' }))).toMatchObject({
    KMSKeyArn: managed,
    Environment: { Variables: { SECRET: 'one' } },
  })
  const { Arn, KeyId } = await newKey()
  await update('managed', { KMSKeyArn: Arn })
  await update('managed', { KMSKeyArn: managed })
  await kms.send(new DisableKeyCommand({ KeyId }))
  expect((await call(lambda, 'managed')).value).toBe('one')
})

test('another key, or none, takes the variables over; another role is let in as well', async () => {
  const [first, second] = [await newKey(), await newKey()]
  await make('moved', first.Arn!)
  await lambda.send(new PublishVersionCommand({ FunctionName: 'moved' }))
  const other = await makeRole(node, 'keyed-other')
  await update('moved', { KMSKeyArn: second.Arn, Role: other })
  await kms.send(new DisableKeyCommand({ KeyId: first.KeyId }))
  expect((await call(lambda, 'moved')).value).toBe('one')
  await update('moved', { Role: role })
  expect((await call(lambda, 'moved')).value).toBe('one')
  await expect(call(lambda, 'moved', {}, { Qualifier: '1' })).rejects.toMatchObject({ name: 'KMSDisabledException' })
  await update('moved', { KMSKeyArn: '' })
  await kms.send(new DisableKeyCommand({ KeyId: second.KeyId }))
  expect((await call(lambda, 'moved')).value).toBe('one')
  expect(await shown('moved')).toEqual({ Variables: { SECRET: 'one' } })
})

test('one shard that stands still without the key is begun again with it, while another has nothing', async () => {
  const [FunctionName, StreamName] = ['streamed', 'streamed']
  const kinesis = node.client(KinesisClient)
  const reading = { Effect: 'Allow', Action: 'kinesis:*', Resource: '*' }
  const { Arn, KeyId } = await newKey()
  const reader = await makeRole(node, 'keyed-reader', [logging, reading])
  const SECRET = { Variables: { SECRET: 'one' } }
  await makeFunction(lambda, FunctionName, reader, source, { KMSKeyArn: Arn!, Environment: SECRET })
  await kms.send(new DisableKeyCommand({ KeyId }))
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  const EventSourceArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
  const mapped = { FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON' as const }
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(mapped))
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'a', Data: Buffer.from('one') }))
  const why = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).StateTransitionReason
  await expect.poll(why).toMatch(/^PROBLEM: .*KMS/)
  await kms.send(new EnableKeyCommand({ KeyId }))
  const logs = node.client(CloudWatchLogsClient)
  const ended = async () => {
    node.clock.advance(10_000)
    const asked = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: 'REPORT' }
    return (await logs.send(new FilterLogEventsCommand(asked)).catch(() => undefined))?.events?.length
  }
  await expect.poll(ended, { timeout: 45_000, interval: 200 }).toBe(1)
  for (const client of [kinesis, logs]) client.destroy()
})
