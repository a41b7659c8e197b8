import { att, ref, type Samples, tags, to } from '../sample.ts'

const vpc = (CidrBlock = '10.0.0.0/16') => ({ Type: 'AWS::EC2::VPC', Properties: { CidrBlock } })
const gateway = { Type: 'AWS::EC2::InternetGateway' }
const subnet = (of: string, CidrBlock: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: ref(of), CidrBlock },
})
const table = (of: string) => ({ Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref(of) } })
const group = (of: string) => ({
  Type: 'AWS::EC2::SecurityGroup',
  Properties: { GroupDescription: 'walked', VpcId: ref(of) },
})
const rule = (port: number) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: '10.0.0.0/8' })
const rules = (peer: string) => ({
  beside: {
    Vpc: vpc(),
    'Group~': group('Vpc'),
    'Other~': group('Vpc'),
    'Peer~': group('Vpc'),
    'Second~': group('Vpc'),
  },
  base: { GroupId: ref('Group~'), ...rule(443) },
  changes: {
    GroupId: to(ref('Other~')),
    IpProtocol: to('udp'),
    FromPort: to(80),
    ToPort: to(444),
    CidrIp: to('10.1.0.0/16'),
    CidrIpv6: to('::/0', { CidrIp: undefined, CidrIpv6: '2001:db8::/32' }),
    Description: to('from inside'),
    [peer]: to(ref('Second~'), { CidrIp: undefined, [peer]: ref('Peer~') }),
  },
})

export const ec2: Samples = {
  'AWS::EC2::VPC': {
    base: { CidrBlock: '10.0.0.0/16' },
    changes: {
      CidrBlock: to('10.1.0.0/16'),
      EnableDnsHostnames: to(true),
      EnableDnsSupport: to(false),
      Tags: to(tags),
    },
    still: { InstanceTenancy: 'Only default is taken: others are refused by name.' },
  },
  'AWS::EC2::Subnet': {
    beside: { 'Vpc~': vpc(), 'Other~': vpc() },
    base: { VpcId: ref('Vpc~'), CidrBlock: '10.0.1.0/24' },
    changes: {
      VpcId: to(ref('Other~')),
      CidrBlock: to('10.0.2.0/24'),
      MapPublicIpOnLaunch: to(true),
      Tags: to(tags),
    },
    still: {
      AvailabilityZone: 'Its replacement would have the same block.',
      AvailabilityZoneId: 'Its replacement would have the same block.',
    },
  },
  'AWS::EC2::InternetGateway': { base: {}, changes: { Tags: to(tags) } },
  'AWS::EC2::VPCGatewayAttachment': {
    beside: { 'Vpc~': vpc(), 'Other~': vpc(), 'Gateway~': gateway, 'Second~': gateway },
    base: { VpcId: ref('Vpc~'), InternetGatewayId: ref('Gateway~') },
    changes: { InternetGatewayId: to(ref('Second~')) },
    still: { VpcId: 'A gateway is attached to one network: the replacement would be a second.' },
  },
  'AWS::EC2::RouteTable': {
    beside: { Vpc: vpc(), Other: vpc() },
    base: { VpcId: ref('Vpc') },
    changes: { VpcId: to(ref('Other')), Tags: to(tags) },
  },
  'AWS::EC2::Route': {
    beside: {
      'Vpc~': vpc(),
      'Gateway~': gateway,
      'Attached~': {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: ref('Vpc~'), InternetGatewayId: ref('Gateway~') },
      },
      'Table~': { ...table('Vpc~'), DependsOn: 'Attached~' },
      'Other~': { ...table('Vpc~'), DependsOn: 'Attached~' },
    },
    base: { RouteTableId: ref('Table~'), DestinationCidrBlock: '0.0.0.0/0', GatewayId: ref('Gateway~') },
    changes: { RouteTableId: to(ref('Other~')), DestinationCidrBlock: to('192.168.0.0/16') },
    still: {
      GatewayId: 'A network has one: ec2-routes.test.ts has changes of targets.',
      NatGatewayId: 'In place of GatewayId: ec2-routes.test.ts has it.',
    },
  },
  'AWS::EC2::SubnetRouteTableAssociation': {
    beside: {
      'Vpc~': vpc(),
      'Table~': table('Vpc~'),
      'Other~': table('Vpc~'),
      'Subnet~': subnet('Vpc~', '10.0.1.0/24'),
      'Second~': subnet('Vpc~', '10.0.2.0/24'),
    },
    base: { RouteTableId: ref('Table~'), SubnetId: ref('Subnet~') },
    changes: { RouteTableId: to(ref('Other~')), SubnetId: to(ref('Second~')) },
  },
  'AWS::EC2::EIP': {
    base: {},
    changes: { Domain: to('vpc'), Tags: to(tags) },
    still: { NetworkBorderGroup: 'There is but that of the region.' },
  },
  'AWS::EC2::NatGateway': {
    beside: {
      Vpc: vpc(),
      Gateway: gateway,
      Attached: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('Gateway') },
      },
      Subnet: { ...subnet('Vpc', '10.0.1.0/24'), DependsOn: 'Attached' },
      Second: { ...subnet('Vpc', '10.0.2.0/24'), DependsOn: 'Attached' },
      'Address~': { Type: 'AWS::EC2::EIP', DependsOn: 'Attached' },
      'Other~': { Type: 'AWS::EC2::EIP', DependsOn: 'Attached' },
    },
    base: { SubnetId: ref('Subnet'), AllocationId: att('Address~', 'AllocationId') },
    changes: {
      AllocationId: to(att('Other~', 'AllocationId')),
      Tags: to(tags),
    },
    still: {
      SubnetId: 'Its replacement would have the same address: ec2-routes.test.ts has it.',
      ConnectivityType: 'A private one has no address.',
      PrivateIpAddress: 'Its replacement would have the same address.',
    },
  },
  'AWS::EC2::SecurityGroup': {
    beside: { Vpc: vpc(), Other: vpc() },
    base: { GroupDescription: 'walked', VpcId: ref('Vpc') },
    changes: {
      GroupName: to('walked-group'),
      GroupDescription: to('walked again'),
      VpcId: to(ref('Other')),
      SecurityGroupIngress: to([rule(443), rule(80)]),
      SecurityGroupEgress: to([rule(443)]),
      Tags: to(tags),
    },
  },
  'AWS::EC2::SecurityGroupIngress': rules('SourceSecurityGroupId'),
  'AWS::EC2::SecurityGroupEgress': rules('DestinationSecurityGroupId'),
}
