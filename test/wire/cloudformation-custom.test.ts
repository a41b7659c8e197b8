import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inlinePackage } from '../../src/services/lambda/inline-code.ts'
import { altered, startNode, type TestNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let lambda: LambdaClient
let logs: CloudWatchLogsClient
const token = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  lambda = node.client(LambdaClient)
  logs = node.client(CloudWatchLogsClient)
  const iam = node.client(IAMClient)
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  await iam.send(new CreateRoleCommand({ RoleName: 'provider', AssumeRolePolicyDocument }))
  const allowed = { Effect: 'Allow', Action: 'logs:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'provider', PolicyName: 'logs', PolicyDocument }))
  iam.destroy()
})
afterAll(async () => {
  for (const client of [cfn, lambda, logs]) client.destroy()
  await node.close()
})

async function provider(FunctionName: string, source: string, Runtime: 'nodejs22.x' | 'python3.12' = 'nodejs22.x') {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Role: 'arn:aws:iam::000000000000:role/provider',
      Handler: 'index.handler',
      Timeout: 10,
      Code: { ZipFile: await inlinePackage(source, Runtime) },
    }),
  )
}
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
async function create(StackName: string, template: object, rest: Partial<CreateStackCommandInput> = {}) {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), ...rest }))
  return settled(StackName)
}
async function update(StackName: string, template: object) {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }))
  return settled(StackName)
}
async function remove(StackName: string) {
  const { StackId } = (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!
  await cfn.send(new DeleteStackCommand({ StackName }))
  return settled(StackId!)
}
const outputs = async (StackName: string) =>
  Object.fromEntries(
    (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.Outputs!.map((each) => [
      each.OutputKey,
      each.OutputValue,
    ]),
  )
const reasons = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!.flatMap(
    ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      ResourceStatusReason ? [`${LogicalResourceId} ${ResourceStatus}: ${ResourceStatusReason}`] : [],
  )
/** What a provider printed: one JSON document for each request. */
async function printed(name: string): Promise<Record<string, unknown>[]> {
  const { events } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, filterPattern: '"RequestType"' }),
  )
  return events!.map(({ message }) => JSON.parse(message!.slice(message!.indexOf('{'))) as Record<string, unknown>)
}

const echo = `
const response = require('cfn-response')
exports.handler = (event, context) => {
  console.log(JSON.stringify(event))
  const { Name = 'x', Fail } = event.ResourceProperties
  if (Fail === event.RequestType) return response.send(event, context, response.FAILED, {}, 'failed-' + Name)
  response.send(event, context, response.SUCCESS, { Greeting: 'hello ' + Name, Deep: { Down: 'y' } }, 'thing-' + Name)
}`

const withThing = (properties: object, more: object = {}) => ({
  Resources: {
    Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: token('echo'), ...properties } },
    ...more,
  },
  Outputs: {
    Ref: { Value: { Ref: 'Thing' } },
    Greeting: { Value: { 'Fn::GetAtt': ['Thing', 'Greeting'] } },
    Deep: { Value: { 'Fn::GetAtt': 'Thing.Deep.Down' } },
  },
})

test('a custom resource is made, changed, replaced and deleted by its function', async () => {
  await provider('echo', echo)
  expect(await create('life', withThing({ Name: 'a', Count: 3, On: true, List: [1, { A: false }] }))).toBe(
    'CREATE_COMPLETE',
  )
  expect(await outputs('life')).toEqual({ Ref: 'thing-a', Greeting: 'hello a', Deep: 'y' })
  expect(await update('life', withThing({ Name: 'a', Count: 4 }))).toBe('UPDATE_COMPLETE')
  expect(await update('life', withThing({ Name: 'b' }))).toBe('UPDATE_COMPLETE')
  expect(await outputs('life')).toMatchObject({ Ref: 'thing-b', Greeting: 'hello b' })
  expect(await remove('life')).toBe('DELETE_COMPLETE')

  const seen = await asked('echo', 5)
  expect(seen.map((each) => [each.RequestType, each.PhysicalResourceId])).toEqual([
    ['Create', undefined],
    ['Update', 'thing-a'],
    ['Update', 'thing-a'],
    ['Delete', 'thing-a'],
    ['Delete', 'thing-b'],
  ])
  expect(seen[0]).toEqual({
    RequestType: 'Create',
    ServiceToken: token('echo'),
    ResponseURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/cloudformation-response\//),
    StackId: expect.stringContaining(':stack/life/'),
    RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    LogicalResourceId: 'Thing',
    ResourceType: 'Custom::Thing',
    ResourceProperties: {
      ServiceToken: token('echo'),
      Name: 'a',
      Count: '3',
      On: 'true',
      List: ['1', { A: 'false' }],
    },
  })
  expect(seen[1]!.OldResourceProperties).toMatchObject({ Count: '3' })
})

test('a failed custom resource gives its reason, and what it may have made is deleted', async () => {
  await provider('refuses', echo)
  const template = withThing({ ServiceToken: token('refuses'), Name: 'c', Fail: 'Create' })
  expect(await create('fails', template)).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('fails')).toContainEqual(
    expect.stringMatching(
      /^Thing CREATE_FAILED: Received response status \[FAILED\] from custom resource\. Message returned: See the details .* \(RequestId: /,
    ),
  )
  expect((await asked('refuses', 2)).map((each) => [each.RequestType, each.PhysicalResourceId])).toEqual([
    ['Create', undefined],
    ['Delete', 'failed-c'],
  ])
})

