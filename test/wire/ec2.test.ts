import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifySecurityGroupRulesCommand,
  ModifyVpcAttributeCommand,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let ec2: EC2Client
beforeAll(async () => {
  node = await startNode()
  ec2 = node.client(EC2Client)
})
afterAll(() => node.close())

const newVpc = async (CidrBlock = '10.0.0.0/16') => {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock }))
  return Vpc?.VpcId as string
}
const newGroup = async (VpcId: string, GroupName = 'web') => {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'for tests' }))
  return GroupId as string
}
const group = async (id: string) => {
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))
  return SecurityGroups?.[0]
}
const error = (code: string, message?: RegExp) =>
  expect.objectContaining({ name: code, ...(message && { message: expect.stringMatching(message) }) })

test('every account has a default VPC in every region, with a subnet in each zone and a default group', async () => {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }))
  expect(Vpcs).toMatchObject([{ CidrBlock: '172.31.0.0/16', IsDefault: true, State: 'available' }])
  const VpcId = Vpcs?.[0]?.VpcId as string
  const mine = [{ Name: 'vpc-id', Values: [VpcId] }]
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: mine }))
  expect(Subnets?.map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock]).sort()).toEqual([
    ['us-east-1a', '172.31.0.0/20'],
    ['us-east-1b', '172.31.16.0/20'],
    ['us-east-1c', '172.31.32.0/20'],
  ])
  expect(Subnets?.[0]).toMatchObject({ DefaultForAz: true, MapPublicIpOnLaunch: true, AvailableIpAddressCount: 4091 })
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: mine }))
  const [own] = SecurityGroups ?? []
  expect(own).toMatchObject({
    GroupName: 'default',
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: own?.GroupId, UserId: '000000000000' }] }],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })
  const elsewhere = node.client(EC2Client, { region: 'eu-west-1' })
  const there = await elsewhere.send(new DescribeVpcsCommand({}))
  expect(there.Vpcs).toHaveLength(1)
  expect(there.Vpcs?.[0]?.VpcId).not.toBe(VpcId)
  await node.restart()
  ec2 = node.client(EC2Client)
  const again = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }))
  expect(again.Vpcs).toHaveLength(1)
})

test('a VPC has its own default group, attributes and tags, and goes only when it is empty', async () => {
  const TagSpecifications = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'team', Value: 'a&b' }] }]
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.1.7/16', TagSpecifications }))
  const VpcId = Vpc?.VpcId as string
  expect(Vpc).toMatchObject({ CidrBlock: '10.9.0.0/16', IsDefault: false, Tags: [{ Key: 'team', Value: 'a&b' }] })
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }))
  const dns = await ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' }))
  expect(dns.EnableDnsHostnames).toEqual({ Value: true })
  const made = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.4.0/24', AvailabilityZone: 'us-east-1b' }),
  )
  const SubnetId = made.Subnet?.SubnetId as string
  expect(made.Subnet).toMatchObject({ AvailabilityZoneId: 'use1-az2', AvailableIpAddressCount: 251 })
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toEqual(error('DependencyViolation'))
  await ec2.send(new DeleteSubnetCommand({ SubnetId }))
  const GroupId = await newGroup(VpcId)
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toEqual(error('DependencyViolation'))
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  await ec2.send(new DeleteVpcCommand({ VpcId }))
  await expect(ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }))).rejects.toEqual(error('InvalidVpcID.NotFound'))
  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  )
  expect(SecurityGroups).toEqual([])
})

test('ranges are checked as EC2 does', async () => {
  const VpcId = await newVpc()
  const subnet = (CidrBlock: string, more = {}) => ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, ...more }))
  await subnet('10.0.0.0/24')
  await expect(subnet('10.0.0.128/25')).rejects.toEqual(
    error('InvalidSubnet.Conflict', /conflicts with another subnet/),
  )
  await expect(subnet('10.1.0.0/24')).rejects.toEqual(error('InvalidSubnet.Range'))
  await expect(subnet('10.0.0.0/29')).rejects.toEqual(error('InvalidSubnet.Range'))
  await expect(subnet('nonsense')).rejects.toEqual(error('InvalidParameterValue', /not a valid CIDR block/))
  await expect(subnet('10.0.5.0/24', { AvailabilityZone: 'us-east-1z' })).rejects.toEqual(
    error('InvalidParameterValue'),
  )
  await expect(newVpc('10.0.0.0/8')).rejects.toEqual(error('InvalidVpc.Range'))
  await expect(ec2.send(new CreateVpcCommand({}))).rejects.toEqual(error('MissingParameter'))
  await expect(ec2.send(new CreateSubnetCommand({ VpcId: 'vpc-00000000', CidrBlock: '10.0.0.0/24' }))).rejects.toEqual(
    error('InvalidVpcID.NotFound'),
  )
})

