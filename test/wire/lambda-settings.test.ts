import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteResourcePolicyCommand,
  GetFunctionRecursionConfigCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  GetRuntimeManagementConfigCommand,
  InvokeAsyncCommand,
  LambdaClient,
  PutFunctionRecursionConfigCommand,
  PutResourcePolicyCommand,
  PutRuntimeManagementConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const echo = 'exports.handler = async (event) => event'
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  const sends = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }
  role = await makeRole(node, 'settings', [logging, sends])
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

describe('a policy as one document', () => {
  const allow = (Resource: string, more: object = {}) =>
    JSON.stringify({
      Version: '2012-10-17',
      Id: 'mine',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'lambda:GetFunction', Resource, ...more },
      ],
    })

  test('replaces what was added statement by statement, and is added to', async () => {
    await makeFunction(lambda, 'document', role, echo)
    const FunctionName = 'document'
    const ResourceArn = arn(FunctionName)
    const permission = {
      FunctionName,
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }
    await lambda.send(new AddPermissionCommand(permission))
    const put = await lambda.send(new PutResourcePolicyCommand({ ResourceArn, Policy: allow(ResourceArn) }))
    expect(put.Policy).toBe(allow(ResourceArn))
    expect(await lambda.send(new GetResourcePolicyCommand({ ResourceArn }))).toMatchObject({
      Policy: put.Policy,
      RevisionId: put.RevisionId,
    })
    await lambda.send(new AddPermissionCommand({ ...permission, RevisionId: put.RevisionId }))
    const { Policy = '', RevisionId } = await lambda.send(new GetPolicyCommand({ FunctionName }))
    expect(JSON.parse(Policy)).toMatchObject({
      Id: 'mine',
      Statement: [{ Action: 'lambda:GetFunction' }, { Sid: 's' }],
    })
    const stale = { ResourceArn, RevisionId: put.RevisionId }
    const mismatch = { name: 'PreconditionFailedException' }
    await expect(lambda.send(new DeleteResourcePolicyCommand(stale))).rejects.toMatchObject(mismatch)
    await expect(
      lambda.send(new PutResourcePolicyCommand({ ...stale, Policy: allow(ResourceArn) })),
    ).rejects.toMatchObject(mismatch)
    await lambda.send(new DeleteResourcePolicyCommand({ ResourceArn, RevisionId }))
    await expect(lambda.send(new GetResourcePolicyCommand({ ResourceArn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('lets another account in, as far as it says', async () => {
    await makeFunction(lambda, 'let-in', role, echo)
    const stranger = {
      kind: 'root',
      account: '111111111111',
      arn: 'arn:aws:iam::111111111111:root',
      userId: '1',
    } as const
    const scope = { account: '111111111111', region: 'us-east-1' }
    const get = (input: object = { FunctionName: arn('let-in') }, operation = 'lambda:GetFunction') =>
      node.node.host.invoke(operation, input, { as: stranger, scope })
    await expect(get()).rejects.toMatchObject({ name: expect.stringContaining('AccessDenied') })
    const ResourceArn = arn('let-in')
    await lambda.send(new PutResourcePolicyCommand({ ResourceArn, Policy: allow(ResourceArn) }))
    expect(await get()).toMatchObject({ Configuration: { FunctionArn: ResourceArn } })
    expect(await get({ FunctionName: '000000000000:let-in' })).toMatchObject({
      Configuration: { FunctionName: 'let-in' },
    })
    await expect(get({ FunctionName: arn('let-in') }, 'lambda:DeleteFunction')).rejects.toMatchObject({
      name: expect.stringContaining('AccessDenied'),
    })
    const policy = allow(ResourceArn, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } })
    await lambda.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy }))
    await expect(get()).rejects.toMatchObject({ name: expect.stringContaining('AccessDenied') })
  })

  test('of an organisation lets nobody in: there is none here', async () => {
    await makeFunction(lambda, 'organised', role, echo)
    const { Statement = '' } = await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'organised',
        StatementId: 'o',
        Action: 'lambda:InvokeFunction',
        Principal: '*',
        PrincipalOrgID: 'o-1234567890',
      }),
    )
    expect(JSON.parse(Statement).Condition).toEqual({ StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } })
    const target = await node.node.host.functionTarget(arn('organised'))
    const principal = {
      kind: 'root',
      account: '111111111111',
      arn: 'arn:aws:iam::111111111111:root',
      userId: '1',
    } as const
    await expect(target.call(Buffer.from('{}'), { principal })).rejects.toThrow(/not authorized/)
  })

  test.each([
    ['no JSON', 'x'],
    ['no policy', '{}'],
    ['without a principal', allow(arn('bad'), { Principal: undefined })],
    ['on another function', allow(arn('another'))],
    ['for another service', allow(arn('bad'), { Action: 's3:GetObject' })],
  ])('that is wrong is refused: %s', async (_, Policy) => {
    await makeFunction(lambda, 'bad', role, echo).catch(() => undefined)
    await expect(lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn('bad'), Policy }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })

  test('too long is refused, and so is that of nothing', async () => {
    await makeFunction(lambda, 'long', role, echo)
    const Policy = allow(arn('long'), { Sid: 'x'.repeat(21_000) })
    await expect(lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn('long'), Policy }))).rejects.toMatchObject(
      {
        name: 'PolicyLengthExceededException',
      },
    )
    await expect(
      lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn('absent'), Policy: allow(arn('absent')) })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(lambda.send(new GetResourcePolicyCommand({ ResourceArn: 'f' }))).rejects.toThrow()
  })
})

