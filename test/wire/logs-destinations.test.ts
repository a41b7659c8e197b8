import { gunzipSync } from 'node:zlib'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteAccountPolicyCommand,
  DeleteDestinationCommand,
  DescribeAccountPoliciesCommand,
  DescribeDestinationsCommand,
  ListTagsForResourceCommand,
  PutAccountPolicyCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const account = '000000000000'
const elsewhere = { region: 'eu-west-1' }
const targetArn = (name: string) => `arn:aws:kinesis:eu-west-1:${account}:stream/${name}`
const putting = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '*' }
let node: TestNode
let logs: CloudWatchLogsClient
let roleArn: string
let powerless: string

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  roleArn = await makeRole(node, 'putter', [putting], 'logs.amazonaws.com')
  powerless = await makeRole(node, 'powerless', [], 'logs.amazonaws.com')
})
afterAll(() => node.close())

async function makeStream(StreamName: string) {
  await node.client(KinesisClient, elsewhere).send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
}

/** What the log service put to a stream in the other region, once it is as much. */
async function told(StreamName: string, count: number) {
  const kinesis = node.client(KinesisClient, elsewhere)
  const look = async () => {
    const at = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const }
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at))
    node.clock.advance(1_000)
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    return Records.map(({ Data }) => JSON.parse(gunzipSync(Data!).toString()))
  }
  await expect.poll(async () => (await look()).length).toBe(count)
  return look()
}

async function say(client: CloudWatchLogsClient, logGroupName: string, message: string) {
  await client.send(new CreateLogGroupCommand({ logGroupName }))
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  const logEvents = [{ timestamp: node.clock.nowMs(), message }]
  return () => client.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
}

test('a destination takes the events of groups whose account its policy lets in, as its own role, to another region', async () => {
  await makeStream('heard')
  const put = (more: object = {}) =>
    logs.send(new PutDestinationCommand({ destinationName: 'ear', targetArn: targetArn('heard'), roleArn, ...more }))
  await expect(put({ roleArn: powerless })).rejects.toThrow('Could not deliver test message')
  await expect(put({ targetArn: `arn:aws:sqs:us-east-1:${account}:q` })).rejects.toThrow('targetArn')
  const { destination } = await put({ tags: { team: 'a' } })
  const destinationArn = `arn:aws:logs:us-east-1:${account}:destination:ear`
  expect(destination).toMatchObject({
    destinationName: 'ear',
    targetArn: targetArn('heard'),
    roleArn,
    arn: destinationArn,
  })

  const { host } = node.node
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(host.records, host.ids, '111111111111', 0)
  const theirs = node.client(CloudWatchLogsClient, { credentials: { accessKeyId, secretAccessKey } })
  const speak = await say(theirs, 'theirs', 'ERROR there')
  const filter = { logGroupName: 'theirs', filterName: 'f', filterPattern: 'ERROR', destinationArn }
  const subscribe = (more: object = {}) => theirs.send(new PutSubscriptionFilterCommand({ ...filter, ...more }))
  await expect(subscribe()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  const letIn = (accessPolicy: string) =>
    logs.send(new PutDestinationPolicyCommand({ destinationName: 'ear', accessPolicy }))
  await expect(letIn('{')).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: '111111111111' },
    Action: 'logs:PutSubscriptionFilter',
    Resource: destinationArn,
  }
  await letIn(JSON.stringify({ Version: '2012-10-17', Statement }))
  await expect(subscribe({ roleArn: 'arn:aws:iam::111111111111:role/r' })).rejects.toThrow('roleArn')
  await subscribe()
  // What is put again keeps its policy.
  expect((await put()).destination?.accessPolicy).toContain('111111111111')
  await speak()
  const found = await told('heard', 3)
  expect(found.map(({ messageType }) => messageType)).toEqual(['CONTROL_MESSAGE', 'CONTROL_MESSAGE', 'DATA_MESSAGE'])
  expect(found[2]).toMatchObject({ owner: '111111111111', logGroup: 'theirs', logEvents: [{ message: 'ERROR there' }] })
})

test('destinations are listed by pages, tagged, and deleted; what is not there is told', async () => {
  await makeStream('many')
  for (const destinationName of ['d1', 'd2', 'd3'])
    await logs.send(new PutDestinationCommand({ destinationName, targetArn: targetArn('many'), roleArn }))
  const list = (input: object) => logs.send(new DescribeDestinationsCommand({ DestinationNamePrefix: 'd', ...input }))
  const first = await list({ limit: 2 })
  const second = await list({ limit: 2, nextToken: first.nextToken })
  const names = [first, second].map(({ destinations }) => destinations?.map(({ destinationName }) => destinationName))
  expect([names, second.nextToken]).toEqual([[['d1', 'd2'], ['d3']], undefined])
  const resourceArn = first.destinations?.[0]?.arn ?? ''
  await logs.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }))
  await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
  expect((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: '2' })
  const remove = () => logs.send(new DeleteDestinationCommand({ destinationName: 'd1' }))
  await remove()
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(
    logs.send(new PutDestinationPolicyCommand({ destinationName: 'd1', accessPolicy: '{}' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'late' }))
  const filter = { logGroupName: 'late', filterName: 'f', filterPattern: '', destinationArn: resourceArn }
  await expect(logs.send(new PutSubscriptionFilterCommand(filter))).rejects.toThrow('does not exist')
})

