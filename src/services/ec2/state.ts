import { keyspace } from '../../store/keyspace.ts'

export interface Vpc {
  readonly id: string
  readonly cidr: string
  /** Names the association of the range with the VPC. */
  readonly associationId: string
  readonly isDefault: boolean
  readonly tenancy: 'default' | 'dedicated'
  readonly dnsSupport: boolean
  readonly dnsHostnames: boolean
  readonly usageMetrics: boolean
}

export interface Subnet {
  readonly id: string
  readonly vpcId: string
  readonly cidr: string
  /** `us-east-1a` */
  readonly zone: string
  readonly isDefault: boolean
  readonly mapPublicIp: boolean
}

export interface SecurityGroup {
  readonly id: string
  readonly vpcId: string
  readonly name: string
  readonly description: string
  readonly rules: readonly SecurityGroupRule[]
}

/** One rule has one peer: a range, a list or a group. */
export interface SecurityGroupRule {
  readonly id: string
  readonly egress: boolean
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a number of IANA's list. */
  readonly protocol: string
  /** Ports, or type and code of ICMP; -1 for all. */
  readonly from: number
  readonly to: number
  readonly ipv4?: string | undefined
  readonly ipv6?: string | undefined
  readonly groupId?: string | undefined
  readonly description?: string | undefined
}

export interface InternetGateway {
  readonly id: string
  readonly vpcId?: string | undefined
}

export interface RouteTable {
  readonly id: string
  readonly vpcId: string
  /** The range of the VPC: what leads there is no route that anybody made. */
  readonly local: string
  readonly routes: readonly Route[]
  readonly associations: readonly RouteTableAssociation[]
}

export interface Route {
  readonly cidr: string
  readonly target: { readonly kind: 'internet-gateway' | 'natgateway'; readonly id: string }
  /** What it led to is gone. */
  readonly blackhole?: boolean
}

/** Without a subnet it makes the table the VPC's main one: that of all subnets that have none. */
export interface RouteTableAssociation {
  readonly id: string
  readonly subnetId?: string | undefined
}

export interface NatGateway {
  readonly id: string
  readonly vpcId: string
  readonly subnetId: string
  /** Absent: private. */
  readonly allocationId?: string | undefined
  readonly associationId?: string | undefined
  readonly publicIp?: string | undefined
  readonly privateIp: string
  readonly interfaceId: string
  readonly createdAtMs: number
  readonly clientToken?: string | undefined
}

export interface Address {
  /** Of its allocation. */
  readonly id: string
  readonly ip: string
  readonly natGatewayId?: string | undefined
}

const ec2 = keyspace('ec2')

export const vpc = ec2.record<Vpc, [id: string]>('vpc')
export const subnet = ec2.record<Subnet, [id: string]>('subnet')
/** The subnets of a VPC and their ranges. */
export const subnetOfVpc = ec2.record<string, [vpcId: string, subnetId: string]>('subnet-of-vpc')
export const securityGroup = ec2.record<SecurityGroup, [id: string]>('security-group')
/** Names are a VPC's own. The value is the group's id. */
export const groupByName = ec2.record<string, [vpcId: string, name: string]>('group-by-name')
/** The group that a rule is in. */
export const groupOfRule = ec2.record<string, [ruleId: string]>('group-of-rule')
/** Groups whose rules name a group, and in how many rules. */
export const reference = ec2.record<number, [groupId: string, byGroupId: string]>('reference')
/** All tags of all resources. */
export const tag = ec2.record<string, [resourceId: string, key: string]>('tag')
/** Whether the default VPC has been made, and which it is: empty when it was deleted since. */
export const defaultVpc = ec2.record<string, []>('default-vpc')
export const internetGateway = ec2.record<InternetGateway, [id: string]>('internet-gateway')
/** A VPC has at most one. */
export const gatewayOfVpc = ec2.record<string, [vpcId: string]>('gateway-of-vpc')
export const routeTable = ec2.record<RouteTable, [id: string]>('route-table')
export const tableOfVpc = ec2.record<true, [vpcId: string, tableId: string]>('table-of-vpc')
export const mainTable = ec2.record<string, [vpcId: string]>('main-table')
/** Of subnets that have a table of their own; and of associations. */
export const tableOfSubnet = ec2.record<string, [subnetId: string]>('table-of-subnet')
export const tableOfAssociation = ec2.record<string, [associationId: string]>('table-of-association')
export const natGateway = ec2.record<NatGateway, [id: string]>('nat-gateway')
export const natOfSubnet = ec2.record<true, [subnetId: string, id: string]>('nat-of-subnet')
export const address = ec2.record<Address, [allocationId: string]>('address')
export const allocationOfIp = ec2.record<string, [ip: string]>('allocation-of-ip')
/** What a request with a client token has made, and what it asked for. */
export const madeByToken = ec2.record<{ id: string; asked: string }, [kind: string, token: string]>('made-by-token')
/** How many there are: in the region, and of `subnet` and `route-table` in a VPC. */
export const amount = ec2.record<number, [what: Counted, of: string]>('amount')
type Counted = 'vpc' | 'security-group' | 'subnet' | 'internet-gateway' | 'route-table' | 'address' | 'nat-gateway'
