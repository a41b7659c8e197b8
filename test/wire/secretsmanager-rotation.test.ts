import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { AddPermissionCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

/** As functions that rotate are written: what a step has done already, it does not do again. */
const rotator = `
const { SecretsManagerClient, ...sm } = require('@aws-sdk/client-secrets-manager')
const client = new SecretsManagerClient()
exports.handler = async ({ Step, SecretId, ClientRequestToken }) => {
  const { VersionIdsToStages } = await client.send(new sm.DescribeSecretCommand({ SecretId }))
  if (!VersionIdsToStages[ClientRequestToken]?.includes('AWSPENDING')) throw new Error('not pending')
  if (process.env.BROKEN === Step) throw new Error('broken')
  if (Step === 'createSecret') {
    const wanted = { SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' }
    const there = await client.send(new sm.GetSecretValueCommand(wanted)).catch((error) => {
      if (error.name !== 'ResourceNotFoundException') throw error
    })
    if (!there)
      await client.send(
        new sm.PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: 'made', VersionStages: ['AWSPENDING'] }),
      )
  }
  if (Step === 'finishSecret') {
    const [RemoveFromVersionId] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))
    if (RemoveFromVersionId !== ClientRequestToken)
      await client.send(
        new sm.UpdateSecretVersionStageCommand({
          SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId,
        }),
      )
  }
}`

const hourMs = 3_600_000
const dayMs = 24 * hourMs
let node: TestNode
let secrets: SecretsManagerClient
let lambda: LambdaClient
let RotationLambdaARN: string
let serial = 0

beforeAll(async () => {
  node = await startNode()
  secrets = node.client(SecretsManagerClient)
  lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'rotator', [
    logging,
    { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
  ])
  for (const name of ['rotator', 'stranger']) {
    const { FunctionArn } = await makeFunction(lambda, name, role, rotator, { Timeout: 30 })
    if (name === 'rotator') RotationLambdaARN = FunctionArn!
  }
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'rotator',
      StatementId: 'secrets',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    }),
  )
})
afterAll(async () => {
  secrets.destroy()
  lambda.destroy()
  await node.close()
})

async function make(): Promise<string> {
  const Name = `rotated/${++serial}`
  await secrets.send(new CreateSecretCommand({ Name, SecretString: 'first' }))
  return Name
}
const rotate = (SecretId: string, rest: Partial<RotateSecretCommandInput> = {}) =>
  secrets.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, ...rest }))
const look = (SecretId: string) => secrets.send(new DescribeSecretCommand({ SecretId }))
const value = async (SecretId: string) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString
const rotations = async (SecretId: string) => {
  const listed = await secrets.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }))
  return listed.Versions!.length - 1
}
const rotated = (SecretId: string, count: number) => expect.poll(() => rotations(SecretId)).toBe(count)
const finished = (SecretId: string) => expect.poll(async () => (await look(SecretId)).LastRotatedDate).toBeDefined()
const midnight = (atMs: number) => Math.floor(atMs / dayMs) * dayMs
const breakAt = (step: string) =>
  lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'rotator', Environment: { Variables: { BROKEN: step } } }),
  )

test('a function makes a new version current in four steps, and the same token rotates once', async () => {
  const name = await make()
  const before = (await look(name)).VersionIdsToStages!
  const ClientRequestToken = 'r'.repeat(32)
  expect(await rotate(name, { ClientRequestToken })).toMatchObject({ Name: name, VersionId: ClientRequestToken })
  await finished(name)
  expect(await value(name)).toBe('made')
  expect(await look(name)).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN,
    VersionIdsToStages: {
      [ClientRequestToken]: ['AWSCURRENT'],
      [Object.keys(before)[0]!]: ['AWSPREVIOUS'],
    },
  })
  await rotate(name, { ClientRequestToken })
  expect(await rotations(name)).toBe(1)
})

