import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  EC2Client,
  ReleaseAddressCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let ec2: EC2Client
beforeAll(async () => {
  node = await startNode()
  ec2 = node.client(EC2Client)
})
afterAll(() => node.close())

const error = (code: string) => expect.objectContaining({ name: code })
const anywhere = '0.0.0.0/0'

/** A VPC with one subnet, an internet gateway and an address. */
async function network() {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
  const VpcId = Vpc?.VpcId as string
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }))
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  const InternetGatewayId = InternetGateway?.InternetGatewayId as string
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }))
  return { VpcId, SubnetId: Subnet?.SubnetId as string, InternetGatewayId }
}
async function newTable(VpcId: string) {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }))
  return RouteTable?.RouteTableId as string
}
async function tables(VpcId: string, ...more: { Name: string; Values: string[] }[]) {
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }, ...more]
  return (await ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables ?? []
}
const mainOf = async (VpcId: string) => (await tables(VpcId, { Name: 'association.main', Values: ['true'] }))[0]
const routesOf = async (RouteTableId: string) => {
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }))
  return RouteTables?.[0]?.Routes?.map((route) => [
    route.DestinationCidrBlock,
    route.GatewayId ?? route.NatGatewayId,
    route.State,
  ])
}

test('the default VPC routes to an internet gateway; another one begins with a main table and the route of itself', async () => {
  const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({}))
  const [own] = InternetGateways ?? []
  const attached = own?.Attachments?.[0]
  expect(attached?.State).toBe('available')
  const main = await mainOf(attached?.VpcId as string)
  expect(main?.Routes).toMatchObject([
    { DestinationCidrBlock: '172.31.0.0/16', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
    { DestinationCidrBlock: anywhere, GatewayId: own?.InternetGatewayId, State: 'active', Origin: 'CreateRoute' },
  ])
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }))
  const VpcId = Vpc?.VpcId as string
  const first = await mainOf(VpcId)
  expect(first?.Associations).toMatchObject([{ Main: true, AssociationState: { State: 'associated' } }])
  const RouteTableId = first?.RouteTableId as string
  expect(await routesOf(RouteTableId)).toEqual([['10.7.0.0/16', 'local', 'active']])
  await expect(ec2.send(new DeleteRouteTableCommand({ RouteTableId }))).rejects.toEqual(error('DependencyViolation'))
  // Another table can be the main one; the VPC goes with it.
  const AssociationId = first?.Associations?.[0]?.RouteTableAssociationId as string
  await expect(ec2.send(new DisassociateRouteTableCommand({ AssociationId }))).rejects.toEqual(
    error('InvalidParameterValue'),
  )
  const next = await newTable(VpcId)
  await ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: next }))
  expect((await mainOf(VpcId))?.RouteTableId).toBe(next)
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toEqual(error('DependencyViolation'))
  await ec2.send(new DeleteRouteTableCommand({ RouteTableId }))
  await ec2.send(new DeleteVpcCommand({ VpcId }))
  await expect(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [next] }))).rejects.toEqual(
    error('InvalidRouteTableID.NotFound'),
  )
})

test('gateways are attached to one VPC each, and go when nothing needs them', async () => {
  const { VpcId, InternetGatewayId } = await network()
  const other = await network()
  const attach = (to: string, id: string) =>
    ec2.send(new AttachInternetGatewayCommand({ VpcId: to, InternetGatewayId: id }))
  await expect(attach(other.VpcId, InternetGatewayId)).rejects.toEqual(error('Resource.AlreadyAssociated'))
  const { InternetGateway } = await ec2.send(
    new CreateInternetGatewayCommand({
      TagSpecifications: [{ ResourceType: 'internet-gateway', Tags: [{ Key: 'a', Value: 'b' }] }],
    }),
  )
  const spare = InternetGateway?.InternetGatewayId as string
  await expect(attach(VpcId, spare)).rejects.toEqual(error('InvalidParameterValue'))
  await expect(attach('vpc-00000000', spare)).rejects.toEqual(error('InvalidVpcID.NotFound'))
  await ec2.send(new CreateTagsCommand({ Resources: [spare], Tags: [{ Key: 'c', Value: 'd' }] }))
  const Filters = [{ Name: 'tag:a', Values: ['b'] }]
  const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({ Filters }))
  expect(InternetGateways).toMatchObject([
    { InternetGatewayId: spare, Attachments: [], Tags: [{ Key: 'a' }, { Key: 'c' }] },
  ])
  const remove = (id: string) => ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id }))
  await expect(remove(InternetGatewayId)).rejects.toEqual(error('DependencyViolation'))
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toEqual(error('DependencyViolation'))
  const detach = (from: string) => ec2.send(new DetachInternetGatewayCommand({ VpcId: from, InternetGatewayId }))
  await expect(detach(other.VpcId)).rejects.toEqual(error('Gateway.NotAttached'))
  await detach(VpcId)
  await remove(InternetGatewayId)
  await expect(remove(InternetGatewayId)).rejects.toEqual(error('InvalidInternetGatewayID.NotFound'))
})

