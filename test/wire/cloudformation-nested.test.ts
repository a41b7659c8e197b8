import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let s3: S3Client
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  s3 = node.client(S3Client)
  sqs = node.client(SQSClient)
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }))
})
afterAll(async () => {
  for (const client of [cfn, s3, sqs]) client.destroy()
  await node.close()
})

const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
async function create(StackName: string, TemplateBody: string, rest: Partial<CreateStackCommandInput> = {}) {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody, ...rest }))
  return settled(StackName)
}
async function update(StackName: string, TemplateBody: string) {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody }))
  return settled(StackName)
}
const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body }))
const childOf = async (StackName: string, logicalId = 'Child') => {
  const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName }))
  return StackResourceSummaries!.find((each) => each.LogicalResourceId === logicalId)!.PhysicalResourceId!
}
const delays = async (QueueNamePrefix: string) => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix }))
  const found = QueueUrls.map(async (QueueUrl) => {
    const AttributeNames = ['DelaySeconds'] as const
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    )
    return Attributes!.DelaySeconds
  })
  return Promise.all(found)
}
const reasons = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!.flatMap(
    ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      ResourceStatusReason ? [`${LogicalResourceId} ${ResourceStatus}: ${ResourceStatusReason}`] : [],
  )

const child = (delay: string) => `
Parameters: {Delay: {Type: Number, Default: 1}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: ${delay}}}
Outputs:
  Name: {Value: !GetAtt Q.QueueName}
  Delay: {Value: !Ref Delay}`
const parent = (key: string, more = '') => `
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://s3.amazonaws.com/templates/${key}
      Parameters: {Delay: 7}
      Tags: [{Key: own, Value: child}]
${more}
Outputs:
  Name: {Value: !GetAtt Child.Outputs.Name}
  Child: {Value: !Ref Child}`

test('a nested stack is made, changed when its template has changed, and deleted with its parent', async () => {
  await put('life.yml', child('!Ref Delay'))
  const tags = { Tags: [{ Key: 'team', Value: 'x' }] }
  expect(await create('life', parent('life.yml'), tags)).toBe('CREATE_COMPLETE')
  const made = await stackOf('life')
  const inner = await stackOf(await childOf('life'))
  expect(inner).toMatchObject({
    StackName: expect.stringMatching(/^life-Child-[A-Z0-9]{12}$/),
    StackStatus: 'CREATE_COMPLETE',
    ParentId: made.StackId,
    RootId: made.StackId,
    Parameters: [{ ParameterKey: 'Delay', ParameterValue: '7' }],
    Tags: expect.arrayContaining([
      { Key: 'team', Value: 'x' },
      { Key: 'own', Value: 'child' },
    ]),
  })
  expect(made.Outputs).toContainEqual({ OutputKey: 'Child', OutputValue: inner.StackId })
  expect(made.RootId).toBeUndefined()
  expect(await delays('life-Child')).toEqual(['7'])

  // The same URL, another template: the parent's template has not changed.
  await put('life.yml', child('12'))
  expect(await update('life', parent('life.yml'))).toBe('UPDATE_COMPLETE')
  expect(await delays('life-Child')).toEqual(['12'])

  await cfn.send(new DeleteStackCommand({ StackName: 'life' }))
  expect(await settled(made.StackId!)).toBe('DELETE_COMPLETE')
  expect((await stackOf(inner.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  expect(await delays('life-Child')).toEqual([])
})

test('when the parent fails, the nested stack gets back the template that it had', async () => {
  await put('back.yml', child('3'))
  expect(await create('back', parent('back.yml'))).toBe('CREATE_COMPLETE')
  await put('back.yml', child('4'))
  const bad = '  Bad: {Type: AWS::SQS::Queue, DependsOn: Child, Properties: {QueueName: not a name}}'
  expect(await update('back', parent('back.yml', bad))).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await delays('back-Child')).toEqual(['3'])
  expect((await stackOf(await childOf('back'))).StackStatus).toBe('UPDATE_COMPLETE')
})

test('a nested stack that fails fails its parent, which undoes both', async () => {
  await put('good.yml', child('1'))
  await put(
    'bad.yml',
    `${child('1').replace('Outputs:', '  Bad: {Type: AWS::SQS::Queue, DependsOn: Q, Properties: {QueueName: not a name}}\nOutputs:')}`,
  )
  expect(await create('bad', parent('bad.yml'))).toBe('ROLLBACK_COMPLETE')
  expect(await reasons('bad')).toContainEqual(
    expect.stringMatching(
      /^Child CREATE_FAILED: Embedded stack arn:.* was not successfully created: The following resource\(s\) failed to create: \[Bad\]/,
    ),
  )
  expect(await delays('bad-Child')).toEqual([])

  expect(await create('turned', parent('good.yml'))).toBe('CREATE_COMPLETE')
  expect(await update('turned', parent('bad.yml'))).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await stackOf(await childOf('turned'))).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await delays('turned-Child')).toEqual(['1'])

  expect(await create('none', parent('missing.yml'))).toBe('ROLLBACK_COMPLETE')
})

test('stacks nest three deep, many side by side, with the capabilities of their root', async () => {
  const role = `
Resources:
  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}}
Outputs: {Name: {Value: !Ref R}}`
  await put('role.yml', role)
  await put('middle.yml', parent('role.yml'))
  const parents = Array.from(
    { length: 20 },
    (_, i) =>
      `  C${i}: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/templates/good.yml'}}`,
  )
  const root = parent('middle.yml', parents.join('\n')).replace('      Parameters: {Delay: 7}\n', '')
  await put('middle.yml', parent('role.yml').replace('      Parameters: {Delay: 7}\n', ''))
  expect(await create('refused', root)).toBe('ROLLBACK_COMPLETE')
  expect(await create('root', root, { Capabilities: ['CAPABILITY_IAM'] })).toBe('CREATE_COMPLETE')
  const middle = await childOf('root')
  const leaf = await stackOf(await childOf(middle))
  expect(leaf).toMatchObject({
    ParentId: middle,
    RootId: (await stackOf('root')).StackId,
    Capabilities: ['CAPABILITY_IAM'],
  })
  await cfn.send(new DeleteStackCommand({ StackName: 'root' }))
  expect(await settled(leaf.RootId!)).toBe('DELETE_COMPLETE')
})