describe('rules', () => {
  test('in days rotate in the window of the day, counted anew from each new value, over a restart too', async () => {
    const name = await make()
    await rotate(name, { RotationRules: { AutomaticallyAfterDays: 10, Duration: '3h' } })
    await finished(name)
    const { NextRotationDate, LastRotatedDate } = await look(name)
    expect(NextRotationDate!.getTime()).toBe(midnight(LastRotatedDate!.getTime()) + 10 * dayMs + 3 * hourMs - 1_000)
    await node.restart()
    secrets = node.client(SecretsManagerClient)
    lambda = node.client(LambdaClient)
    node.clock.advance(5 * dayMs)
    await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'by hand' }))
    const moved = (await look(name)).NextRotationDate!.getTime()
    expect(moved).toBe(midnight(node.clock.nowMs()) + 10 * dayMs + 3 * hourMs - 1_000)
    node.clock.advance(moved - node.clock.nowMs())
    await rotated(name, 3)
    // Told of once the last step has been called, which makes it current.
    await expect.poll(() => value(name)).toBe('made')
  })

  test('by a rate or by cron rotate again and again', async () => {
    const [rated, daily] = [await make(), await make()]
    await rotate(rated, { RotationRules: { ScheduleExpression: 'rate(4 hours)' } })
    await rotate(daily, { RotationRules: { ScheduleExpression: 'cron(0 8 * * ? *)' } })
    await finished(rated)
    await finished(daily)
    expect((await look(daily)).NextRotationDate!.toISOString()).toMatch(/T23:59:59/)
    for (const count of [2, 3]) {
      const next = (await look(rated)).NextRotationDate!.getTime()
      node.clock.advance(next - node.clock.nowMs())
      await rotated(rated, count)
      await expect.poll(async () => (await look(rated)).NextRotationDate!.getTime()).toBe(next + 4 * hourMs)
    }
  })

  test('that say two things, none, too often or too long are refused', async () => {
    const name = await make()
    for (const RotationRules of [
      { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' },
      { Duration: '3h' },
      { ScheduleExpression: 'rate(3 hours)' },
      { ScheduleExpression: 'rate(30 minutes)' },
      { ScheduleExpression: 'cron(5 8 * * ? *)' },
      { ScheduleExpression: 'cron(0 8,10 * * ? *)' },
      { ScheduleExpression: 'cron(0 8 * * ? *)', Duration: '17h' },
      { ScheduleExpression: 'rate(4 hours)', Duration: '5h' },
    ]) {
      await expect(rotate(name, { RotationRules })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    }
    expect((await look(name)).RotationEnabled).toBeUndefined()
  })

  test('without a rotation at once have the function tried out, and leave no version', async () => {
    const name = await make()
    const rules = { RotationRules: { AutomaticallyAfterDays: 1 }, RotateImmediately: false }
    await rotate(name, rules)
    await expect.poll(async () => Object.values((await look(name)).VersionIdsToStages!).flat()).toEqual(['AWSCURRENT'])
    expect([await value(name), await rotations(name)]).toEqual(['first', 0])
    node.clock.advance(dayMs)
    await rotated(name, 1)
  })
})

