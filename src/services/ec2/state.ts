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
/** How many there are: of `vpc` and `security-group` in the region, of `subnet` in a VPC. */
export const amount = ec2.record<number, [what: 'vpc' | 'security-group' | 'subnet', of: string]>('amount')
