import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateGeneratedTemplateCommand,
  type CreateGeneratedTemplateCommandInput,
  CreateStackCommand,
  DeleteGeneratedTemplateCommand,
  DescribeChangeSetCommand,
  DescribeGeneratedTemplateCommand,
  DescribeStackDriftDetectionStatusCommand,
  DetectStackDriftCommand,
  ExecuteChangeSetCommand,
  GetGeneratedTemplateCommand,
  ListGeneratedTemplatesCommand,
  UpdateGeneratedTemplateCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let sqs: SQSClient
const queueUrl = (name: string) => `${node.endpoint}/000000000000/${name}`
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

const settled = async (GeneratedTemplateName: string) => {
  for (;;) {
    const found = await cfn.send(new DescribeGeneratedTemplateCommand({ GeneratedTemplateName }))
    if (!found.Status!.endsWith('_IN_PROGRESS')) return found
  }
}
const generated = async (input: CreateGeneratedTemplateCommandInput) => {
  await cfn.send(new CreateGeneratedTemplateCommand(input))
  return settled(input.GeneratedTemplateName!)
}
const bodyOf = async (GeneratedTemplateName: string) =>
  (await cfn.send(new GetGeneratedTemplateCommand({ GeneratedTemplateName }))).TemplateBody!
const queue = (name: string, LogicalResourceId?: string) => ({
  ...{ ResourceType: 'AWS::SQS::Queue', LogicalResourceId },
  ResourceIdentifier: { QueueUrl: queueUrl(name) },
})

test('what is there becomes a template that a stack takes it over with', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'there' }))
  await s3.send(new PutBucketTaggingCommand({ Bucket: 'there', Tagging: { TagSet: [{ Key: 'team', Value: 'one' }] } }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'there-dlq' }))
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:there-dlq'
  const Attributes = { DelaySeconds: '7', RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }) }
  await sqs.send(new CreateQueueCommand({ QueueName: 'there', Attributes, tags: { team: 'one' } }))
  await node.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: 'there',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  const role = await makeRole(node, 'there', [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }])
  await makeFunction(node.client(LambdaClient), 'there', role, 'exports.handler = async () => 1')

  const found = await generated({
    GeneratedTemplateName: 'all',
    Resources: [
      { ResourceType: 'AWS::S3::Bucket', ResourceIdentifier: { BucketName: 'there' } },
      queue('there', 'Queue'),
      queue('there-dlq', 'Dead'),
      { ResourceType: 'AWS::DynamoDB::Table', LogicalResourceId: 'Table', ResourceIdentifier: { TableName: 'there' } },
      { ResourceType: 'AWS::IAM::Role', LogicalResourceId: 'Role', ResourceIdentifier: { RoleName: 'there' } },
      {
        ResourceType: 'AWS::Lambda::Function',
        LogicalResourceId: 'Function',
        ResourceIdentifier: { FunctionName: 'there' },
      },
    ],
  })
  expect([found.Status, found.StatusReason]).toEqual(['COMPLETE', undefined])
  expect(found.Progress).toMatchObject({ ResourcesSucceeded: 6, ResourcesFailed: 0, ResourcesPending: 0 })
  const code = found.Resources!.find((one) => one.LogicalResourceId === 'Function')!.Warnings!
  expect(code[0]).toMatchObject({
    Type: 'MUTUALLY_EXCLUSIVE_PROPERTIES',
    Properties: [{ PropertyPath: 'Code/S3Bucket' }, { PropertyPath: 'Code/S3Key' }],
  })
  const text = await bodyOf('all')
  const yaml = await cfn.send(new GetGeneratedTemplateCommand({ GeneratedTemplateName: 'all', Format: 'YAML' }))
  expect(parse(yaml.TemplateBody!, { version: '1.1' })).toEqual(JSON.parse(text))
  const { Resources, Parameters, Metadata } = JSON.parse(text)
  expect(Metadata.TemplateId).toBe(found.GeneratedTemplateId)
  const bucket = Object.keys(Resources).find((id) => Resources[id].Type === 'AWS::S3::Bucket')!
  expect(bucket).toMatch(/^S3Bucket00there00/)
  expect(Resources[bucket]).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { BucketName: 'there', Tags: [{ Key: 'team', Value: 'one' }] },
  })
  expect(Resources.Queue.Properties).toMatchObject({
    QueueName: 'there',
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
    Tags: [{ Key: 'team', Value: 'one' }],
  })
  expect(Resources.Function.Properties.Role).toEqual({ 'Fn::GetAtt': ['Role', 'Arn'] })
  const names = Object.keys(Parameters)
  expect(names.every((name) => name.includes('OneOf') && Parameters[name].NoEcho)).toBe(true)

  await cfn.send(
    new CreateChangeSetCommand({
      ...{ StackName: 'taken', ChangeSetName: 'set', ChangeSetType: 'IMPORT', TemplateBody: text },
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: names.map((ParameterKey) => ({ ParameterKey, ParameterValue: 'unknown' })),
      ResourcesToImport: found.Resources!.map(({ ResourceType, LogicalResourceId, ResourceIdentifier }) => ({
        ...{ ResourceType, LogicalResourceId, ResourceIdentifier },
      })),
    }),
  )
  const set = { StackName: 'taken', ChangeSetName: 'set' }
  expect((await cfn.send(new DescribeChangeSetCommand(set))).StatusReason).toBeUndefined()
  await cfn.send(new ExecuteChangeSetCommand(set))
  expect((await settledStack(cfn, 'taken')).StackStatus).toBe('IMPORT_COMPLETE')
  const { StackDriftDetectionId } = await cfn.send(new DetectStackDriftCommand({ StackName: 'taken' }))
  for (;;) {
    const drift = await cfn.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }))
    if (drift.DetectionStatus === 'DETECTION_IN_PROGRESS') continue
    expect(drift).toMatchObject({ DetectionStatus: 'DETECTION_COMPLETE', StackDriftStatus: 'IN_SYNC' })
    break
  }
})