test('a NAT gateway holds its address, its subnet and the internet gateway; routes to what is gone are black holes', async () => {
  const { VpcId, SubnetId, InternetGatewayId } = await network()
  const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
  expect(PublicIp).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/)
  const ClientToken = 'the same'
  const create = (more = {}) => ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId, ...more }))
  const { NatGateway } = await create({ ClientToken })
  const NatGatewayId = NatGateway?.NatGatewayId as string
  expect(NatGateway).toMatchObject({
    State: 'available',
    VpcId,
    ConnectivityType: 'public',
    NatGatewayAddresses: [{ AllocationId, PublicIp, PrivateIp: '10.0.1.4' }],
  })
  expect((await create({ ClientToken })).NatGateway?.NatGatewayId).toBe(NatGatewayId)
  await expect(create({ ClientToken, PrivateIpAddress: '10.0.1.9' })).rejects.toEqual(
    error('IdempotentParameterMismatch'),
  )
  await expect(create({ ClientToken: 'other' })).rejects.toEqual(error('Resource.AlreadyAssociated'))
  await expect(create({ AllocationId: 'eipalloc-00000000' })).rejects.toEqual(error('InvalidAllocationID.NotFound'))
  await expect(create({ AllocationId: undefined })).rejects.toEqual(error('MissingParameter'))

  const table = await newTable(VpcId)
  const to = (target: object, DestinationCidrBlock = anywhere) => ({
    RouteTableId: table,
    DestinationCidrBlock,
    ...target,
  })
  await ec2.send(new CreateRouteCommand(to({ NatGatewayId })))
  await expect(ec2.send(new CreateRouteCommand(to({ NatGatewayId })))).rejects.toEqual(error('RouteAlreadyExists'))
  await expect(ec2.send(new CreateRouteCommand(to({ NatGatewayId }, '10.0.1.0/24')))).rejects.toEqual(
    error('InvalidParameterValue'),
  )
  await expect(ec2.send(new CreateRouteCommand(to({}, '1.0.0.0/8')))).rejects.toEqual(error('MissingParameter'))
  await expect(ec2.send(new CreateRouteCommand(to({ TransitGatewayId: 'tgw-1' }, '1.0.0.0/8')))).rejects.toEqual(
    error('UnsupportedOperation'),
  )
  const elsewhere = await network()
  const stranger = to({ GatewayId: elsewhere.InternetGatewayId }, '1.0.0.0/8')
  await expect(ec2.send(new CreateRouteCommand(stranger))).rejects.toEqual(error('InvalidParameterValue'))
  const { AssociationId } = await ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId: table }))
  await expect(
    ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId: await newTable(VpcId) })),
  ).rejects.toEqual(error('Resource.AlreadyAssociated'))
  expect(await tables(VpcId, { Name: 'association.subnet-id', Values: [SubnetId] })).toMatchObject([
    { RouteTableId: table, Associations: [{ RouteTableAssociationId: AssociationId, SubnetId, Main: false }] },
  ])

  await expect(ec2.send(new ReleaseAddressCommand({ AllocationId }))).rejects.toEqual(error('InvalidIPAddress.InUse'))
  await expect(ec2.send(new DeleteSubnetCommand({ SubnetId }))).rejects.toEqual(error('DependencyViolation'))
  const detach = new DetachInternetGatewayCommand({ VpcId, InternetGatewayId })
  await expect(ec2.send(detach)).rejects.toEqual(error('DependencyViolation'))

  await node.restart()
  ec2 = node.client(EC2Client)
  const { NatGateways } = await ec2.send(
    new DescribeNatGatewaysCommand({ Filter: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  )
  expect(NatGateways).toMatchObject([{ NatGatewayId, SubnetId }])
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({ PublicIps: [PublicIp as string] }))
  expect(Addresses).toMatchObject([{ AllocationId, PrivateIpAddress: '10.0.1.4' }])

  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }))
  expect(await routesOf(table)).toEqual([
    ['10.0.0.0/16', 'local', 'active'],
    [anywhere, NatGatewayId, 'blackhole'],
  ])
  await ec2.send(new ReplaceRouteCommand(to({ GatewayId: InternetGatewayId })))
  expect((await routesOf(table))?.[1]).toEqual([anywhere, InternetGatewayId, 'active'])
  await ec2.send(detach)
  expect((await routesOf(table))?.[1]).toEqual([anywhere, InternetGatewayId, 'blackhole'])
  await ec2.send(new DeleteRouteCommand(to({})))
  await expect(ec2.send(new DeleteRouteCommand(to({})))).rejects.toEqual(error('InvalidRoute.NotFound'))
  await ec2.send(new ReleaseAddressCommand({ AllocationId }))
  await ec2.send(new DeleteSubnetCommand({ SubnetId }))
  await ec2.send(new DeleteRouteTableCommand({ RouteTableId: table }))
  await expect(ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId as string] }))).rejects.toEqual(
    error('InvalidAllocationID.NotFound'),
  )
})