test('whether a loop is stopped is kept', async () => {
  await makeFunction(lambda, 'loop', role, echo)
  const get = async () =>
    (await lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName: 'loop' }))).RecursiveLoop
  expect(await get()).toBe('Terminate')
  await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName: 'loop', RecursiveLoop: 'Allow' }))
  expect(await get()).toBe('Allow')
})

test('when runtimes are renewed is kept by version; one of their versions can’t be chosen', async () => {
  await makeFunction(lambda, 'renewed', role, echo, { Publish: true })
  const FunctionName = 'renewed'
  await lambda.send(
    new PutRuntimeManagementConfigCommand({ FunctionName, Qualifier: '1', UpdateRuntimeOn: 'FunctionUpdate' }),
  )
  const get = (Qualifier?: string) => lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }))
  expect(await get('1')).toMatchObject({ UpdateRuntimeOn: 'FunctionUpdate', FunctionArn: `${arn(FunctionName)}:1` })
  expect(await get()).toMatchObject({ UpdateRuntimeOn: 'Auto', FunctionArn: arn(FunctionName) })
  const RuntimeVersionArn = `arn:aws:lambda:us-east-1::runtime:${'a'.repeat(64)}`
  for (const wrong of [
    { UpdateRuntimeOn: 'Manual', RuntimeVersionArn },
    { UpdateRuntimeOn: 'Auto', RuntimeVersionArn },
  ] as const) {
    await expect(lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, ...wrong }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  }
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }))
  await expect(get('live')).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
})

test('InvokeAsync accepts an event of up to 256 KB', async () => {
  const sqs = node.client(SQSClient)
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'old-way' }))
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    exports.handler = (event) => new SQSClient({}).send(new SendMessageCommand({
      QueueUrl: '${QueueUrl}', MessageBody: JSON.stringify(event) }))`
  await makeFunction(lambda, 'old-way', role, source, { Timeout: 20, MemorySize: 256 })
  const invoke = (InvokeArgs: string, FunctionName = 'old-way') =>
    lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: Buffer.from(InvokeArgs) }))
  expect((await invoke('{"n":1}')).Status).toBe(202)
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(Messages?.[0]?.Body).toBe('{"n":1}')
  await expect(invoke('{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' })
  await expect(invoke(JSON.stringify('x'.repeat(262_144)))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 413 },
  })
  await expect(invoke('{}', 'absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  sqs.destroy()
})
