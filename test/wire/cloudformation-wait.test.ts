import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  SignalResourceCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { altered, startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(async () => {
  cfn.destroy()
  await node.close()
})

const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
const begin = (StackName: string, TemplateBody: string) => cfn.send(new CreateStackCommand({ StackName, TemplateBody }))
/** The physical id of a resource, once it has that status. */
async function reached(StackName: string, LogicalResourceId: string, status: string): Promise<string> {
  for (;;) {
    const { StackResourceDetail } = await cfn
      .send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }))
      .catch(() => ({ StackResourceDetail: undefined }))
    if (StackResourceDetail?.ResourceStatus === status) return StackResourceDetail.PhysicalResourceId ?? ''
    await new Promise(setImmediate)
  }
}
const signal = (url: string, body: object | string) =>
  fetch(url, { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) })
const reasons = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!.map(
    ({ ResourceStatusReason }) => ResourceStatusReason ?? '',
  )

const waiting = (count: number) => `
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: '600', Count: ${count}}}
Outputs: {Data: {Value: !GetAtt Wait.Data}}`
const policied = `
Resources:
  Wait: {Type: AWS::CloudFormation::WaitCondition, CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT10M}}}`

test('a wait condition is complete once its signals have come, a restart in between or not', async () => {
  await begin('waits', waiting(2))
  const url = await reached('waits', 'Handle', 'CREATE_COMPLETE')
  const one = { Status: 'SUCCESS', UniqueId: 'one', Data: 'first', Reason: 'done' }
  expect((await signal(url, one)).status).toBe(200)
  expect((await signal(url, one)).status).toBe(200)
  expect((await signal(url, { Status: 'PERHAPS', UniqueId: 'x' })).status).toBe(400)
  expect((await signal(altered(url), one)).status).toBe(403)
  await reached('waits', 'Wait', 'CREATE_IN_PROGRESS')
  await node.restart()
  cfn.destroy()
  cfn = node.client(CloudFormationClient)
  expect((await stackOf('waits')).StackStatus).toBe('CREATE_IN_PROGRESS')
  const { pathname } = new URL(url)
  expect((await signal(`${node.endpoint}${pathname}`, { ...one, UniqueId: 'two', Data: 'second' })).status).toBe(200)
  expect(await settled('waits')).toBe('CREATE_COMPLETE')
  expect((await stackOf('waits')).Outputs![0]!.OutputValue).toBe('{"one":"first","two":"second"}')
})

test('a failure, and silence, fail it', async () => {
  await begin('failing', waiting(3))
  const url = await reached('failing', 'Handle', 'CREATE_COMPLETE')
  await signal(url, { Status: 'FAILURE', UniqueId: 'a', Data: '', Reason: 'broken' })
  expect(await settled('failing')).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('failing')).toContainEqual(expect.stringContaining("failed message: 'broken' for uniqueId: a"))

  await begin('silent', waiting(1))
  await reached('silent', 'Wait', 'CREATE_IN_PROGRESS')
  node.clock.advance(600_000)
  expect(await settled('silent')).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('silent')).toContainEqual(expect.stringContaining('WaitCondition timed out'))
})

test('SignalResource reaches what has a CreationPolicy', async () => {
  await begin('policied', policied)
  await reached('policied', 'Wait', 'CREATE_IN_PROGRESS')
  const send = (UniqueId: string, Status: 'SUCCESS' | 'FAILURE' = 'SUCCESS', StackName = 'policied') =>
    cfn.send(new SignalResourceCommand({ StackName, LogicalResourceId: 'Wait', UniqueId, Status }))
  await send('a')
  await send('b')
  expect(await settled('policied')).toBe('CREATE_COMPLETE')
  await expect(send('c')).rejects.toThrow('is in CREATE_COMPLETE state')

  await begin('denied', policied)
  await reached('denied', 'Wait', 'CREATE_IN_PROGRESS')
  await send('x', 'FAILURE', 'denied')
  expect(await settled('denied')).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('denied')).toContain('Received FAILURE signal with UniqueId x')
})
