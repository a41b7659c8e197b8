import {
  CloudFormationClient,
  CreateStackCommand,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackEventsCommand,
  DescribeStackInstanceCommand,
  DescribeStackSetCommand,
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
  ListStackInstancesCommand,
  ListStackSetOperationsCommand,
  ListStackSetsCommand,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation'
import { IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { account, administrationRole, ended, executionRole } from './cloudformation-stacksets-support.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let west: SQSClient
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  west = node.client(SQSClient, { region: 'eu-west-1' })
  await administrationRole(node.client(IAMClient))
  await executionRole(node.client(IAMClient))
})
afterAll(() => node.close())

const TemplateBody = JSON.stringify({
  Parameters: { Delay: { Type: 'Number', Default: 1 }, Name: { Type: 'String', Default: 'made' } },
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Name' }, DelaySeconds: { Ref: 'Delay' } } },
  },
})
const everywhere = { Accounts: [account], Regions: ['us-east-1', 'eu-west-1'] }
const make = (StackSetName: string, more: object = {}) =>
  cfn.send(new CreateStackSetCommand({ StackSetName, TemplateBody, ...more }))
const value = (ParameterKey: string, ParameterValue: string) => ({ ParameterKey, ParameterValue })
const queueUrl = (name: string) => `${node.endpoint}/${account}/${name}`
const delay = async (sqs: SQSClient, name: string) =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['DelaySeconds'] })))
    .Attributes!.DelaySeconds
const instances = async (StackSetName: string) => {
  const { Summaries } = await cfn.send(new ListStackInstancesCommand({ StackSetName }))
  return Summaries!.map(({ Region, Status, StackInstanceStatus }) => [
    Region,
    Status,
    StackInstanceStatus?.DetailedStatus,
  ])
}

