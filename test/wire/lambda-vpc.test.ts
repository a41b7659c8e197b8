import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, outside } from '../../src/functions/network.fixture.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole } from './lambda-support.ts'

const attach = { Effect: 'Allow', Action: 'ec2:CreateNetworkInterface', Resource: '*' }
const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
const port = (port: number) => [
  { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: `${outside}/32` }] },
]

/** Tells what it reaches: each of the ports outside, and the node. */
const source = `
const net = require('net')
const reach = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 1000 })
  // What is let through is waited for, on a busy machine too.
  socket.on('connect', () => socket.setTimeout(0))
  socket.on('data', (data) => resolve(String(data))).on('error', (error) => resolve(error.code))
  socket.on('timeout', () => { resolve('no answer'); socket.destroy() })
})
exports.handler = async () => ({
  outside: await Promise.all([8080, 9090].map((port) => reach('${outside}', port))),
  node: await fetch(process.env.AWS_ENDPOINT_URL).then(() => 'reached', (error) => error.cause?.code ?? String(error)),
})`

let world: AsyncDisposable | undefined
let node: TestNode
let lambda: LambdaClient
let ec2: EC2Client
let role: string
let own = false
let vpc: { VpcId: string; SubnetIds: string[] }
beforeAll(async () => {
  world = process.getuid?.() === 0 ? await makeWorld().catch(() => undefined) : undefined
  node = await startNode()
  lambda = node.client(LambdaClient)
  ec2 = node.client(EC2Client)
  role = await makeRole(node, 'attached', [logging, attach])
  vpc = await newVpc('10.0.0.0/16')
  own = (await node.node.host.functions.network()).kind === 'own'
})
afterAll(async () => {
  await node.close()
  await world?.[Symbol.asyncDispose]()
})

async function newVpc(CidrBlock: string) {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock }))
  const VpcId = Vpc?.VpcId as string
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: CidrBlock.replace('/16', '/24') }))
  return { VpcId, SubnetIds: [Subnet?.SubnetId as string] }
}
async function newGroup(GroupName: string, VpcId = vpc.VpcId) {
  const made = await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'd' }))
  return made.GroupId as string
}
const refused = (message: RegExp) =>
  expect.objectContaining({ name: 'InvalidParameterValueException', message: expect.stringMatching(message) })

test('a function is attached to subnets and groups of one VPC, and shows it', async () => {
  const group = await newGroup('shown')
  const VpcConfig = { SubnetIds: vpc.SubnetIds, SecurityGroupIds: [group] }
  const made = await makeFunction(lambda, 'shown', role, source, { VpcConfig })
  const shown = { ...VpcConfig, VpcId: vpc.VpcId, Ipv6AllowedForDualStack: false }
  expect(made.VpcConfig).toEqual(shown)
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'shown', Timeout: 9 }))
  const after = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'shown' }))
  expect(after.VpcConfig).toEqual(shown)
  const detached = await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'shown',
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
    }),
  )
  expect(detached.VpcConfig).toBeUndefined()
  const SecurityGroupIds = [await newGroup('other-vpc', (await newVpc('10.1.0.0/16')).VpcId)]
  await expect(
    lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'shown', VpcConfig: { ...VpcConfig, SecurityGroupIds } }),
    ),
  ).rejects.toEqual(refused(/^Security Groups are required to be in the same VPC/))
})

test('what cannot be attached is refused as Lambda words it', async () => {
  const group = await newGroup('refused')
  const make = (VpcConfig: object, Role = role) => makeFunction(lambda, 'refused', Role, source, { VpcConfig })
  await expect(make({ SubnetIds: vpc.SubnetIds, SecurityGroupIds: [] })).rejects.toEqual(refused(/must coexist/))
  await expect(make({ SubnetIds: ['subnet-00000000'], SecurityGroupIds: [group] })).rejects.toEqual(
    refused(/^Error occurred while DescribeSubnets\. EC2 Error Code: InvalidSubnetID\.NotFound/),
  )
  await expect(make({ SubnetIds: vpc.SubnetIds, SecurityGroupIds: ['sg-00000000'] })).rejects.toEqual(
    refused(/^Error occurred while DescribeSecurityGroups\. EC2 Error Code: InvalidGroup\.NotFound/),
  )
  const dual = { SubnetIds: vpc.SubnetIds, SecurityGroupIds: [group], Ipv6AllowedForDualStack: true }
  await expect(make(dual)).rejects.toEqual(refused(/^VpcConfig\.Ipv6AllowedForDualStack is not supported/))
  const other = await newVpc('10.2.0.0/16')
  await expect(make({ SubnetIds: [...vpc.SubnetIds, ...other.SubnetIds], SecurityGroupIds: [group] })).rejects.toEqual(
    refused(/same VPC/),
  )
  const plain = await makeRole(node, 'not-attached', [logging])
  await expect(make({ SubnetIds: vpc.SubnetIds, SecurityGroupIds: [group] }, plain)).rejects.toEqual(
    refused(/does not have permissions to call CreateNetworkInterface on EC2/),
  )
})