const policyType = 'SUBSCRIPTION_FILTER_POLICY' as const

test("an account's filter has the events of all groups but those left out, also after a restart", async () => {
  await makeStream('all')
  await logs.send(new PutDestinationCommand({ destinationName: 'all', targetArn: targetArn('all'), roleArn }))
  const DestinationArn = `arn:aws:logs:us-east-1:${account}:destination:all`
  const put = (document: object, more: object = {}) =>
    logs.send(
      new PutAccountPolicyCommand({
        ...{ policyName: 'p', policyType, policyDocument: JSON.stringify(document) },
        selectionCriteria: 'LogGroupName NOT IN ["quiet", "silent"]',
        ...more,
      }),
    )
  for (const [document, more, problem] of [
    [{}, {}, 'DestinationArn'],
    [{ DestinationArn, Colour: 'red' }, {}, 'Colour'],
    [{ DestinationArn, FilterPattern: '{ $.a' }, {}, ''],
    [{ DestinationArn }, { selectionCriteria: 'LogGroupName IN ["a"]' }, 'NOT IN'],
    [{}, { policyType: 'METRIC_EXTRACTION_POLICY' }, 'METRIC_EXTRACTION_POLICY is not supported'],
  ] as const) {
    const refused = put(document, more)
    await expect(refused, problem).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await expect(refused).rejects.toThrow(problem)
  }
  const { accountPolicy } = await put({ DestinationArn, FilterPattern: 'ERROR' })
  expect(accountPolicy).toMatchObject({ policyName: 'p', policyType, scope: 'ALL', accountId: account })
  await expect(put({ DestinationArn }, { policyName: 'second' })).rejects.toMatchObject({
    name: 'LimitExceededException',
  })
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  for (const group of ['quiet', 'loud']) await (await say(logs, group, `ERROR in ${group}`))()
  const found = await told('all', 2)
  expect(found[1]).toMatchObject({
    ...{ messageType: 'DATA_MESSAGE', policyLevel: 'ACCOUNT_LEVEL_POLICY', subscriptionFilters: ['p'] },
    ...{ logGroup: 'loud', logEvents: [{ message: 'ERROR in loud' }] },
  })
  const describe = (policyName?: string) => logs.send(new DescribeAccountPoliciesCommand({ policyType, policyName }))
  expect((await describe()).accountPolicies).toHaveLength(1)
  await expect(describe('other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const remove = (policyName: string) => logs.send(new DeleteAccountPolicyCommand({ policyType, policyName }))
  await expect(remove('other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await remove('p')
  expect((await describe()).accountPolicies).toEqual([])
  await (await say(logs, 'after', 'ERROR after'))()
  await told('all', 2)
})

test('templates make destinations and account policies', async () => {
  await makeStream('templated')
  const cfn = node.client(CloudFormationClient)
  const template = {
    Resources: {
      Destination: {
        Type: 'AWS::Logs::Destination',
        Properties: { DestinationName: 'made', TargetArn: targetArn('templated'), RoleArn: roleArn },
      },
      Policy: {
        Type: 'AWS::Logs::AccountPolicy',
        Properties: {
          ...{ PolicyName: 'made', PolicyType: policyType, Scope: 'ALL' },
          PolicyDocument: { 'Fn::Sub': '{"DestinationArn":"${Destination.Arn}"}' },
          SelectionCriteria: 'LogGroupName NOT IN ["quiet"]',
        },
      },
    },
  }
  const StackName = 'subscribed'
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }))
  await waitUntilStackCreateComplete({ client: cfn, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 }, { StackName })
  const { StackResources = [] } = await cfn.send(new DescribeStackResourcesCommand({ StackName }))
  expect(StackResources.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual([
    'made',
    `${account}|${policyType}|made`,
  ])
  const { accountPolicies } = await logs.send(new DescribeAccountPoliciesCommand({ policyType }))
  expect(accountPolicies).toMatchObject([{ policyName: 'made', selectionCriteria: 'LogGroupName NOT IN ["quiet"]' }])
  await cfn.send(new DeleteStackCommand({ StackName }))
  await waitUntilStackDeleteComplete({ client: cfn, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 }, { StackName })
  expect((await logs.send(new DescribeAccountPoliciesCommand({ policyType }))).accountPolicies).toEqual([])
})