test('a generated template is changed, fails by what is gone, and is deleted', async () => {
  for (const QueueName of ['one', 'two']) await sqs.send(new CreateQueueCommand({ QueueName }))
  const input = { GeneratedTemplateName: 'mine', Resources: [queue('one', 'One')] }
  const TemplateConfiguration = { DeletionPolicy: 'DELETE', UpdateReplacePolicy: 'DELETE' } as const
  await generated({ ...input, TemplateConfiguration })
  await expect(generated(input)).rejects.toMatchObject({ name: 'AlreadyExistsException' })
  const update = async (more: object, name = 'mine') => {
    await cfn.send(new UpdateGeneratedTemplateCommand({ GeneratedTemplateName: name, ...more }))
    return settled('other')
  }
  const added = await update({ NewGeneratedTemplateName: 'other', AddResources: [queue('two', 'Two')] })
  expect(added).toMatchObject({ Status: 'COMPLETE', TemplateConfiguration })
  expect(JSON.parse(await bodyOf('other')).Resources).toMatchObject({ One: {}, Two: { DeletionPolicy: 'Delete' } })
  await expect(update({ RemoveResources: ['Three'] }, 'other')).rejects.toThrow('Resource Three is not in')

  await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl('two') }))
  const failed = await update({ RefreshAllResources: true }, 'other')
  expect([failed.Status, failed.Progress!.ResourcesFailed]).toEqual(['FAILED', 1])
  // What was complete is still to be had.
  expect(Object.keys(JSON.parse(await bodyOf('other')).Resources)).toEqual(['One', 'Two'])
  await update({ RemoveResources: ['Two'] }, added.GeneratedTemplateId)
  await node.restart()
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
  expect(Object.keys(JSON.parse(await bodyOf('other')).Resources)).toEqual(['One'])
  const { Summaries } = await cfn.send(new ListGeneratedTemplatesCommand({}))
  expect(Summaries!.map((one) => [one.GeneratedTemplateName, one.NumberOfResources])).toEqual([
    ['all', 6],
    ['other', 1],
  ])
  await cfn.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName: 'other' }))
  await expect(bodyOf('other')).rejects.toMatchObject({ name: 'GeneratedTemplateNotFoundException' })
})