test('a subnet and a group stay for as long as a version of a function is attached to them', async () => {
  const { VpcId } = vpc
  const made = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.77.0/24' }))
  const SubnetId = made.Subnet?.SubnetId as string
  const GroupId = await newGroup('held')
  const held = { name: 'DependencyViolation' }
  const remove = () =>
    Promise.allSettled([
      ec2.send(new DeleteSubnetCommand({ SubnetId })),
      ec2.send(new DeleteSecurityGroupCommand({ GroupId })),
    ])
  const both = [
    { status: 'rejected', reason: held },
    { status: 'rejected', reason: held },
  ]
  await makeFunction(lambda, 'held', role, source, {
    VpcConfig: { SubnetIds: [SubnetId], SecurityGroupIds: [GroupId] },
  })
  expect(await remove()).toMatchObject(both)
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'held' }))
  const VpcConfig = { SubnetIds: [], SecurityGroupIds: [] }
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'held', VpcConfig }))
  // The published version still has them.
  expect(await remove()).toMatchObject(both)
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'held', Qualifier: Version }))
  expect(await remove()).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
})

test('whoever attaches a function must be allowed to describe what it is attached to; conditions know the VPC', async () => {
  const group = await newGroup('allowed')
  const VpcConfig = { SubnetIds: vpc.SubnetIds, SecurityGroupIds: [group] }
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'deployer' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'deployer' }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  }
  const grant = (statements: object[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'deployer',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      }),
    )
  const pass = { Effect: 'Allow', Action: ['lambda:*', 'iam:PassRole'], Resource: '*' }
  const describing = { Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' }
  const theirs = node.client(LambdaClient, { credentials })
  const make = (name: string) => makeFunction(theirs, name, role, source, { VpcConfig })
  await grant([pass])
  await expect(make('theirs')).rejects.toEqual(refused(/^Your access has been denied by EC2/))
  await grant([pass, describing])
  await make('theirs')
  const only = { 'ForAllValues:StringEquals': { 'lambda:VpcIds': ['vpc-00000000'] } }
  await grant([describing, { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }, { ...pass, Condition: only }])
  await expect(make('elsewhere')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  await grant([
    describing,
    pass,
    {
      Effect: 'Deny',
      Action: 'lambda:CreateFunction',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'lambda:SecurityGroupIds': [group] } },
    },
  ])
  await expect(make('denied')).rejects.toMatchObject({ name: 'AccessDeniedException' })
})

test('where rules cannot be kept, a function that has some is refused', async () => {
  await using shared = await startNode({ functionNetwork: 'host' })
  const its = { lambda: shared.client(LambdaClient), ec2: shared.client(EC2Client) }
  const { SecurityGroups } = await its.ec2.send(new DescribeSecurityGroupsCommand({}))
  const { GroupId, VpcId } = SecurityGroups?.[0] ?? {}
  const { Subnet } = await its.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '172.31.200.0/24' }))
  const VpcConfig = { SubnetIds: [Subnet?.SubnetId as string], SecurityGroupIds: [GroupId as string] }
  const its_role = await makeRole(shared, 'r', [logging, attach])
  // All is let out, which a shared network does as well.
  await makeFunction(its.lambda, 'open', its_role, source, { VpcConfig })
  await its.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: GroupId as string, IpPermissions: everything }))
  await expect(makeFunction(its.lambda, 'closed', its_role, source, { VpcConfig })).rejects.toEqual(
    refused(/share the network of the host/),
  )
  // One that was made while they let everything out no longer runs, instead of running without them.
  await expect(call(its.lambda, 'open')).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } })
})