test('a set is made, deployed to two Regions, overridden, updated, and taken apart', async () => {
  const Tags = [{ Key: 'team', Value: 'a' }]
  const { StackSetId } = await make('walk', { Parameters: [value('Name', 'walked')], Tags, Description: 'one' })
  expect(StackSetId).toMatch(/^walk:[0-9a-f-]{36}$/)
  await expect(make('walk')).rejects.toMatchObject({ name: 'NameAlreadyExistsException' })

  const { OperationId } = await cfn.send(
    new CreateStackInstancesCommand({
      StackSetName: 'walk',
      ...everywhere,
      OperationPreferences: { RegionOrder: ['eu-west-1'] },
    }),
  )
  expect(await ended(cfn, 'walk', OperationId)).toEqual({
    status: 'SUCCEEDED',
    results: [`${account} eu-west-1 SUCCEEDED`, `${account} us-east-1 SUCCEEDED`],
    reasons: [],
  })
  expect(await delay(west, 'walked')).toBe('1')
  const { Tags: tags } = await west.send(new ListQueueTagsCommand({ QueueUrl: queueUrl('walked') }))
  expect(tags).toMatchObject({ team: 'a' })
  const where = { StackSetName: 'walk', StackInstanceAccount: account, StackInstanceRegion: 'eu-west-1' }
  const { StackInstance } = await cfn.send(new DescribeStackInstanceCommand(where))
  expect(StackInstance).toMatchObject({
    StackSetId,
    Status: 'CURRENT',
    StackInstanceStatus: { DetailedStatus: 'SUCCEEDED' },
    LastOperationId: OperationId,
    DriftStatus: 'NOT_CHECKED',
    StackId: expect.stringMatching(
      /^arn:aws:cloudformation:eu-west-1:000000000000:stack\/StackSet-walk-[0-9a-f-]{36}\//,
    ),
  })

  const override = await cfn.send(
    new UpdateStackInstancesCommand({
      StackSetName: 'walk',
      Accounts: [account],
      Regions: ['eu-west-1'],
      ParameterOverrides: [value('Delay', '5')],
    }),
  )
  expect(await ended(cfn, 'walk', override.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  expect([await delay(west, 'walked'), await delay(node.client(SQSClient), 'walked')]).toEqual(['5', '1'])
  expect((await cfn.send(new DescribeStackInstanceCommand(where))).StackInstance!.ParameterOverrides).toEqual([
    { ...value('Delay', '5'), UsePreviousValue: false },
  ])

  // One Region alone: the other is out of date then.
  const Parameters = [{ ParameterKey: 'Name', UsePreviousValue: true }, value('Delay', '9')]
  const update = { StackSetName: 'walk', UsePreviousTemplate: true, Parameters }
  const partly = await cfn.send(new UpdateStackSetCommand({ ...update, Accounts: [account], Regions: ['us-east-1'] }))
  expect(await ended(cfn, 'walk', partly.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await instances('walk')).toEqual([
    ['eu-west-1', 'OUTDATED', 'SUCCEEDED'],
    ['us-east-1', 'CURRENT', 'SUCCEEDED'],
  ])
  const wholly = await cfn.send(new UpdateStackSetCommand(update))
  expect(await ended(cfn, 'walk', wholly.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  expect((await instances('walk')).map(([, status]) => status)).toEqual(['CURRENT', 'CURRENT'])
  // What is overridden stays.
  expect([await delay(west, 'walked'), await delay(node.client(SQSClient), 'walked')]).toEqual(['5', '9'])

  const { StackSet } = await cfn.send(new DescribeStackSetCommand({ StackSetName: 'walk' }))
  expect(StackSet).toMatchObject({
    StackSetId,
    StackSetARN: `arn:aws:cloudformation:us-east-1:${account}:stackset/${StackSetId}`,
    Description: 'one',
    Status: 'ACTIVE',
    TemplateBody,
    Tags,
    PermissionModel: 'SELF_MANAGED',
    AdministrationRoleARN: `arn:aws:iam::${account}:role/AWSCloudFormationStackSetAdministrationRole`,
    ExecutionRoleName: 'AWSCloudFormationStackSetExecutionRole',
    Regions: ['eu-west-1', 'us-east-1'],
  })
  const summary = await cfn.send(new GetTemplateSummaryCommand({ StackSetName: 'walk' }))
  expect(summary.ResourceTypes).toEqual(['AWS::SQS::Queue'])

  await expect(cfn.send(new DeleteStackSetCommand({ StackSetName: 'walk' }))).rejects.toMatchObject({
    name: 'StackSetNotEmptyException',
  })
  // One stack is kept, the other deleted.
  const gone = { StackSetName: 'walk', Accounts: [account] }
  const kept = await cfn.send(new DeleteStackInstancesCommand({ ...gone, Regions: ['us-east-1'], RetainStacks: true }))
  expect(await ended(cfn, 'walk', kept.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  const deleted = await cfn.send(
    new DeleteStackInstancesCommand({ ...gone, Regions: ['eu-west-1'], RetainStacks: false }),
  )
  expect(await ended(cfn, 'walk', deleted.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await instances('walk')).toEqual([])
  const left = async (region: string) =>
    (await node.client(CloudFormationClient, { region }).send(new DescribeStacksCommand({}))).Stacks!.length
  expect([await left('us-east-1'), await left('eu-west-1')]).toEqual([1, 0])

  const { Summaries } = await cfn.send(new ListStackSetOperationsCommand({ StackSetName: 'walk' }))
  expect(Summaries!.map(({ Action }) => Action)).toEqual(['DELETE', 'DELETE', 'UPDATE', 'UPDATE', 'UPDATE', 'CREATE'])
  await cfn.send(new DeleteStackSetCommand({ StackSetName: 'walk' }))
  const listed = await cfn.send(new ListStackSetsCommand({ Status: 'DELETED' }))
  expect(listed.Summaries!.map(({ StackSetName }) => StackSetName)).toContain('walk')
  await expect(cfn.send(new DescribeStackSetCommand({ StackSetName: 'walk' }))).rejects.toMatchObject({
    name: 'StackSetNotFoundException',
  })
  expect((await cfn.send(new DescribeStackSetCommand({ StackSetName: StackSetId }))).StackSet!.Status).toBe('DELETED')
  node.clock.advance(91 * 24 * 3_600_000)
  await expect
    .poll(() => cfn.send(new DescribeStackSetCommand({ StackSetName: StackSetId })).catch(({ name }) => name))
    .toBe('StackSetNotFoundException')
  expect((await cfn.send(new ListStackSetsCommand({}))).Summaries).toEqual([])
})

test('a template of a bucket may be longer than one that is given, and the accounts may be listed there', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'sets' }))
  const long = JSON.stringify({ ...JSON.parse(TemplateBody), Metadata: { Long: 'x'.repeat(60_000) } })
  await s3.send(new PutObjectCommand({ Bucket: 'sets', Key: 'long.json', Body: long }))
  await s3.send(new PutObjectCommand({ Bucket: 'sets', Key: 'accounts.csv', Body: `${account},\n` }))
  const at = (key: string) => `${node.endpoint}/sets/${key}`
  await expect(make('long', { TemplateBody: long })).rejects.toMatchObject({ name: 'ValidationError' })
  await make('long', { TemplateBody: undefined, TemplateURL: at('long.json') })
  const DeploymentTargets = { AccountsUrl: at('accounts.csv') }
  const given = { StackSetName: 'long', DeploymentTargets, Regions: ['us-west-2'] }
  const made = await cfn.send(new CreateStackInstancesCommand(given))
  expect(await ended(cfn, 'long', made.OperationId)).toMatchObject({ results: [`${account} us-west-2 SUCCEEDED`] })
  const Parameters = [value('Delay', '2')]
  const changed = await cfn.send(new UpdateStackSetCommand({ ...given, UsePreviousTemplate: true, Parameters }))
  expect(await ended(cfn, 'long', changed.OperationId)).toMatchObject({ results: [`${account} us-west-2 SUCCEEDED`] })
  expect(await delay(node.client(SQSClient, { region: 'us-west-2' }), 'made')).toBe('2')
})

test('a set of a template that can not be deployed is taken back with what it had made', async () => {
  const made = {
    Type: 'AWS::CloudFormation::StackSet',
    Properties: {
      StackSetName: 'in-template',
      PermissionModel: 'SELF_MANAGED',
      TemplateBody,
      Parameters: [value('Name', 'of-template')],
      OperationPreferences: { RegionOrder: ['us-east-1', 'eu-west-1'] },
      StackInstancesGroup: [{ DeploymentTargets: { Accounts: [account, '111111111111'] }, Regions: ['us-east-1'] }],
    },
  }
  const body = JSON.stringify({ Resources: { Set: made } })
  await cfn.send(new CreateStackCommand({ StackName: 'holder', TemplateBody: body }))
  expect((await settledStack(cfn, 'holder')).StackStatus).toBe('ROLLBACK_COMPLETE')
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: 'holder' }))
  const failed = StackEvents!.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  expect(failed!.ResourceStatusReason).toMatch(/was unexpectedly stopped or failed.*Account: \[111111111111\]/)
  await expect(cfn.send(new DescribeStackSetCommand({ StackSetName: 'in-template' }))).rejects.toMatchObject({
    name: 'StackSetNotFoundException',
  })
})