test('a failed update is put back by another', async () => {
  await provider('wavers', echo)
  const good = { ServiceToken: token('wavers'), Name: 'd', Size: 1 }
  expect(await create('wavers', withThing(good))).toBe('CREATE_COMPLETE')
  expect(await update('wavers', withThing({ ...good, Size: 2, Fail: 'Update' }))).toBe('UPDATE_ROLLBACK_COMPLETE')
  const seen = await asked('wavers', 3)
  expect(seen.map((each) => [each.RequestType, (each.ResourceProperties as { Size: string }).Size])).toEqual([
    ['Create', '1'],
    ['Update', '2'],
    ['Update', '1'],
  ])
  // When another resource fails, a replacement is taken back and the first thing stays.
  const moved = withThing(
    { ...good, Name: 'e' },
    {
      Bad: { Type: 'AWS::SQS::Queue', DependsOn: 'Thing', Properties: { QueueName: 'not a name' } },
    },
  )
  expect(await update('wavers', moved)).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await asked('wavers', 5)).slice(3).map((each) => [each.RequestType, each.PhysicalResourceId])).toEqual([
    ['Update', 'thing-d'],
    ['Delete', 'thing-e'],
  ])
  expect(await outputs('wavers')).toMatchObject({ Ref: 'thing-d' })
})

test('providers that hard-code https and port 443 reach the node, and so does Python', async () => {
  await provider(
    'hard',
    `
const https = require('https')
const url = require('url')
exports.handler = async (event, context) => {
  const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'hard', StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, Data: { Greeting: 'g', Deep: { Down: 'd' } } })
  const { hostname, path } = url.parse(event.ResponseURL)
  await new Promise((resolve, reject) => {
    const request = https.request({ hostname, port: 443, path, method: 'PUT', headers: { 'content-type': '', 'content-length': body.length } }, resolve)
    request.on('error', reject)
    request.end(body)
  })
}`,
  )
  expect(await create('hard', withThing({ ServiceToken: token('hard') }))).toBe('CREATE_COMPLETE')
  await provider(
    'snake',
    `
import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Greeting': 'sss', 'Deep': {'Down': 'x'}}, 'snake')`,
    'python3.12',
  )
  expect(await create('snake', withThing({ ServiceToken: token('snake') }))).toBe('CREATE_COMPLETE')
  expect(await outputs('snake')).toEqual({ Ref: 'snake', Greeting: 'sss', Deep: 'x' })
})

test('an answer that does not come fails the resource when its time is over', async () => {
  await provider('silent', 'exports.handler = async (event) => console.log(JSON.stringify(event))')
  const template = withThing({ ServiceToken: token('silent'), ServiceTimeout: 120 })
  await cfn.send(
    new CreateStackCommand({ StackName: 'silent', TemplateBody: JSON.stringify(template), OnFailure: 'DO_NOTHING' }),
  )
  await asked('silent', 1)
  node.clock.advance(119_000)
  expect((await cfn.send(new DescribeStacksCommand({ StackName: 'silent' }))).Stacks![0]!.StackStatus).toBe(
    'CREATE_IN_PROGRESS',
  )
  node.clock.advance(1_000)
  expect(await settled('silent')).toBe('CREATE_FAILED')
  expect(await reasons('silent')).toContainEqual(
    expect.stringContaining('did not receive a response from your Custom Resource'),
  )
})

test('the answer that comes after a restart counts, and nobody else can give it', async () => {
  await provider('slow', 'exports.handler = async (event) => console.log(JSON.stringify(event))')
  const template = withThing({ ServiceToken: token('slow') })
  await cfn.send(new CreateStackCommand({ StackName: 'slow', TemplateBody: JSON.stringify(template) }))
  const [request] = await asked('slow', 1)
  await node.restart()
  for (const client of [cfn, lambda, logs]) client.destroy()
  cfn = node.client(CloudFormationClient)
  lambda = node.client(LambdaClient)
  logs = node.client(CloudWatchLogsClient)
  const path = new URL(request!.ResponseURL as string).pathname
  const { StackId, RequestId, LogicalResourceId } = request!
  const answer = (to: string, rest: object) =>
    fetch(`${node.endpoint}${to}`, {
      method: 'PUT',
      body: JSON.stringify({ Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, ...rest }),
    })
  expect((await answer(altered(path), { PhysicalResourceId: 'forged' })).status).toBe(403)
  const said = { PhysicalResourceId: 'late', NoEcho: true, Data: { Greeting: 'secret-greeting', Deep: { Down: 'z' } } }
  expect((await answer(path, said)).status).toBe(200)
  expect((await answer(path, { PhysicalResourceId: 'second' })).status).toBe(200)
  expect(await settled('slow')).toBe('CREATE_COMPLETE')
  expect(await outputs('slow')).toMatchObject({ Ref: 'late' })
  expect((await asked('slow', 1)).length).toBe(1)
  expect((await answer(path, said)).status).toBe(403)
  const { StackResourceDetail } = await cfn.send(
    new DescribeStackResourceCommand({ StackName: 'slow', LogicalResourceId: 'Thing' }),
  )
  expect(StackResourceDetail).toMatchObject({ ResourceType: 'Custom::Thing', PhysicalResourceId: 'late' })
})

test('what cannot be asked is refused by name', async () => {
  const to = (ServiceToken: string) => withThing({ ServiceToken })
  expect(await create('sns', to('arn:aws:sns:us-east-1:000000000000:topic'))).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('sns')).toContainEqual(expect.stringContaining('names an SNS topic'))
  expect(await create('missing', to(token('missing')))).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('missing')).toContainEqual(expect.stringContaining('(ResourceNotFoundException)'))
})

/** The requests that a provider has had, once they are as many. */
async function asked(name: string, count: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const seen = await printed(name).catch(() => [])
    if (seen.length >= count) return seen
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
