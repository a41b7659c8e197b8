import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let iam: IAMClient
let stacks: CloudFormationClient
beforeAll(async () => {
  node = await startNode()
  iam = node.client(IAMClient)
  stacks = node.client(CloudFormationClient)
})
afterAll(() => node?.close())

const statement = (...Action: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
}
const basic = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

const template = (changed: boolean) =>
  JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trust,
          Path: '/app/',
          ManagedPolicyArns: changed ? ['arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess'] : [basic],
          Policies: [{ PolicyName: changed ? 'second' : 'first', PolicyDocument: statement('sqs:SendMessage') }],
          Description: changed ? 'changed' : 'made',
          MaxSessionDuration: changed ? 7200 : 3600,
          Tags: [{ Key: 'stage', Value: changed ? 'prod' : 'dev' }],
        },
      },
      Inline: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'extra',
          PolicyDocument: statement(changed ? 's3:PutObject' : 's3:GetObject'),
          Roles: [{ Ref: 'Role' }],
          Groups: [{ Ref: 'Group' }],
        },
      },
      Managed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: statement(changed ? 'sqs:*' : 'sqs:Get*'), Users: [{ Ref: 'User' }] },
      },
      Group: { Type: 'AWS::IAM::Group', Properties: {} },
      User: { Type: 'AWS::IAM::User', Properties: { Groups: changed ? [] : [{ Ref: 'Group' }] } },
      Member: {
        Type: 'AWS::IAM::UserToGroupAddition',
        Properties: { GroupName: { Ref: 'Group' }, Users: changed ? [{ Ref: 'User' }] : [] },
        DependsOn: 'User',
      },
      Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
    },
    Outputs: {
      RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
      RoleName: { Value: { Ref: 'Role' } },
      UserName: { Value: { Ref: 'User' } },
      GroupName: { Value: { Ref: 'Group' } },
      PolicyArn: { Value: { Ref: 'Managed' } },
      KeyId: { Value: { Ref: 'Key' } },
      Secret: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
      Profile: { Value: { Ref: 'Profile' } },
    },
  })

async function settled(StackName: string): Promise<Record<string, string>> {
  for (;;) {
    const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }))
    const status = Stacks?.[0]?.StackStatus ?? ''
    if (/^(CREATE|UPDATE)_COMPLETE$/.test(status)) {
      return Object.fromEntries(
        (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue ?? '']),
      )
    }
    if (!status.endsWith('_IN_PROGRESS')) {
      const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName }))
      throw new Error(
        `${status}: ${StackEvents?.map((event) => event.ResourceStatusReason)
          .filter(Boolean)
          .join('; ')}`,
      )
    }
  }
}

test('a stack makes, changes and removes users, groups, roles, policies and keys', async () => {
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  const StackName = 'identities'
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: template(false), Capabilities }))
  const made = await settled(StackName)
  const RoleName = made.RoleName ?? ''
  const role = (await iam.send(new GetRoleCommand({ RoleName }))).Role
  expect(role).toMatchObject({ Arn: made.RoleArn, Path: '/app/', Description: 'made', MaxSessionDuration: 3600 })
  expect(role?.Tags).toContainEqual({ Key: 'stage', Value: 'dev' })
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['extra', 'first'])
  expect(
    (await iam.send(new GetGroupCommand({ GroupName: made.GroupName }))).Users?.map(({ UserName }) => UserName),
  ).toEqual([made.UserName])
  const credentials = { accessKeyId: made.KeyId ?? '', secretAccessKey: made.Secret ?? '' }
  const { Arn } = await node.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
  expect(Arn).toBe((await iam.send(new GetUserCommand({ UserName: made.UserName }))).User?.Arn)
  expect(
    (await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: made.Profile }))).InstanceProfile?.Roles?.[0]
      ?.RoleName,
  ).toBe(RoleName)

  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: template(true), Capabilities }))
  expect(await settled(StackName)).toMatchObject({
    RoleName,
    UserName: made.UserName,
    KeyId: made.KeyId,
    PolicyArn: made.PolicyArn,
  })
  const changed = (await iam.send(new GetRoleCommand({ RoleName }))).Role
  expect(changed).toMatchObject({ RoleId: role?.RoleId, Description: 'changed', MaxSessionDuration: 7200 })
  expect(changed?.Tags).toContainEqual({ Key: 'stage', Value: 'prod' })
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['extra', 'second'])
  expect(
    (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.map(
      ({ PolicyName }) => PolicyName,
    ),
  ).toEqual(['AWSXRayDaemonWriteAccess'])
  const extra = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'extra' }))
  expect(decodeURIComponent(extra.PolicyDocument ?? '')).toContain('s3:PutObject')
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: made.PolicyArn, VersionId: 'v2' }))
  expect(PolicyVersion?.IsDefaultVersion).toBe(true)

  await stacks.send(new DeleteStackCommand({ StackName }))
  await expect(
    (async () => {
      for (;;) {
        const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }))
        if (Stacks?.[0]?.StackStatus === 'DELETE_FAILED') throw new Error(Stacks[0].StackStatusReason)
      }
    })(),
  ).rejects.toThrow('does not exist')
  expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([])
  expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([])
})