describe('what a function reaches', () => {
  test('is what its groups let out, as they are now; the node always', async (context) => {
    // On a machine that does all tests (CI) this fails instead.
    context.skip(!process.env.CI && !(own && world), 'this host gives functions no networks of their own')
    const [a, b] = [await newGroup('a'), await newGroup('b')]
    for (const GroupId of [a, b]) {
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }))
    }
    const reached = async (FunctionName: string) => (await call(lambda, FunctionName)).value
    const VpcConfig = { SubnetIds: vpc.SubnetIds, SecurityGroupIds: [a, b] }
    await makeFunction(lambda, 'plain', role, source)
    expect(await reached('plain')).toEqual({ outside: ['outside 8080', 'outside 9090'], node: 'reached' })
    await makeFunction(lambda, 'vpc', role, source, { VpcConfig })
    expect(await reached('vpc')).toEqual({ outside: ['no answer', 'no answer'], node: 'reached' })
    // There is no IPv6: what opens all of it is kept and shown, and opens nothing.
    const sixes = [{ IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: a, IpPermissions: sixes }))
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [a] }))
    expect(SecurityGroups?.[0]?.IpPermissionsEgress).toEqual([expect.objectContaining(sixes[0])])
    expect(await reached('vpc')).toEqual({ outside: ['no answer', 'no answer'], node: 'reached' })
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: a, IpPermissions: port(8080) }))
    expect(await reached('vpc')).toEqual({ outside: ['outside 8080', 'no answer'], node: 'reached' })
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: b, IpPermissions: port(9090) }))
    expect(await reached('vpc')).toEqual({ outside: ['outside 8080', 'outside 9090'], node: 'reached' })
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: a, IpPermissions: port(8080) }))
    expect(await reached('vpc')).toEqual({ outside: ['no answer', 'outside 9090'], node: 'reached' })
  })
})

test('a template makes a VPC, its subnets and groups, and a function in them', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const TemplateBody = JSON.stringify({
    Resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: { CidrBlock: '10.7.0.0/16', EnableDnsHostnames: true, Tags: [{ Key: 'a', Value: 'b' }] },
      },
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: {
          VpcId: { Ref: 'Vpc' },
          CidrBlock: { 'Fn::Select': [0, { 'Fn::Cidr': [{ 'Fn::GetAtt': 'Vpc.CidrBlock' }, 4, 8] }] },
          AvailabilityZone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] },
        },
      },
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'of a template',
          VpcId: { Ref: 'Vpc' },
          SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '10.0.0.0/8' }],
        },
      },
      Out: {
        Type: 'AWS::EC2::SecurityGroupEgress',
        Properties: {
          GroupId: { 'Fn::GetAtt': 'Group.GroupId' },
          IpProtocol: 'tcp',
          FromPort: 443,
          ToPort: 443,
          DestinationSecurityGroupId: { 'Fn::GetAtt': 'Vpc.DefaultSecurityGroup' },
        },
      },
      In: {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: { GroupId: { Ref: 'Group' }, IpProtocol: '-1', SourceSecurityGroupId: { Ref: 'Group' } },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'templated',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: role,
          Code: { ZipFile: source },
          VpcConfig: { SubnetIds: [{ Ref: 'Subnet' }], SecurityGroupIds: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }] },
        },
      },
    },
  })
  await cloudformation.send(new CreateStackCommand({ StackName: 'network', TemplateBody }))
  const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 }
  await waitUntilStackCreateComplete(wait, { StackName: 'network' })
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: ['10.7.0.0/16'] }] }))
  expect(Vpcs?.[0]?.Tags).toEqual(
    expect.arrayContaining([
      { Key: 'a', Value: 'b' },
      { Key: 'aws:cloudformation:logical-id', Value: 'Vpc' },
    ]),
  )
  const { VpcConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'templated' }))
  expect(VpcConfig?.VpcId).toBe(Vpcs?.[0]?.VpcId)
  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: VpcConfig?.SecurityGroupIds }),
  )
  expect(SecurityGroups?.[0]?.IpPermissions).toHaveLength(2)
  expect(SecurityGroups?.[0]?.IpPermissionsEgress).toHaveLength(2)
  await cloudformation.send(new DeleteStackCommand({ StackName: 'network' }))
  await waitUntilStackDeleteComplete(wait, { StackName: 'network' })
  expect(
    (await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: ['10.7.0.0/16'] }] }))).Vpcs,
  ).toEqual([])
})