test('what cannot be in a template is refused by name', async () => {
  const refused = async (one: { ResourceType: string; ResourceIdentifier: Record<string, string> }) =>
    generated({ GeneratedTemplateName: 'wrong', Resources: [one] }).catch((error: Error) => error.message)
  expect(await refused({ ResourceType: 'AWS::Lambda::Permission', ResourceIdentifier: { Id: 'a' } })).toContain(
    'cannot be in',
  )
  expect(await refused({ ResourceType: 'AWS::SQS::Queue', ResourceIdentifier: { Name: 'a' } })).toContain('[QueueUrl]')
  expect(await generated({ GeneratedTemplateName: 'empty' })).toMatchObject({ Status: 'COMPLETE' })
  const none = { GeneratedTemplateName: 'based', StackName: 'none' }
  await expect(generated(none)).rejects.toThrow('Stack [none] does not exist')
})

test('resources are added to the template of a stack, which then takes them over', async () => {
  const TemplateBody = `
Parameters: {Delay: {Type: Number, Default: 7}}
Resources:
  Base: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}`
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName: 'base', TemplateBody }))
  await settledStack(cfn, 'base')
  await sqs.send(new CreateQueueCommand({ QueueName: 'beside' }))
  const onBase = (GeneratedTemplateName: string, id: string) =>
    generated({ GeneratedTemplateName, StackName: 'base', Resources: [queue('beside', id)] })
  expect(await onBase('twice', 'Base')).toMatchObject({
    ...{ Status: 'FAILED', StatusReason: 'Resource Base is in the template of the stack already.' },
  })
  expect(await onBase('based', 'Beside')).toMatchObject({ Status: 'COMPLETE', StackId })
  const text = await bodyOf('based')
  expect(JSON.parse(text)).toMatchObject({
    Parameters: { Delay: { Default: 7 } },
    Resources: { Base: { Properties: { DelaySeconds: { Ref: 'Delay' } } }, Beside: { DeletionPolicy: 'Retain' } },
  })
  const set = { StackName: 'base', ChangeSetName: 'add' }
  await cfn.send(
    new CreateChangeSetCommand({
      ...{ ...set, ChangeSetType: 'IMPORT', TemplateBody: text },
      ResourcesToImport: [
        {
          ...{ ResourceType: 'AWS::SQS::Queue', LogicalResourceId: 'Beside' },
          ResourceIdentifier: { QueueUrl: queueUrl('beside') },
        },
      ],
    }),
  )
  expect((await cfn.send(new DescribeChangeSetCommand(set))).StatusReason).toBeUndefined()
  await cfn.send(new ExecuteChangeSetCommand(set))
  expect((await settledStack(cfn, 'base')).StackStatus).toBe('IMPORT_COMPLETE')

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'generator' }))
  const key = (await iam.send(new CreateAccessKeyCommand({ UserName: 'generator' }))).AccessKey!
  const Statement = [{ Effect: 'Allow', Action: 'cloudformation:CreateGeneratedTemplate', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'generator', PolicyName: 'makes', PolicyDocument }))
  const credentials = { accessKeyId: key.AccessKeyId!, secretAccessKey: key.SecretAccessKey! }
  const limited = node.client(CloudFormationClient, { credentials })
  await limited.send(new CreateGeneratedTemplateCommand({ GeneratedTemplateName: 'own' }))
  const peeking = new CreateGeneratedTemplateCommand({ GeneratedTemplateName: 'peek', StackName: 'base' })
  await expect(limited.send(peeking)).rejects.toMatchObject({ name: 'AccessDenied' })
})