test('a rotation that fails is tried again, stays pending when given up, and is gone on with', async () => {
  const name = await make()
  await rotate(name, { RotationRules: { ScheduleExpression: 'rate(4 hours)' } })
  await finished(name)
  await breakAt('testSecret')
  const opens = (await look(name)).NextRotationDate!.getTime()
  node.clock.advance(opens - node.clock.nowMs())
  await rotated(name, 2)
  const pending = async () => {
    const stages = Object.entries((await look(name)).VersionIdsToStages!)
    return stages.find(([, labels]) => labels.includes('AWSPENDING'))?.[0]
  }
  const failed = (await pending())!
  // It waits between its attempts; given up, the next window is planned.
  const planned = async () => {
    node.clock.advance(60_000)
    return (await look(name)).NextRotationDate!.getTime()
  }
  await expect.poll(planned, { timeout: 45_000, interval: 200 }).toBe(opens + 4 * hourMs)
  expect(await pending()).toBe(failed)
  await breakAt('')
  await expect(rotate(name)).rejects.toThrow(/previous rotation isn't complete/)
  await expect.poll(pending).toBeUndefined()
  expect((await look(name)).VersionIdsToStages![failed]).toEqual(['AWSCURRENT'])
})

test('cancelled, or of a secret that is deleted, there is no rotation; a secret restored is rotated again', async () => {
  const name = await make()
  await rotate(name, { RotationRules: { AutomaticallyAfterDays: 1 } })
  await finished(name)
  await secrets.send(new DeleteSecretCommand({ SecretId: name }))
  node.clock.advance(2 * dayMs)
  await secrets.send(new RestoreSecretCommand({ SecretId: name }))
  expect(await rotations(name)).toBe(1)
  node.clock.advance(dayMs)
  await rotated(name, 2)
  await expect.poll(async () => (await look(name)).NextRotationDate!.getTime()).toBeGreaterThan(node.clock.nowMs())
  await secrets.send(new CancelRotateSecretCommand({ SecretId: name }))
  expect(await look(name)).toMatchObject({ RotationEnabled: false, RotationRules: { AutomaticallyAfterDays: 1 } })
  expect((await look(name)).NextRotationDate).toBeUndefined()
})

test('cancelled while a function is tried out, there is nothing to go on with', async () => {
  const name = await make()
  await breakAt('testSecret')
  await rotate(name, { RotationRules: { AutomaticallyAfterDays: 1 }, RotateImmediately: false })
  await expect.poll(() => rotations(name)).toBe(1)
  await secrets.send(new CancelRotateSecretCommand({ SecretId: name }))
  expect(Object.values((await look(name)).VersionIdsToStages!)).toEqual([['AWSCURRENT']])
  await breakAt('')
  await rotate(name)
  await finished(name)
  expect(await value(name)).toBe('made')
})

test('a function that is not there, or not for the service to call, is refused; so is who may not call it', async () => {
  const name = await make()
  const arn = (other: string) => RotationLambdaARN.replace(/rotator$/, other)
  for (const other of ['nobody', 'stranger']) {
    await expect(rotate(name, { RotationLambdaARN: arn(other) })).rejects.toThrow(/cannot invoke the specified Lambda/)
  }
  await expect(rotate(name, { RotationLambdaARN: undefined })).rejects.toThrow(/No Lambda rotation function ARN/)
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'rotate',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'secretsmanager:RotateSecret', Resource: '*' },
      }),
    }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(SecretsManagerClient, { credentials })
  await expect(hers.send(new RotateSecretCommand({ SecretId: name, RotationLambdaARN }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('lambda:InvokeFunction'),
  })
  await expect(hers.send(new CancelRotateSecretCommand({ SecretId: name }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  iam.destroy()
  hers.destroy()
})

test('there are no replicas', async () => {
  const SecretId = await make()
  for (const [command, name] of [
    [new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'eu-west-1' }] }), /AddReplicaReg/],
    [new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: ['eu-west-1'] }), /RemoveReplicaReg/],
    [new StopReplicationToReplicaCommand({ SecretId }), /not a replica/],
  ] as const) {
    await expect(secrets.send(command as StopReplicationToReplicaCommand)).rejects.toThrow(name)
  }
})

test('a template has a secret rotated', async () => {
  const stacks = node.client(CloudFormationClient)
  const TemplateBody = JSON.stringify({
    Resources: {
      Db: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'rotated/stack', SecretString: 'first' } },
      Rotation: {
        Type: 'AWS::SecretsManager::RotationSchedule',
        Properties: {
          SecretId: { Ref: 'Db' },
          RotationLambdaARN,
          RotationRules: { ScheduleExpression: 'rate(10 days)' },
        },
      },
    },
  })
  const StackName = 'rotated'
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody }))
  await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { StackName })
  await finished('rotated/stack')
  expect(await value('rotated/stack')).toBe('made')
  const refused = TemplateBody.replace('"RotationLambdaARN"', '"HostedRotationLambda"')
  await expect(
    stacks
      .send(new CreateStackCommand({ StackName: 'hosted', TemplateBody: refused }))
      .then(() =>
        waitUntilStackCreateComplete(
          { client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
          { StackName: 'hosted' },
        ),
      ),
  ).rejects.toThrow(/HostedRotationLambda/)
  stacks.destroy()
})
