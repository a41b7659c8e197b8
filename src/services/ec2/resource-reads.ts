import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/**
 * What a Describe operation answers about one thing by its id, as properties of the same names; undefined when it is
 * not there.
 */
export async function describeOne<T extends object>(
  rx: ResourceReader,
  operation: string,
  input: object,
  list: string,
): Promise<T | undefined> {
  const answer = await rx.invoke<Record<string, T[] | undefined>>(`ec2:${operation}`, input).catch((error: unknown) => {
    if (!isAwsError(error) || !/NotFound/.test(error.code)) throw error
  })
  return answer?.[list]?.[0]
}

/** A network as its properties would say it. */
export async function readVpc(VpcId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await describeOne(rx, 'DescribeVpcs', { VpcIds: [VpcId] }, 'Vpcs')
  if (!found) return undefined
  const attribute = async (name: 'enableDnsSupport' | 'enableDnsHostnames') => {
    const asked = { VpcId, Attribute: name }
    const answer = await rx.invoke<Record<string, { Value?: boolean }>>('ec2:DescribeVpcAttribute', asked)
    return answer[name.replace('enable', 'Enable')]?.Value
  }
  return {
    ...members(found, ['CidrBlock', 'InstanceTenancy', 'Tags']),
    EnableDnsSupport: await attribute('enableDnsSupport'),
    EnableDnsHostnames: await attribute('enableDnsHostnames'),
  }
}

interface AttachedGateway {
  readonly Attachments?: readonly { readonly VpcId: string }[]
}

/** Whether a gateway is attached to a network, as the properties of an attachment would say it. */
export async function readAttachment(VpcId: string, rx: ResourceReader) {
  const Filters = [{ Name: 'attachment.vpc-id', Values: [VpcId] }]
  const found = await describeOne<AttachedGateway & { InternetGatewayId: string }>(
    rx,
    'DescribeInternetGateways',
    { Filters },
    'InternetGateways',
  )
  return found && { VpcId, InternetGatewayId: found.InternetGatewayId }
}

interface Table {
  readonly Routes?: readonly { readonly DestinationCidrBlock?: string }[]
  readonly Associations?: readonly { readonly RouteTableAssociationId: string }[]
}

/** A route of a table as its properties would say it. */
export async function readRoute(RouteTableId: string, block: string, rx: ResourceReader) {
  const asked = { RouteTableIds: [RouteTableId] }
  const table = await describeOne<Table>(rx, 'DescribeRouteTables', asked, 'RouteTables')
  const found = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === block)
  return found && { RouteTableId, ...members(found, ['DestinationCidrBlock', 'GatewayId', 'NatGatewayId']) }
}

/** An association of a subnet with a table as its properties would say it. */
export async function readAssociation(id: string, rx: ResourceReader) {
  const Filters = [{ Name: 'association.route-table-association-id', Values: [id] }]
  const table = await describeOne<Table>(rx, 'DescribeRouteTables', { Filters }, 'RouteTables')
  const found = table?.Associations?.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id)
  return found && members(found, ['RouteTableId', 'SubnetId'])
}

/** A rule of a security group as the properties of a rule of that direction would say it. */
export async function readRule(
  id: string,
  direction: 'Ingress' | 'Egress',
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await describeOne<Rule>(
    rx,
    'DescribeSecurityGroupRules',
    { SecurityGroupRuleIds: [id] },
    'SecurityGroupRules',
  )
  if (!found || found.IsEgress !== (direction === 'Egress')) return undefined
  const peer = direction === 'Ingress' ? 'SourceSecurityGroupId' : 'DestinationSecurityGroupId'
  return { GroupId: found.GroupId, ...ruleProperties(found, peer) }
}

interface Rule {
  readonly GroupId: string
  readonly IsEgress: boolean
  readonly CidrIpv4?: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly ReferencedGroupInfo?: { readonly GroupId?: string }
}

function ruleProperties(rule: Rule, peer: string) {
  return {
    ...members(rule, ['IpProtocol', 'CidrIpv6', 'Description']),
    // No ports: all of them.
    FromPort: rule.FromPort === -1 ? undefined : rule.FromPort,
    ToPort: rule.ToPort === -1 ? undefined : rule.ToPort,
    CidrIp: rule.CidrIpv4,
    [peer]: rule.ReferencedGroupInfo?.GroupId,
  }
}

/** A security group as its properties would say it, with all of its rules. */
export async function readGroup(GroupId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await describeOne<{ Description: string }>(
    rx,
    'DescribeSecurityGroups',
    { GroupIds: [GroupId] },
    'SecurityGroups',
  )
  if (!found) return undefined
  const Filters = [{ Name: 'group-id', Values: [GroupId] }]
  const rules: Rule[] = []
  let NextToken: string | undefined
  do {
    const page = await rx.invoke<{ SecurityGroupRules?: Rule[]; NextToken?: string }>(
      'ec2:DescribeSecurityGroupRules',
      {
        Filters,
        ...(NextToken !== undefined && { NextToken }),
      },
    )
    rules.push(...(page.SecurityGroupRules ?? []))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  const going = (out: boolean, peer: string) =>
    rules.filter(({ IsEgress }) => IsEgress === out).map((rule) => ruleProperties(rule, peer))
  return {
    ...members(found, ['GroupName', 'VpcId', 'Tags']),
    GroupDescription: found.Description,
    SecurityGroupIngress: going(false, 'SourceSecurityGroupId'),
    SecurityGroupEgress: going(true, 'DestinationSecurityGroupId'),
  }
}

/** An address as its properties would say it. */
export async function readAddress(PublicIp: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await describeOne(rx, 'DescribeAddresses', { PublicIps: [PublicIp] }, 'Addresses')
  return found && members(found, ['Domain', 'NetworkBorderGroup', 'Tags'])
}

interface Nat {
  readonly State: string
  readonly NatGatewayAddresses?: readonly { readonly AllocationId?: string; readonly PrivateIp?: string }[]
}

/** A NAT gateway as its properties would say it; one that is deleted can be described for a while. */
export async function readNat(id: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await describeOne<Nat>(rx, 'DescribeNatGateways', { NatGatewayIds: [id] }, 'NatGateways')
  if (!found || /^delet/.test(found.State)) return undefined
  const [address] = found.NatGatewayAddresses ?? []
  return {
    ...members(found, ['SubnetId', 'ConnectivityType', 'Tags']),
    AllocationId: address?.AllocationId,
    PrivateIpAddress: address?.PrivateIp,
  }
}
