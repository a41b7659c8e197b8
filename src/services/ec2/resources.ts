import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { gatewayAttachment, internetGateway } from './resource-gateways.ts'
import { groupResource, ruleResource } from './resource-groups.ts'
import { elasticAddress, natGateway } from './resource-nat.ts'
import { describeOne, readVpc } from './resource-reads.ts'
import { route, routeTable, tableAssociation } from './resource-routes.ts'
import { ignore, retag, specification, type TagProperty } from './resource-tagging.ts'

interface VpcProperties {
  CidrBlock?: string
  EnableDnsHostnames?: boolean
  EnableDnsSupport?: boolean
  InstanceTenancy?: string
  Tags?: TagProperty
}

interface SubnetProperties {
  VpcId: string
  CidrBlock?: string
  AvailabilityZone?: string
  AvailabilityZoneId?: string
  MapPublicIpOnLaunch?: boolean
  Tags?: TagProperty
}

const subnetProperties = [
  ...(['VpcId', 'CidrBlock', 'AvailabilityZone', 'AvailabilityZoneId', 'MapPublicIpOnLaunch', 'Tags'] as const),
] as const

export const resources = {
  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpc.html */
  'AWS::EC2::VPC': resource<VpcProperties>({
    properties: ['CidrBlock', 'EnableDnsHostnames', 'EnableDnsSupport', 'InstanceTenancy', 'Tags'],
    replaceOn: ['InstanceTenancy'],
    async create(props, rx) {
      const { CidrBlock, InstanceTenancy } = props
      const { Vpc } = await rx.invoke<{ Vpc: { VpcId: string } }>('ec2:CreateVpc', {
        ...(CidrBlock !== undefined && { CidrBlock }),
        ...(InstanceTenancy !== undefined && { InstanceTenancy }),
        TagSpecifications: specification('vpc', props.Tags, rx),
      })
      rx.created(Vpc.VpcId)
      await dns(Vpc.VpcId, props, {}, rx)
      return vpcState(Vpc.VpcId, rx)
    },
    async update(id, props, previous, rx) {
      await dns(id, props, previous, rx)
      await retag(id, props.Tags, previous.Tags, rx)
      return vpcState(id, rx)
    },
    async delete(VpcId, _props, rx) {
      await rx.invoke('ec2:DeleteVpc', { VpcId }).catch(ignore('InvalidVpcID.NotFound'))
    },
    read: (id, _props, rx) => readVpc(id, rx),
    adopt: (id, rx) => vpcState(id, rx).catch(ignore('InvalidVpcID.NotFound')),
    list: listing('ec2:DescribeVpcs', { items: 'Vpcs', id: 'VpcId' }),
  }),

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-subnet.html */
  'AWS::EC2::Subnet': resource<SubnetProperties>({
    properties: subnetProperties,
    async create(props, rx) {
      const { MapPublicIpOnLaunch, Tags, ...settings } = props
      const { Subnet } = await rx.invoke<{ Subnet: { SubnetId: string } }>('ec2:CreateSubnet', {
        ...settings,
        TagSpecifications: specification('subnet', Tags, rx),
      })
      rx.created(Subnet.SubnetId)
      if (MapPublicIpOnLaunch) await mapPublicIp(Subnet.SubnetId, true, rx)
      return subnetState(Subnet.SubnetId, rx)
    },
    async update(id, props, previous, rx) {
      if (props.MapPublicIpOnLaunch !== previous.MapPublicIpOnLaunch) {
        await mapPublicIp(id, props.MapPublicIpOnLaunch ?? false, rx)
      }
      await retag(id, props.Tags, previous.Tags, rx)
      return subnetState(id, rx)
    },
    async delete(SubnetId, _props, rx) {
      await rx.invoke('ec2:DeleteSubnet', { SubnetId }).catch(ignore('InvalidSubnetID.NotFound'))
    },
    async read(SubnetId, _props, rx) {
      const found = await describeOne(rx, 'DescribeSubnets', { SubnetIds: [SubnetId] }, 'Subnets')
      return found && members(found, subnetProperties)
    },
    adopt: (id, rx) => subnetState(id, rx).catch(ignore('InvalidSubnetID.NotFound')),
    list: listing('ec2:DescribeSubnets', { items: 'Subnets', id: 'SubnetId' }),
  }),

  'AWS::EC2::InternetGateway': internetGateway,
  'AWS::EC2::VPCGatewayAttachment': gatewayAttachment,
  'AWS::EC2::RouteTable': routeTable,
  'AWS::EC2::Route': route,
  'AWS::EC2::SubnetRouteTableAssociation': tableAssociation,
  'AWS::EC2::EIP': elasticAddress,
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::SecurityGroup': groupResource,
  'AWS::EC2::SecurityGroupIngress': ruleResource('Ingress'),
  'AWS::EC2::SecurityGroupEgress': ruleResource('Egress'),
}

async function dns(VpcId: string, props: VpcProperties, previous: VpcProperties, rx: ResourceCtx): Promise<void> {
  const wanted = {
    EnableDnsSupport: props.EnableDnsSupport ?? true,
    EnableDnsHostnames: props.EnableDnsHostnames ?? false,
  }
  const had = {
    EnableDnsSupport: previous.EnableDnsSupport ?? true,
    EnableDnsHostnames: previous.EnableDnsHostnames ?? false,
  }
  for (const name of ['EnableDnsSupport', 'EnableDnsHostnames'] as const) {
    if (wanted[name] !== had[name])
      await rx.invoke('ec2:ModifyVpcAttribute', { VpcId, [name]: { Value: wanted[name] } })
  }
}

function mapPublicIp(SubnetId: string, Value: boolean, rx: ResourceCtx): Promise<unknown> {
  return rx.invoke('ec2:ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value } })
}

async function vpcState(id: string, rx: ResourceReader) {
  const { Vpcs } = await rx.invoke<{
    Vpcs: { CidrBlock: string; CidrBlockAssociationSet: { AssociationId: string }[] }[]
  }>('ec2:DescribeVpcs', { VpcIds: [id] })
  const { SecurityGroups } = await rx.invoke<{ SecurityGroups: { GroupId: string }[] }>('ec2:DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [id] },
      { Name: 'group-name', Values: ['default'] },
    ],
  })
  const attributes = {
    VpcId: id,
    CidrBlock: Vpcs[0]?.CidrBlock,
    CidrBlockAssociations: Vpcs[0]?.CidrBlockAssociationSet.map(({ AssociationId }) => AssociationId),
    DefaultSecurityGroup: SecurityGroups[0]?.GroupId,
    Ipv6CidrBlocks: [],
  }
  return { id, attributes }
}

async function subnetState(id: string, rx: ResourceReader) {
  const { Subnets } = await rx.invoke<{
    Subnets: { VpcId: string; CidrBlock: string; AvailabilityZone: string; AvailabilityZoneId: string }[]
  }>('ec2:DescribeSubnets', { SubnetIds: [id] })
  const found = Subnets[0]
  const attributes = {
    SubnetId: id,
    VpcId: found?.VpcId,
    CidrBlock: found?.CidrBlock,
    AvailabilityZone: found?.AvailabilityZone,
    AvailabilityZoneId: found?.AvailabilityZoneId,
    Ipv6CidrBlocks: [],
  }
  return { id, attributes }
}
