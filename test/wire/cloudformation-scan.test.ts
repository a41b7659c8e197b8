import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeResourceScanCommand,
  ListResourceScanRelatedResourcesCommand,
  ListResourceScanResourcesCommand,
  ListResourceScansCommand,
  StartResourceScanCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(() => node.close())

const dayMs = 24 * 60 * 60 * 1_000

async function scan(Types?: string[], client = cfn) {
  const { ResourceScanId } = await client.send(new StartResourceScanCommand(Types ? { ScanFilters: [{ Types }] } : {}))
  for (;;) {
    const found = await client.send(new DescribeResourceScanCommand({ ResourceScanId }))
    if (found.Status !== 'IN_PROGRESS') return found
  }
}

const resourcesOf = async (ResourceScanId: string | undefined, more: object = {}, client = cfn) => {
  const { Resources } = await client.send(new ListResourceScanResourcesCommand({ ResourceScanId, ...more }))
  return Resources!.map((one) => [one.ResourceType, Object.values(one.ResourceIdentifier!)[0], one.ManagedByStack])
}

test('a scan finds what there is, whose it is, and what names what', async () => {
  const trust = {
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  const Resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'runs', AssumeRolePolicyDocument: trust } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'works',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: 'exports.handler = async () => 1' },
      },
    },
  }
  const TemplateBody = JSON.stringify({ Resources })
  await cfn.send(new CreateStackCommand({ StackName: 'own', TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }))
  expect((await settledStack(cfn, 'own')).StackStatus).toBe('CREATE_COMPLETE')
  const sqs = node.client(SQSClient)
  for (const QueueName of ['a', 'b', 'works'])
    await sqs.send(new CreateQueueCommand({ QueueName, tags: QueueName === 'a' ? { team: 'one' } : {} }))

  const { ResourceScanId, ...full } = await scan()
  expect(full.ResourceTypes).toEqual(expect.arrayContaining(['AWS::S3::Bucket', 'AWS::EC2::VPC', 'AWS::Events::Rule']))
  expect(full).toMatchObject({ Status: 'COMPLETE', PercentageCompleted: 100 })
  expect(full.ResourcesRead).toBeGreaterThanOrEqual(5)
  expect(await resourcesOf(ResourceScanId, { ResourceTypePrefix: 'AWS::Lambda::' })).toEqual([
    ['AWS::Lambda::Function', 'works', true],
  ])
  const url = (name: string) => `${node.endpoint}/000000000000/${name}`
  const queues = { ResourceTypePrefix: 'AWS::SQS::Queue' }
  expect((await resourcesOf(ResourceScanId, queues)).sort()).toEqual(
    ['a', 'b', 'works'].map((name) => ['AWS::SQS::Queue', url(name), false]),
  )
  expect(await resourcesOf(ResourceScanId, { TagKey: 'team', TagValue: 'one' })).toEqual([
    ['AWS::SQS::Queue', url('a'), false],
  ])
  const paged: unknown[] = []
  let NextToken: string | undefined
  do {
    const page = await cfn.send(
      new ListResourceScanResourcesCommand({ ResourceScanId, ...queues, MaxResults: 1, NextToken }),
    )
    paged.push(...page.Resources!)
    NextToken = page.NextToken
  } while (NextToken)
  expect(paged).toHaveLength(3)

  const related = async (ResourceType: string, ResourceIdentifier: Record<string, string>) => {
    const asked = { ResourceScanId, Resources: [{ ResourceType, ResourceIdentifier }] }
    const { RelatedResources } = await cfn.send(new ListResourceScanRelatedResourcesCommand(asked))
    return RelatedResources!.map((one) => one.ResourceType).sort()
  }
  // A queue of the function's name is none of its business; its log group does not exist.
  expect(await related('AWS::Lambda::Function', { FunctionName: 'works' })).toEqual(['AWS::IAM::Role'])
  expect(await related('AWS::IAM::Role', { RoleName: 'runs' })).toEqual(['AWS::Lambda::Function'])
  await expect(related('AWS::SQS::Queue', { QueueUrl: url('none') })).rejects.toThrow('is not in the resource scan')
})

