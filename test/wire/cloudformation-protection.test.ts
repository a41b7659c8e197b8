import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  GetStackPolicyCommand,
  SetStackPolicyCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let sqs: SQSClient
let ssm: SSMClient

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
  ssm = node.client(SSMClient)
})
afterAll(async () => {
  for (const client of [cfn, sqs, ssm]) client.destroy()
  await node.close()
})

const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
async function create(StackName: string, TemplateBody: string, rest: Partial<CreateStackCommandInput> = {}) {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody, ...rest }))
  return settled(StackName)
}
async function update(StackName: string, TemplateBody: string, rest: Partial<UpdateStackCommandInput> = {}) {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody, ...rest }))
  return settled(StackName)
}
const events = async (StackName: string) => (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!
const reasons = async (StackName: string) =>
  (await events(StackName)).map(({ ResourceStatusReason }) => ResourceStatusReason ?? '')
const attributesOf = async (QueueName: string) => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
  return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes!
}

const queues = (a: string, b = 'B: {Type: AWS::SQS::Queue}') => `
Resources:
  A: {Type: AWS::SQS::Queue, Properties: ${a}}
  ${b}`
const policy = (...Statement: object[]) =>
  JSON.stringify({ Statement: Statement.map((each) => ({ Effect: 'Allow', Principal: '*', ...each })) })
const everything = { Action: 'Update:*', Resource: '*' }

test('a stack policy decides what updates may change, replace and delete', async () => {
  const first = queues('{QueueName: policied, DelaySeconds: 1}')
  const StackPolicyBody = policy(everything, {
    Effect: 'Deny',
    Action: ['Update:Replace', 'Update:Delete'],
    Resource: 'LogicalResourceId/*',
    Condition: { StringLike: { ResourceType: ['AWS::SQS::*'] } },
  })
  expect(await create('policied', first, { StackPolicyBody })).toBe('CREATE_COMPLETE')
  const got = await cfn.send(new GetStackPolicyCommand({ StackName: 'policied' }))
  expect(got.StackPolicyBody).toBe(StackPolicyBody)

  expect(await update('policied', queues('{QueueName: policied, DelaySeconds: 2}'))).toBe('UPDATE_COMPLETE')
  expect(await update('policied', queues('{QueueName: moved}'))).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await reasons('policied')).toContain(
    'Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/A]',
  )
  expect(await update('policied', queues('{QueueName: policied, DelaySeconds: 3}', ''))).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  )
  expect(await attributesOf('policied')).toMatchObject({ DelaySeconds: '2' })

  const StackPolicyDuringUpdateBody = policy(everything)
  expect(await update('policied', queues('{QueueName: moved}'), { StackPolicyDuringUpdateBody })).toBe(
    'UPDATE_COMPLETE',
  )
  // Only for that update: the stack's own policy holds again.
  expect(await update('policied', queues('{QueueName: again}'))).toBe('UPDATE_ROLLBACK_COMPLETE')

  await cfn.send(
    new SetStackPolicyCommand({
      StackName: 'policied',
      StackPolicyBody: policy({ ...everything, Resource: 'LogicalResourceId/B' }),
    }),
  )
  expect(await update('policied', queues('{QueueName: moved, DelaySeconds: 9}'))).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await reasons('policied')).toContainEqual(expect.stringContaining('not allowed by stack policy'))
  const bad = new SetStackPolicyCommand({
    StackName: 'policied',
    StackPolicyBody: '{"Statement":[{"Effect":"Allow"}]}',
  })
  await expect(cfn.send(bad)).rejects.toThrow('Error validating stack policy')
})

test('parameters that Parameter Store keeps are read when the stack is made or changed', async () => {
  const put = (Value: string) =>
    ssm.send(new PutParameterCommand({ Name: '/delay', Value, Type: 'String', Overwrite: true }))
  await put('11')
  const template = (name: string) => `
Parameters:
  Delay: {Type: 'AWS::SSM::Parameter::Value<String>', Default: ${name}}
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: stored, DelaySeconds: !Ref Delay}}`
  expect(await create('stored', template('/delay'))).toBe('CREATE_COMPLETE')
  expect(await attributesOf('stored')).toMatchObject({ DelaySeconds: '11' })
  expect((await stackOf('stored')).Parameters).toEqual([
    { ParameterKey: 'Delay', ParameterValue: '/delay', ResolvedValue: '11' },
  ])
  await put('12')
  expect(await update('stored', template('/delay'))).toBe('UPDATE_COMPLETE')
  expect(await attributesOf('stored')).toMatchObject({ DelaySeconds: '12' })
  await expect(create('missing', template('/missing'))).rejects.toThrow(
    'Unable to fetch parameters [/missing] from parameter store for this account.',
  )
})

