import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let iam: IAMClient
let admin: CloudFormationClient

beforeAll(async () => {
  node = await startNode()
  iam = node.client(IAMClient)
  admin = node.client(CloudFormationClient)
})
afterAll(async () => {
  iam.destroy()
  admin.destroy()
  await node.close()
})

const policy = (statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (Action: string | string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource })

async function userWith(UserName: string, ...statements: object[]): Promise<CloudFormationClient> {
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy(statements) }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  return node.client(CloudFormationClient, { credentials })
}
async function roleWith(RoleName: string, service: string, ...statements: object[]): Promise<string> {
  const AssumeRolePolicyDocument = policy([
    { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
  ])
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policy(statements) }))
  return Role!.Arn!
}
async function settled(StackName: string): Promise<string> {
  for (;;) {
    const { Stacks } = await admin.send(new DescribeStacksCommand({ StackName }))
    if (!Stacks![0]!.StackStatus!.endsWith('_IN_PROGRESS')) return Stacks![0]!.StackStatus!
    await new Promise(setImmediate)
  }
}
const template = (delay = 0) => `Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: ${delay}}}}`

test('a template can do nothing that its caller cannot', async () => {
  const user = await userWith('half', allow('cloudformation:*'))
  await user.send(new CreateStackCommand({ StackName: 'half', TemplateBody: template() }))
  expect(await settled('half')).toBe('ROLLBACK_COMPLETE')
  const { StackEvents } = await admin.send(new DescribeStackEventsCommand({ StackName: 'half' }))
  const failed = StackEvents!.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  expect(failed!.ResourceStatusReason).toMatch(
    /user\/half is not authorized to perform: sqs:CreateQueue.*HandlerErrorCode: AccessDenied/,
  )
  user.destroy()
})

test('what is imported is looked at as whoever imports it', async () => {
  const user = await userWith('importer', allow('cloudformation:*'), allow('sqs:GetQueueUrl'))
  const TemplateBody = 'Resources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}}'
  const admins = node.client(SQSClient)
  const { QueueUrl } = await admins.send(new CreateQueueCommand({ QueueName: 'not-yours' }))
  const StackName = 'importing'
  await user.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: 'set',
      ChangeSetType: 'IMPORT',
      TemplateBody,
      ResourcesToImport: [
        { ResourceType: 'AWS::SQS::Queue', LogicalResourceId: 'Q', ResourceIdentifier: { QueueUrl: QueueUrl! } },
      ],
    }),
  )
  const set = await user.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'set' }))
  expect(set.Status).toBe('FAILED')
  expect(set.StatusReason).toContain('user/importer is not authorized to perform: sqs:GetQueueAttributes')
  user.destroy()
  admins.destroy()
})

test('operations on stacks are allowed by stack', async () => {
  const user = await userWith(
    'narrow',
    allow(['cloudformation:CreateStack', 'cloudformation:DescribeStacks'], 'arn:aws:cloudformation:*:*:stack/mine-*/*'),
    allow('sqs:*'),
  )
  const made = await user.send(new CreateStackCommand({ StackName: 'mine-a', TemplateBody: template() }))
  expect(await settled('mine-a')).toBe('CREATE_COMPLETE')
  await user.send(new DescribeStacksCommand({ StackName: made.StackId }))
  const denied = { name: 'AccessDenied' }
  await expect(
    user.send(new CreateStackCommand({ StackName: 'other', TemplateBody: template() })),
  ).rejects.toMatchObject(denied)
  await expect(user.send(new DescribeStacksCommand({}))).rejects.toMatchObject(denied)
  await expect(user.send(new DeleteStackCommand({ StackName: 'mine-a' }))).rejects.toMatchObject(denied)
  await expect(user.send(new DescribeStacksCommand({ StackName: 'unknown' }))).rejects.toMatchObject(denied)
  user.destroy()
})

test('a stack with a role acts as the role, also after the node was restarted', async () => {
  const RoleARN = await roleWith('deployer', 'cloudformation.amazonaws.com', allow('sqs:*'))
  const wrong = await roleWith('untrusting', 'lambda.amazonaws.com', allow('sqs:*'))
  const plain = await userWith('plain', allow('cloudformation:*'))
  await expect(
    plain.send(new CreateStackCommand({ StackName: 'r', TemplateBody: template(), RoleARN })),
  ).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('iam:PassRole'),
  })
  plain.destroy()
  const user = await userWith('passing', allow('cloudformation:*'), allow('iam:PassRole'))
  await expect(
    user.send(new CreateStackCommand({ StackName: 'r', TemplateBody: template(), RoleARN: wrong })),
  ).rejects.toThrow(`Role ${wrong} is invalid or cannot be assumed`)
  await user.send(new CreateStackCommand({ StackName: 'r', TemplateBody: template(), RoleARN }))
  expect(await settled('r')).toBe('CREATE_COMPLETE')
  user.destroy()
  admin.destroy()
  await node.restart()
  admin = node.client(CloudFormationClient)
  await admin.send(new UpdateStackCommand({ StackName: 'r', TemplateBody: template(5) }))
  expect(await settled('r')).toBe('UPDATE_COMPLETE')
  const { Stacks } = await admin.send(new DescribeStacksCommand({ StackName: 'r' }))
  expect(Stacks![0]!.RoleARN).toBe(RoleARN)
  await admin.send(new DeleteStackCommand({ StackName: 'r' }))
  expect(await settled(Stacks![0]!.StackId!)).toBe('DELETE_COMPLETE')
})