test('a scan has the types that are asked for, and what its caller may read', async () => {
  const part = await scan(['AWS::SQS::*'])
  expect(part).toMatchObject({ ResourceTypes: ['AWS::SQS::Queue'], ScanFilters: [{ Types: ['AWS::SQS::*'] }] })
  await expect(scan(['AWS::Nothing::*'])).rejects.toThrow('can be scanned')
  const { ResourceScanSummaries } = await cfn.send(new ListResourceScansCommand({ ScanTypeFilter: 'PARTIAL' }))
  expect(ResourceScanSummaries).toMatchObject([{ ResourceScanId: part.ResourceScanId, ScanType: 'PARTIAL' }])

  const Variables = Object.fromEntries(Array.from({ length: 110 }, (_, i) => [`V${i}`, `other-${i}`]))
  const FunctionName = 'works'
  await node
    .client(LambdaClient)
    .send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }))
  const { ResourceScanId } = await scan(['AWS::Lambda::Function'])
  const related = (times: number) => {
    const one = { ResourceType: 'AWS::Lambda::Function', ResourceIdentifier: { FunctionName } }
    const Resources = Array<typeof one>(times).fill(one)
    return cfn.send(new ListResourceScanRelatedResourcesCommand({ ResourceScanId, Resources }))
  }
  expect(await related(2)).toMatchObject({ RelatedResources: [] })
  await expect(related(100)).rejects.toThrow('Ask about fewer at once')

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'scanner' }))
  const key = (await iam.send(new CreateAccessKeyCommand({ UserName: 'scanner' }))).AccessKey!
  const credentials = { accessKeyId: key.AccessKeyId!, secretAccessKey: key.SecretAccessKey! }
  const limited = node.client(CloudFormationClient, { credentials })
  await expect(scan(['AWS::SQS::Queue'], limited)).rejects.toMatchObject({ name: 'AccessDenied' })
  const Statement = [{ Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'scanner', PolicyName: 'scans', PolicyDocument }))
  const blind = await scan(['AWS::SQS::Queue'], limited)
  expect(blind).toMatchObject({ Status: 'COMPLETE', ResourcesRead: 0 })
})

test('scans are few, repeat under a token, outlive a restart and expire', async () => {
  const token = { ClientRequestToken: 'again' }
  const first = await cfn.send(new StartResourceScanCommand(token))
  expect(await cfn.send(new StartResourceScanCommand(token))).toMatchObject({ ResourceScanId: first.ResourceScanId })
  // One goes on: a second one has to wait, wherever the first has got to.
  await node.restart()
  cfn = node.client(CloudFormationClient)
  const { ResourceScanId } = first
  const status = async () => (await cfn.send(new DescribeResourceScanCommand({ ResourceScanId }))).Status
  while ((await status()) === 'IN_PROGRESS') {}
  expect(await status()).toBe('COMPLETE')
  const queues = ['AWS::SQS::Queue']
  const started = async () =>
    (await cfn.send(new ListResourceScansCommand({ ScanTypeFilter: 'PARTIAL' }))).ResourceScanSummaries!
  while ((await started()).length < 10) await scan(queues)
  await expect(scan(queues)).rejects.toMatchObject({ name: 'ResourceScanLimitExceededException' })
  await scan()
  node.clock.advance(dayMs + 1)
  await scan(queues)
  node.clock.advance(30 * dayMs)
  expect(await status()).toBe('EXPIRED')
  await expect(resourcesOf(ResourceScanId)).rejects.toThrow('EXPIRED')
  await expect(resourcesOf('arn:aws:none')).rejects.toMatchObject({ name: 'ResourceScanNotFoundException' })
})
