import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  ExecuteChangeSetCommand,
  GetTemplateSummaryCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let sqs: SQSClient
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

const bucket = (name: string, more: object = {}) => ({
  Type: 'AWS::S3::Bucket',
  DeletionPolicy: 'Retain',
  Properties: { BucketName: name },
  ...more,
})
const queue = (properties: object, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  DeletionPolicy: 'Delete',
  Properties: properties,
  ...more,
})
const body = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more })
const urlOf = (name: string) => `${node.endpoint}/000000000000/${name}`
const named = (LogicalResourceId: string, ResourceType: string, ResourceIdentifier: Record<string, string>) => ({
  LogicalResourceId,
  ResourceType,
  ResourceIdentifier,
})
const changeSet = (input: Partial<CreateChangeSetCommandInput> & { StackName: string }) =>
  cfn.send(
    new CreateChangeSetCommand({
      ChangeSetName: 'set',
      ChangeSetType: 'IMPORT',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      ...input,
    }),
  )
const described = (StackName: string) => cfn.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'set' }))
const execute = async (StackName: string) => {
  await cfn.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: 'set' }))
  return settledStack(cfn, StackName)
}
const eventsOf = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName })))
    .StackEvents!.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`)
    .reverse()

test('a new stack is made of what is there, which Ref and Fn::GetAtt of later updates answer', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'old-bucket' }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'old-queue' }))
  const there = { Bucket: bucket('old-bucket'), Queue: queue({ QueueName: 'old-queue', DelaySeconds: 7 }) }
  const { ResourceIdentifierSummaries } = await cfn.send(new GetTemplateSummaryCommand({ TemplateBody: body(there) }))
  expect(ResourceIdentifierSummaries).toEqual([
    { ResourceType: 'AWS::S3::Bucket', LogicalResourceIds: ['Bucket'], ResourceIdentifiers: ['BucketName'] },
    { ResourceType: 'AWS::SQS::Queue', LogicalResourceIds: ['Queue'], ResourceIdentifiers: ['QueueUrl'] },
  ])
  const ResourcesToImport = [
    named('Bucket', 'AWS::S3::Bucket', { BucketName: 'old-bucket' }),
    named('Queue', 'AWS::SQS::Queue', { QueueUrl: urlOf('old-queue') }),
  ]
  await changeSet({ StackName: 'adopted', TemplateBody: body(there), ResourcesToImport })
  const { Status, Changes } = await described('adopted')
  expect(Status).toBe('CREATE_COMPLETE')
  expect(
    Changes!.map(({ ResourceChange: one }) => [one?.Action, one?.LogicalResourceId, one?.PhysicalResourceId]),
  ).toEqual([
    ['Import', 'Bucket', 'old-bucket'],
    ['Import', 'Queue', urlOf('old-queue')],
  ])
  expect((await execute('adopted')).StackStatus).toBe('IMPORT_COMPLETE')
  const events = await eventsOf('adopted')
  expect(events[1]).toBe('adopted IMPORT_IN_PROGRESS')
  expect(events.at(-1)).toBe('adopted IMPORT_COMPLETE')
  expect(events.filter((line) => line.startsWith('Queue '))).toEqual([
    'Queue IMPORT_IN_PROGRESS',
    'Queue IMPORT_COMPLETE',
  ])

  const Outputs = {
    Arn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
    Domain: { Value: { 'Fn::GetAtt': ['Bucket', 'DomainName'] } },
  }
  const changed = { ...there, Queue: queue({ QueueName: 'old-queue', DelaySeconds: 9 }) }
  await cfn.send(new UpdateStackCommand({ StackName: 'adopted', TemplateBody: body(changed, { Outputs }) }))
  const updated = await settledStack(cfn, 'adopted')
  expect(updated.StackStatus).toBe('UPDATE_COMPLETE')
  expect(Object.fromEntries(updated.Outputs!.map((one) => [one.OutputKey, one.OutputValue]))).toEqual({
    Arn: 'arn:aws:sqs:us-east-1:000000000000:old-queue',
    Domain: 'old-bucket.s3.amazonaws.com',
  })
  const home = await cfn.send(new DescribeStackResourcesCommand({ PhysicalResourceId: 'old-bucket' }))
  expect(home.StackResources!.map(({ StackName, LogicalResourceId }) => [StackName, LogicalResourceId])).toEqual([
    ['adopted', 'Bucket'],
    ['adopted', 'Queue'],
  ])

  // Another stack can't have them too, unless this one lets them go.
  const again = { StackName: 'other', TemplateBody: body({ Mine: there.Bucket }) }
  const Mine = [named('Mine', 'AWS::S3::Bucket', { BucketName: 'old-bucket' })]
  await changeSet({ ...again, ResourcesToImport: Mine })
  expect(await described('other')).toMatchObject({
    Status: 'FAILED',
    StatusReason: "Resource of type 'AWS::S3::Bucket' with identifier 'old-bucket' already belongs to a stack.",
  })
  await cfn.send(new DeleteStackCommand({ StackName: 'adopted' }))
  await expect(settledStack(cfn, 'adopted')).rejects.toThrow('does not exist')
  await s3.send(new HeadBucketCommand({ Bucket: 'old-bucket' }))
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'old-queue' }))).rejects.toThrow()
  await changeSet({ ...again, ChangeSetName: 'second', ResourcesToImport: Mine })
  await cfn.send(new ExecuteChangeSetCommand({ StackName: 'other', ChangeSetName: 'second' }))
  expect((await settledStack(cfn, 'other')).StackStatus).toBe('IMPORT_COMPLETE')
})

test('what is there joins a stack that has more; what changes besides is refused', async () => {
  const dynamodb = node.client(DynamoDBClient)
  const table = {
    TableName: 'old-table',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  }
  await dynamodb.send(new CreateTableCommand(table))
  await node.client(IAMClient).send(new CreateRoleCommand({ RoleName: 'old-role', AssumeRolePolicyDocument: trust }))
  const First = queue({ QueueName: 'first' })
  await cfn.send(new CreateStackCommand({ StackName: 'joined', TemplateBody: body({ First }) }))
  await settledStack(cfn, 'joined')
  const Table = { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', Properties: table }
  const Role = {
    Type: 'AWS::IAM::Role',
    DeletionPolicy: 'Retain',
    Properties: { RoleName: 'old-role', AssumeRolePolicyDocument: JSON.parse(trust) },
  }
  const ResourcesToImport = [
    named('Table', 'AWS::DynamoDB::Table', { TableName: 'old-table' }),
    named('Role', 'AWS::IAM::Role', { RoleName: 'old-role' }),
  ]
  const refused = (Resources: object, more: object = {}, named: object[] = ResourcesToImport) =>
    changeSet({ StackName: 'joined', TemplateBody: body(Resources, more), ResourcesToImport: named as [] }).catch(
      ({ name, message }: Error) => `${name}: ${message}`,
    )
  const all = { First, Table, Role }
  expect(await refused({ ...all, First: queue({ QueueName: 'first', DelaySeconds: 1 }) })).toBe(
    'ValidationError: You have modified resources [First] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.',
  )
  expect(await refused({ ...all, More: queue({}) })).toContain('[More]')
  expect(await refused({ Table, Role })).toContain('[First]')
  expect(await refused(all, { Outputs: { One: { Value: 'x' } } })).toBe(
    'ValidationError: As part of the import operation, you cannot modify or add [Outputs]',
  )
  expect(await refused({ ...all, Table: { ...Table, DeletionPolicy: undefined } })).toBe(
    'ValidationError: The following resources to import [Table] must have DeletionPolicy attribute specified in the template.',
  )
  const one = (...given: Parameters<typeof named>) => refused(all, {}, [named(...given)])
  expect(await one('Table', 'AWS::DynamoDB::Table', { Arn: 'x' })).toContain('[TableName]')
  expect(await one('Table', 'AWS::DynamoDB::Table', { TableName: 'x' })).toContain('but old-table in the template')
  expect(await one('Nope', 'AWS::DynamoDB::Table', { TableName: 'x' })).toContain('not in the template')
  const wait = { Wait: { Type: 'AWS::CloudFormation::WaitConditionHandle', DeletionPolicy: 'Delete' } }
  const handle = [named('Wait', 'AWS::CloudFormation::WaitConditionHandle', { Id: 'x' })]
  expect(await refused({ ...all, ...wait }, {}, handle)).toContain('not supported for resource import')
  await expect(changeSet({ StackName: 'joined', TemplateBody: body(all) })).rejects.toThrow('must be specified')
  await expect(
    changeSet({ StackName: 'joined', TemplateBody: body(all), ChangeSetType: 'UPDATE', ResourcesToImport }),
  ).rejects.toThrow('only be specified')

  await changeSet({ StackName: 'joined', TemplateBody: body(all), ResourcesToImport })
  expect((await execute('joined')).StackStatus).toBe('IMPORT_COMPLETE')
  const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: 'joined' }))
  expect(
    StackResourceSummaries!.map((item) => [item.LogicalResourceId, item.PhysicalResourceId, item.ResourceStatus]),
  ).toEqual([
    ['First', urlOf('first'), 'CREATE_COMPLETE'],
    ['Role', 'old-role', 'IMPORT_COMPLETE'],
    ['Table', 'old-table', 'IMPORT_COMPLETE'],
  ])
})

test('an import of what is gone by then is taken back, and nothing that is there is touched', async () => {
  await sqs.send(new CreateQueueCommand({ QueueName: 'stays' }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'goes' }))
  const Resources = {
    Stays: queue({ QueueName: 'stays' }),
    Goes: queue({ QueueName: 'goes' }, { DependsOn: 'Stays' }),
  }
  const ResourcesToImport = ['Stays', 'Goes'].map((id) =>
    named(id, 'AWS::SQS::Queue', { QueueUrl: urlOf(id.toLowerCase()) }),
  )
  await changeSet({ StackName: 'fails', TemplateBody: body(Resources), ResourcesToImport })
  await sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf('goes') }))
  expect(await execute('fails')).toMatchObject({ StackStatus: 'IMPORT_ROLLBACK_COMPLETE' })
  expect((await eventsOf('fails')).slice(2)).toEqual([
    'Stays IMPORT_IN_PROGRESS',
    'Stays IMPORT_COMPLETE',
    'Goes IMPORT_IN_PROGRESS',
    'Goes IMPORT_FAILED',
    'fails IMPORT_ROLLBACK_IN_PROGRESS',
    'Goes IMPORT_ROLLBACK_IN_PROGRESS',
    'Goes IMPORT_ROLLBACK_COMPLETE',
    'Stays IMPORT_ROLLBACK_IN_PROGRESS',
    'Stays IMPORT_ROLLBACK_COMPLETE',
    'fails IMPORT_ROLLBACK_COMPLETE',
  ])
  await sqs.send(new GetQueueUrlCommand({ QueueName: 'stays' }))
  // It is nobody's again.
  await changeSet({
    StackName: 'takes-one',
    TemplateBody: body({ Stays: Resources.Stays }),
    ResourcesToImport: [ResourcesToImport[0]!],
  })
  expect((await execute('takes-one')).StackStatus).toBe('IMPORT_COMPLETE')
})

test('with ImportExistingResources, what exists under the name in the template is taken over, the rest is made', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'found-bucket' }))
  const Resources = { Bucket: bucket('found-bucket'), Queue: queue({ QueueName: 'made-beside' }) }
  const input = { ChangeSetType: 'CREATE' as const, ImportExistingResources: true }
  const bare = { ...Resources, Bucket: { ...Resources.Bucket, DeletionPolicy: 'Delete' } }
  await changeSet({ ...input, StackName: 'finds', ChangeSetName: 'bare', TemplateBody: body(bare) })
  const failed = await cfn.send(new DescribeChangeSetCommand({ StackName: 'finds', ChangeSetName: 'bare' }))
  expect(failed.StatusReason).toContain('The affected resources are Bucket ({BucketName=found-bucket})')

  const fails = { ...Resources, Queue: queue({ QueueName: 'made-beside', VisibilityTimeout: 99_999 }) }
  await changeSet({ ...input, StackName: 'finds', TemplateBody: body(fails) })
  expect((await execute('finds')).StackStatus).toBe('ROLLBACK_COMPLETE')
  await s3.send(new HeadBucketCommand({ Bucket: 'found-bucket' }))
  await cfn.send(new DeleteStackCommand({ StackName: 'finds' }))

  await changeSet({ ...input, StackName: 'finds-2', TemplateBody: body(Resources) })
  const { Changes } = await described('finds-2')
  expect(Changes!.map(({ ResourceChange }) => ResourceChange?.Action)).toEqual(['Import', 'Add'])
  expect((await execute('finds-2')).StackStatus).toBe('CREATE_COMPLETE')
  expect((await describeStack(cfn, 'finds-2')).StackStatus).toBe('CREATE_COMPLETE')
})

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