test('rules of a group are added, shown, changed and revoked; the same rule is not there twice', async () => {
  const GroupId = await newGroup(await newVpc())
  const other = await newGroup(await newVpc(), 'other')
  const IpPermissions = [
    {
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 81,
      IpRanges: [{ CidrIp: '10.1.2.3/8', Description: 'inside' }, { CidrIp: '192.168.0.0/16' }],
      Ipv6Ranges: [{ CidrIpv6: '2001:DB8::/32' }],
    },
    { IpProtocol: '6', FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: other }] },
    { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
  ]
  const added = await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
  expect(added.SecurityGroupRules).toHaveLength(5)
  expect((await group(GroupId))?.IpPermissions).toEqual([
    {
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 81,
      IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }, { CidrIp: '192.168.0.0/16' }],
      Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }],
      UserIdGroupPairs: [],
      PrefixListIds: [],
    },
    expect.objectContaining({
      IpProtocol: 'tcp',
      FromPort: 443,
      UserIdGroupPairs: [{ GroupId: other, UserId: '000000000000' }],
    }),
    expect.objectContaining({ IpProtocol: 'icmp', FromPort: 8, ToPort: -1 }),
  ])
  await expect(
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: IpPermissions.slice(1, 2) })),
  ).rejects.toEqual(error('InvalidPermission.Duplicate', /already exists/))
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: other }))).rejects.toEqual(
    error('DependencyViolation'),
  )

  const id = added.SecurityGroupRules?.[0]?.SecurityGroupRuleId as string
  const SecurityGroupRules = [
    {
      SecurityGroupRuleId: id,
      SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 90, ToPort: 90, CidrIpv4: '10.2.0.0/16' },
    },
  ]
  await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules }))
  const described = await ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }))
  expect(described.SecurityGroupRules).toMatchObject([
    { FromPort: 90, CidrIpv4: '10.2.0.0/16', IsEgress: false, GroupId },
  ])
  await ec2.send(
    new UpdateSecurityGroupRuleDescriptionsIngressCommand({
      GroupId,
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: 'said' }],
    }),
  )
  const filtered = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId] }] }),
  )
  expect(filtered.SecurityGroupRules).toHaveLength(6)
  expect(filtered.SecurityGroupRules?.find((rule) => rule.SecurityGroupRuleId === id)?.Description).toBe('said')

  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [id] }))
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: IpPermissions.slice(1) }))
  await expect(
    ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: IpPermissions.slice(1) })),
  ).rejects.toEqual(error('InvalidPermission.NotFound'))
  expect((await group(GroupId))?.IpPermissions).toMatchObject([{ IpRanges: [{ CidrIp: '192.168.0.0/16' }] }])
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId: other }))
})

test('what goes out is open until it is revoked', async () => {
  const GroupId = await newGroup(await newVpc())
  const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
  expect((await group(GroupId))?.IpPermissionsEgress).toMatchObject(everything)
  await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }))
  const dns = [{ IpProtocol: 'udp', FromPort: 53, ToPort: 53, IpRanges: [{ CidrIp: '10.0.0.2/32' }] }]
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: dns }))
  expect((await group(GroupId))?.IpPermissionsEgress).toMatchObject(dns)
})

test('bad rules are refused by what is wrong with them', async () => {
  const GroupId = await newGroup(await newVpc())
  const add = (permission: object) =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }))
  const IpRanges = [{ CidrIp: '0.0.0.0/0' }]
  await expect(add({ IpProtocol: 'tcp', IpRanges })).rejects.toEqual(
    error('InvalidParameterValue', /from and to ports/),
  )
  await expect(add({ IpProtocol: 'tcp', FromPort: 9, ToPort: 8, IpRanges })).rejects.toEqual(
    error('InvalidParameterValue'),
  )
  await expect(add({ IpProtocol: 'tcp', FromPort: 1, ToPort: 70_000, IpRanges })).rejects.toEqual(
    error('InvalidParameterValue'),
  )
  await expect(add({ IpProtocol: 'nonsense', IpRanges })).rejects.toEqual(error('InvalidParameterValue', /protocol/))
  await expect(add({ IpProtocol: '-1', IpRanges: [{ CidrIp: '1.2.3.4' }] })).rejects.toEqual(
    error('InvalidParameterValue', /malformed/),
  )
  await expect(add({ IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: 'zz::/64' }] })).rejects.toEqual(
    error('InvalidParameterValue', /malformed/),
  )
  await expect(add({ IpProtocol: '-1' })).rejects.toEqual(error('MissingParameter'))
  await expect(add({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-00000000' }] })).rejects.toEqual(
    error('InvalidGroup.NotFound'),
  )
  await expect(add({ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] })).rejects.toEqual(
    error('UnsupportedOperation', /PrefixListIds/),
  )
  expect((await group(GroupId))?.IpPermissions).toEqual([])
})