test('a private NAT gateway needs no address', async () => {
  const { SubnetId } = await network()
  const input = { SubnetId, ConnectivityType: 'private' as const, PrivateIpAddress: '10.0.1.77' }
  const { NatGateway } = await ec2.send(new CreateNatGatewayCommand(input))
  expect(NatGateway).toMatchObject({ ConnectivityType: 'private', NatGatewayAddresses: [{ PrivateIp: '10.0.1.77' }] })
  await expect(ec2.send(new CreateNatGatewayCommand({ ...input, PrivateIpAddress: '10.0.2.1' }))).rejects.toEqual(
    error('InvalidParameterValue'),
  )
})

test('a template with public and private subnets is deployed, changed and deleted', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const StackName = 'network'
  const Ref = (to: string) => ({ Ref: to })
  const resources = (gateway: object) => ({
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.50.0.0/16' } },
    Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: 'Name', Value: 'out' }] } },
    Attachment: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { VpcId: Ref('Vpc'), InternetGatewayId: Ref('Gateway') },
    },
    Public: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: Ref('Vpc'), CidrBlock: '10.50.0.0/24' } },
    Private: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: Ref('Vpc'), CidrBlock: '10.50.1.0/24' } },
    Address: { Type: 'AWS::EC2::EIP', DependsOn: 'Attachment', Properties: { Domain: 'vpc' } },
    Nat: {
      Type: 'AWS::EC2::NatGateway',
      Properties: { SubnetId: Ref('Public'), AllocationId: { 'Fn::GetAtt': ['Address', 'AllocationId'] } },
    },
    PublicTable: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: Ref('Vpc') } },
    PublicRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: 'Attachment',
      Properties: { RouteTableId: Ref('PublicTable'), DestinationCidrBlock: anywhere, GatewayId: Ref('Gateway') },
    },
    PublicAssociation: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { RouteTableId: Ref('PublicTable'), SubnetId: Ref('Public') },
    },
    PrivateTable: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: Ref('Vpc') } },
    PrivateRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: 'Attachment',
      Properties: { RouteTableId: Ref('PrivateTable'), DestinationCidrBlock: anywhere, ...gateway },
    },
    PrivateAssociation: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { RouteTableId: Ref('PrivateTable'), SubnetId: Ref('Private') },
    },
  })
  const template = (gateway: object) =>
    JSON.stringify({
      Resources: resources(gateway),
      Outputs: {
        Ip: { Value: Ref('Address') },
        Vpc: { Value: Ref('Vpc') },
        Table: { Value: Ref('PrivateTable') },
        Nat: { Value: Ref('Nat') },
      },
    })
  const wait = { client: cloudformation, maxWaitTime: 50, minDelay: 1, maxDelay: 1 }
  await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: template({ NatGatewayId: Ref('Nat') }) }))
  await waitUntilStackCreateComplete(wait, { StackName })
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }))
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue as string]),
  ) as { Ip: string; Vpc: string; Table: string; Nat: string }
  expect(outputs.Ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect((await routesOf(outputs.Table))?.[1]).toEqual([anywhere, outputs.Nat, 'active'])
  await cloudformation.send(
    new UpdateStackCommand({ StackName, TemplateBody: template({ GatewayId: Ref('Gateway') }) }),
  )
  await waitUntilStackUpdateComplete(wait, { StackName })
  expect((await routesOf(outputs.Table))?.[1]?.[1]).toMatch(/^igw-/)
  await cloudformation.send(new DeleteStackCommand({ StackName }))
  await waitUntilStackDeleteComplete(wait, { StackName })
  expect(await tables(outputs.Vpc)).toEqual([])
  await expect(ec2.send(new DescribeAddressesCommand({ PublicIps: [outputs.Ip] }))).rejects.toEqual(
    error('InvalidAddress.NotFound'),
  )
})

test('who may do nothing may change no routes', async () => {
  const { VpcId, InternetGatewayId } = await network()
  const RouteTableId = await newTable(VpcId)
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const stranger = node.client(EC2Client, { credentials })
  const denied = error('UnauthorizedOperation')
  await expect(stranger.send(new DescribeRouteTablesCommand({}))).rejects.toEqual(denied)
  await expect(stranger.send(new DeleteRouteTableCommand({ RouteTableId }))).rejects.toEqual(denied)
  await expect(stranger.send(new CreateInternetGatewayCommand({}))).rejects.toEqual(denied)
  await expect(stranger.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }))).rejects.toEqual(denied)
  await expect(stranger.send(new AllocateAddressCommand({}))).rejects.toEqual(denied)
})
