import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'provisioned-role')
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

const how = `const id = Math.random()
exports.handler = async ({ ms = 0 }) => {
  if (ms) await new Promise((resolve) => setTimeout(resolve, ms))
  return { id, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE }
}`
interface Answer {
  id: number
  type: string
}
const put = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
  lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }))
const get = (FunctionName: string, Qualifier: string) =>
  lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))

/** Asks until the configuration is no longer in progress. */
async function settled(name: string, qualifier: string) {
  for (;;) {
    const config = await get(name, qualifier)
    if (config.Status !== 'IN_PROGRESS') return config
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
async function published(name: string, source = how) {
  await makeFunction(lambda, name, role, source)
  await lambda.send(new PublishVersionCommand({ FunctionName: name }))
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' }))
}
const invoke = async (name: string, Qualifier: string, event: object = {}) =>
  (await call(lambda, name, event, { Qualifier })).value as Answer

describe('provisioned concurrency', () => {
  test('is loaded ahead, serves the alias it is for, and what is more than it spills over', async () => {
    await published('kept')
    const asked = await put('kept', 'live', 2)
    expect(asked).toMatchObject({ Status: 'IN_PROGRESS', RequestedProvisionedConcurrentExecutions: 2 })
    expect(await settled('kept', 'live')).toMatchObject({
      Status: 'READY',
      AllocatedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
    })
    const three = await Promise.all([1, 2, 3].map(() => invoke('kept', 'live', { ms: 300 })))
    expect(three.map(({ type }) => type).sort()).toEqual([
      'on-demand',
      'provisioned-concurrency',
      'provisioned-concurrency',
    ])
    expect((await invoke('kept', '1')).type).toBe('on-demand')
    const { ProvisionedConcurrencyConfigs } = await lambda.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'kept' }),
    )
    expect(ProvisionedConcurrencyConfigs).toMatchObject([
      { FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:kept:live', Status: 'READY' },
    ])
    const cloudwatch = node.client(CloudWatchClient)
    const sum = async (MetricName: string) => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/Lambda',
          MetricName,
          Dimensions: [
            { Name: 'FunctionName', Value: 'kept' },
            { Name: 'Resource', Value: 'kept:live' },
          ],
          StartTime: new Date(node.clock.nowMs() - 3_600_000),
          EndTime: new Date(node.clock.nowMs() + 3_600_000),
          Period: 7_200,
          Statistics: ['Sum'],
        }),
      )
      return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0)
    }
    await node.clock.advance(60_000)
    await expect.poll(() => sum('ProvisionedConcurrencyInvocations')).toBe(2)
    expect(await sum('ProvisionedConcurrencySpilloverInvocations')).toBe(1)
    cloudwatch.destroy()
  })

  test('outlives idleness and a restart, and ends when it is taken away', async () => {
    await published('stays')
    await put('stays', 'live', 1)
    await settled('stays', 'live')
    const before = await invoke('stays', 'live')
    await node.clock.advance(1_800_000)
    expect(await invoke('stays', 'live')).toEqual(before)
    lambda.destroy()
    await node.restart()
    lambda = node.client(LambdaClient)
    expect((await settled('stays', 'live')).Status).toBe('READY')
    const after = await invoke('stays', 'live')
    expect(after.type).toBe('provisioned-concurrency')
    expect(after.id).not.toBe(before.id)
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'stays', Qualifier: 'live' }))
    await expect(get('stays', 'live')).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' })
    await expect.poll(async () => (await invoke('stays', 'live')).type).toBe('on-demand')
    await put('stays', 'live', 1)
    await lambda.send(new DeleteAliasCommand({ FunctionName: 'stays', Name: 'live' }))
    const { ProvisionedConcurrencyConfigs } = await lambda.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'stays' }),
    )
    expect(ProvisionedConcurrencyConfigs).toEqual([])
  })

  test('says why it fails', async () => {
    await published('broken', 'throw new Error("no database")')
    await put('broken', '1', 1)
    expect(await settled('broken', '1')).toMatchObject({ Status: 'FAILED', StatusReason: /no database/ })
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'broken', Qualifier: '1' }))
  })

  test('is for published versions, once for each, and no more than there is', async () => {
    await published('limits')
    const refused = (work: Promise<unknown>, name: string, message: RegExp) =>
      expect(work).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
    await refused(put('limits', '$LATEST', 1), 'InvalidParameterValueException', /unpublished function versions/)
    await refused(put('limits', 'other', 1), 'ResourceNotFoundException', /limits:other/)
    await put('limits', 'live', 1)
    await refused(put('limits', '1', 1), 'ResourceConflictException', /pointed by/)
    await refused(put('limits', 'live', 901), 'InvalidParameterValueException', /minimum value of \[100\]/)
    const reserve = (ReservedConcurrentExecutions: number) =>
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'limits', ReservedConcurrentExecutions }))
    await refused(reserve(0), 'InvalidParameterValueException', /provisioned concurrency of 1/)
    await reserve(2)
    await refused(put('limits', 'live', 3), 'InvalidParameterValueException', /reservedConcurrentExecution/)
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 998 })
  })
})