test('a template as cdk synthesises it asks for the version of its bootstrap, and gets an answer', async () => {
  const synthesised = {
    Resources: { Queue: { Type: 'AWS::SQS::Queue', Metadata: { 'aws:cdk:path': 'Stack/Queue/Resource' } } },
    Parameters: {
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
    },
    Rules: {
      CheckBootstrapVersion: {
        Assertions: [
          {
            Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2', '3', '4', '5'], { Ref: 'BootstrapVersion' }] }] },
            AssertDescription: 'Version 6 of the bootstrap stack is required.',
          },
        ],
      },
    },
  }
  const Name = '/cdk-bootstrap/hnb659fds/version'
  const version = (Value: string) => ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }))
  await version('5')
  await expect(create('cdk', JSON.stringify(synthesised))).rejects.toThrow('Version 6 of the bootstrap stack is')
  await version('28')
  expect(await create('cdk', JSON.stringify(synthesised))).toBe('CREATE_COMPLETE')
})

test('dynamic references are resolved on use, and shown nowhere', async () => {
  const secrets = node.client(SecretsManagerClient)
  await secrets.send(new CreateSecretCommand({ Name: 'app', SecretString: '{"delay":"21","name":"hidden-name"}' }))
  await secrets.send(new CreateSecretCommand({ Name: 'long', SecretString: 'x'.repeat(60_000) }))
  secrets.destroy()
  await ssm.send(new PutParameterCommand({ Name: 'retention', Value: '70', Type: 'String' }))
  const properties = [
    "QueueName: 'q-{{resolve:secretsmanager:app:SecretString:name}}'",
    "DelaySeconds: '{{resolve:secretsmanager:app:SecretString:delay}}'",
    "MessageRetentionPeriod: '{{resolve:ssm:retention:1}}'",
  ]
  const template = `Resources: {A: {Type: AWS::SQS::Queue, Properties: {${properties.join(', ')}}}}`
  expect(await create('dynamic', template)).toBe('CREATE_COMPLETE')
  expect(await attributesOf('q-hidden-name')).toMatchObject({ DelaySeconds: '21', MessageRetentionPeriod: '70' })
  expect((await events('dynamic')).map(({ ResourceProperties }) => ResourceProperties ?? '').join()).not.toContain(
    '"q-hidden',
  )

  const of = (reference: string) =>
    `Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: '{{resolve:${reference}}}'}}}`
  expect(await create('nokey', of('secretsmanager:app:SecretString:other'))).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('nokey')).toContainEqual(expect.stringContaining('JSON key other'))
  const many = of('secretsmanager:long').replace(/\{\{.*?\}\}/, (one) => one.repeat(1_000))
  expect(await create('toolong', many)).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('toolong')).toContainEqual(expect.stringContaining('may not stand for more than'))
  expect(await create('noparameter', of('ssm:missing'))).toBe('ROLLBACK_COMPLETE')
  await expect(create('wrong', of('ssm'))).rejects.toThrow('Invalid dynamic reference {{resolve:ssm}}')
  await expect(create('wrong', of('ssm-secure:x'))).rejects.toThrow(
    'SSM Secure reference is not supported in: [AWS::SQS::Queue/Properties/QueueName]',
  )
})

test('what exists already is not taken over', async () => {
  await sqs.send(new CreateQueueCommand({ QueueName: 'taken' }))
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'taken' }))
  s3.destroy()
  for (const [type, property] of [
    ['SQS::Queue', 'QueueName'],
    ['S3::Bucket', 'BucketName'],
  ] as const) {
    const name = `taken-${property}`.toLowerCase()
    expect(await create(name, `Resources: {A: {Type: AWS::${type}, Properties: {${property}: taken}}}`)).toBe(
      'ROLLBACK_COMPLETE',
    )
    expect(await reasons(name)).toContainEqual(expect.stringContaining('HandlerErrorCode: AlreadyExists'))
  }
  // And the rollback has left them alone.
  expect(await attributesOf('taken')).toBeDefined()
})

test('a change set with a policied, stored and dynamic stack is looked at like any', async () => {
  const set = await cfn.send(
    new CreateChangeSetCommand({
      StackName: 'stored',
      ChangeSetName: 'same',
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'Delay', UsePreviousValue: true }],
    }),
  )
  const found = await cfn.send(new DescribeChangeSetCommand({ ChangeSetName: set.Id! }))
  expect(found).toMatchObject({ Status: 'FAILED', Parameters: [{ ResolvedValue: '12' }] })
})