test('groups are found by name in the default VPC; names are a VPC’s own', async () => {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'named', Description: 'd' }))
  await expect(ec2.send(new CreateSecurityGroupCommand({ GroupName: 'named', Description: 'd' }))).rejects.toEqual(
    error('InvalidGroup.Duplicate'),
  )
  await newGroup(await newVpc(), 'named')
  const found = await ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['named'] }))
  expect(found.SecurityGroups?.map((one) => one.GroupId)).toEqual([GroupId])
  const byFilter = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['nam*', 'none'] }] }),
  )
  expect(byFilter.SecurityGroups).toHaveLength(2)
  await ec2.send(new DeleteSecurityGroupCommand({ GroupName: 'named' }))
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupName: 'named' }))).rejects.toEqual(
    error('InvalidGroup.NotFound'),
  )
  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }),
  )
  await expect(
    ec2.send(new DeleteSecurityGroupCommand({ GroupId: SecurityGroups?.[0]?.GroupId as string })),
  ).rejects.toEqual(error('CannotDelete'))
  await expect(ec2.send(new CreateSecurityGroupCommand({ GroupName: 'sg-mine', Description: 'd' }))).rejects.toEqual(
    error('InvalidParameterValue'),
  )
})

test('lists come in pages, and unknown filters are refused', async () => {
  const VpcId = await newVpc()
  const ids: string[] = []
  for (let i = 0; i < 7; i += 1) ids.push(await newGroup(VpcId, `page-${i}`))
  const seen: (string | undefined)[] = []
  const Filters = [{ Name: 'group-name', Values: ['page-?'] }]
  for await (const page of paginateDescribeSecurityGroups({ client: ec2, pageSize: 5 }, { Filters })) {
    expect(page.SecurityGroups?.length).toBeLessThanOrEqual(5)
    seen.push(...(page.SecurityGroups ?? []).map((one) => one.GroupId))
  }
  expect(seen.sort()).toEqual(ids.sort())
  await expect(ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'colour', Values: ['x'] }] }))).rejects.toEqual(
    error('InvalidParameterValue', /filter 'colour' is invalid/),
  )
  await expect(ec2.send(new DescribeVpcsCommand({ NextToken: 'zzz' }))).rejects.toEqual(error('InvalidParameterValue'))
  await expect(ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId], MaxResults: 5 }))).rejects.toEqual(
    error('InvalidParameterCombination'),
  )
})

test('tags are set, found and taken away, and go with what has them', async () => {
  const VpcId = await newVpc()
  const GroupId = await newGroup(VpcId)
  const Resources = [VpcId, GroupId]
  await ec2.send(
    new CreateTagsCommand({
      Resources,
      Tags: [
        { Key: 'stage', Value: 'test' },
        { Key: 'x', Value: '' },
      ],
    }),
  )
  const found = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'tag:stage', Values: ['t?st'] }] }))
  expect(found.Vpcs?.map((one) => one.VpcId)).toEqual([VpcId])
  const listed = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [GroupId] }] }))
  expect(listed.Tags).toEqual([
    { Key: 'stage', ResourceId: GroupId, ResourceType: 'security-group', Value: 'test' },
    { Key: 'x', ResourceId: GroupId, ResourceType: 'security-group', Value: '' },
  ])
  await ec2.send(
    new DeleteTagsCommand({ Resources: [GroupId], Tags: [{ Key: 'x' }, { Key: 'stage', Value: 'other' }] }),
  )
  expect((await group(GroupId))?.Tags).toEqual([{ Key: 'stage', Value: 'test' }])
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  const left = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [GroupId] }] }))
  expect(left.Tags).toEqual([])
  const tag = (id: string, Key = 'a') =>
    ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value: '' }] }))
  await expect(tag(GroupId)).rejects.toEqual(error('InvalidGroup.NotFound'))
  await expect(tag('nonsense')).rejects.toEqual(error('InvalidID'))
  await expect(tag(VpcId, 'aws:mine')).rejects.toEqual(error('InvalidParameterValue', /reserved/))
})

test('regions and zones are named; what is not here says so; a dry run does nothing', async () => {
  const { Regions } = await ec2.send(new DescribeRegionsCommand({ RegionNames: ['eu-west-1'] }))
  expect(Regions).toEqual([
    { RegionName: 'eu-west-1', Endpoint: 'ec2.eu-west-1.amazonaws.com', OptInStatus: 'opt-in-not-required' },
  ])
  const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}))
  expect(AvailabilityZones?.map((zone) => [zone.ZoneName, zone.ZoneId])).toEqual([
    ['us-east-1a', 'use1-az1'],
    ['us-east-1b', 'use1-az2'],
    ['us-east-1c', 'use1-az3'],
  ])
  await expect(ec2.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  })
  const before = await ec2.send(new DescribeVpcsCommand({}))
  await expect(ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true }))).rejects.toMatchObject({
    name: 'DryRunOperation',
    $metadata: { httpStatusCode: 412 },
  })
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(before.Vpcs?.length ?? 0)
  const stranger = node.client(EC2Client, {
    credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' },
  })
  await expect(stranger.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' })
})
