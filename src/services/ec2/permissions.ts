import type { IpPermission } from '@aws-sdk/client-ec2'
import { awsError } from '../../kernel/errors.ts'
import { formatCidr, isCidrV6, parseCidr } from './cidr.ts'
import { invalidValue, unsupported } from './errors.ts'
import type { SecurityGroupRule } from './state.ts'

/** A rule before it has an id. */
export type Wanted = Omit<SecurityGroupRule, 'id'>

const names: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' }

/** The one-rule form that older clients send beside `IpPermissions`. */
interface Flat {
  readonly IpPermissions?: readonly IpPermission[]
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly CidrIp?: string
  readonly SourceSecurityGroupName?: string
  readonly SourceSecurityGroupOwnerId?: string
}

/** The permissions of a request in one form, whichever it was written in. */
export function permissionsOf(input: Flat): readonly IpPermission[] {
  const { IpPermissions, IpProtocol, FromPort, ToPort, CidrIp } = input
  if (input.SourceSecurityGroupName !== undefined || input.SourceSecurityGroupOwnerId !== undefined) {
    const name = input.SourceSecurityGroupName === undefined ? 'SourceSecurityGroupOwnerId' : 'SourceSecurityGroupName'
    throw unsupported(name, 'name groups by id in IpPermissions.')
  }
  if (IpPermissions?.length) return IpPermissions
  if (IpProtocol === undefined)
    throw awsError('MissingParameter', 'Either ipPermissions or ipProtocol must be provided.')
  return [
    {
      IpProtocol,
      ...(FromPort !== undefined && { FromPort }),
      ...(ToPort !== undefined && { ToPort }),
      ...(CidrIp !== undefined && { IpRanges: [{ CidrIp }] }),
    },
  ]
}

/** One rule for each peer of each permission. */
export function wantedRules(permissions: readonly IpPermission[], egress: boolean, account: string): Wanted[] {
  return permissions.flatMap((permission) => {
    const base = { egress, ...portsOf(permission) }
    const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission
    if (PrefixListIds.length > 0) throw unsupported('PrefixListIds', 'give the ranges themselves.')
    const rules = [
      ...IpRanges.map(({ CidrIp, Description }) => ({ ...base, ipv4: rangeV4(CidrIp), ...said(Description) })),
      ...Ipv6Ranges.map(({ CidrIpv6, Description }) => ({ ...base, ipv6: rangeV6(CidrIpv6), ...said(Description) })),
      ...UserIdGroupPairs.map(({ GroupId, UserId, Description, GroupName, ...peering }) => {
        const { VpcPeeringConnectionId, PeeringStatus } = peering
        if ((VpcPeeringConnectionId ?? PeeringStatus) !== undefined)
          throw unsupported('VpcPeeringConnectionId', 'there is no peering.')
        if (UserId !== undefined && UserId !== '' && UserId !== account) {
          throw unsupported('UserIdGroupPairs.UserId', 'groups of other accounts cannot be named.')
        }
        if (!GroupId) {
          if (GroupName !== undefined) throw unsupported('UserIdGroupPairs.GroupName', 'name groups by id.')
          throw awsError('MissingParameter', 'The request must contain the parameter groupId')
        }
        return { ...base, groupId: GroupId, ...said(Description) }
      }),
    ]
    if (rules.length === 0) {
      throw awsError('MissingParameter', 'Must specify at least one range of addresses or security group.')
    }
    return rules
  })
}

/** The protocol and its ports as they are stored; refused where they do not go together. */
export function portsOf({ IpProtocol, FromPort, ToPort }: Pick<IpPermission, 'IpProtocol' | 'FromPort' | 'ToPort'>) {
  const text = (IpProtocol ?? '').toLowerCase()
  const protocol = names[text] ?? text
  if (protocol === 'tcp' || protocol === 'udp') {
    if (FromPort === undefined || ToPort === undefined) {
      throw invalidValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    }
    if (!isPort(FromPort) || !isPort(ToPort) || FromPort > ToPort) {
      throw invalidValue(`Invalid TCP/UDP port range (${FromPort}:${ToPort})`)
    }
    return { protocol, from: FromPort, to: ToPort }
  }
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const [from, to] = [FromPort ?? -1, ToPort ?? -1]
    if (from < -1 || from > 255 || to < -1 || to > 255 || (from === -1 && to !== -1)) {
      throw invalidValue(`Invalid ICMP type or code (${from}:${to})`)
    }
    return { protocol, from, to }
  }
  const known = protocol === '-1' || (/^\d{1,3}$/.test(protocol) && Number(protocol) <= 255)
  if (!known) throw invalidValue(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`)
  return { protocol, from: -1, to: -1 }
}

const isPort = (port: number) => port >= 0 && port <= 65_535

export function rangeV4(text: string | undefined): string {
  const cidr = parseCidr(text ?? '')
  if (!cidr) throw invalidValue(`CIDR block ${text} is malformed`)
  return formatCidr(cidr)
}

export function rangeV6(text: string | undefined): string {
  if (!isCidrV6(text ?? '')) throw invalidValue(`CIDR block ${text} is malformed`)
  return (text ?? '').toLowerCase()
}

function said(description: string | undefined) {
  if (description === undefined || description === '') return {}
  if (description.length > 255 || !/^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]*$/.test(description)) {
    throw invalidValue(
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    )
  }
  return { description }
}

/** Whether two rules allow the same, whatever their descriptions say. */
export function sameRule(a: Wanted, b: Wanted): boolean {
  return (['egress', 'protocol', 'from', 'to', 'ipv4', 'ipv6', 'groupId'] as const).every((name) => a[name] === b[name])
}

/** As EC2's errors name a rule. */
export function sentenceOf({ protocol, from, to, ipv4, ipv6, groupId }: Wanted): string {
  const peer = `peer: ${ipv4 ?? ipv6 ?? groupId}`
  if (protocol === '-1') return `${peer}, ALL, ALLOW`
  const upper = protocol.toUpperCase()
  if (protocol === 'icmp' || protocol === 'icmpv6') return `${peer}, ${upper}, type: ${from}, code: ${to}, ALLOW`
  return from === -1 ? `${peer}, ${upper}, ALLOW` : `${peer}, ${upper}, from port: ${from}, to port: ${to}, ALLOW`
}

/** Rules of one direction as permissions: one for each protocol and ports, with all of its peers. */
export function permissionList(rules: readonly SecurityGroupRule[], egress: boolean, account: string): IpPermission[] {
  const byPorts = new Map<string, SecurityGroupRule[]>()
  for (const rule of rules) {
    if (rule.egress !== egress) continue
    const key = `${rule.protocol} ${rule.from} ${rule.to}`
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule])
  }
  return [...byPorts.values()].map((list) => {
    const { protocol, from, to } = list[0] as SecurityGroupRule
    const ported = ['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol)
    return {
      IpProtocol: protocol,
      ...(ported && { FromPort: from, ToPort: to }),
      IpRanges: list.flatMap(({ ipv4, description }) => (ipv4 ? [{ CidrIp: ipv4, ...spoken(description) }] : [])),
      Ipv6Ranges: list.flatMap(({ ipv6, description }) => (ipv6 ? [{ CidrIpv6: ipv6, ...spoken(description) }] : [])),
      UserIdGroupPairs: list.flatMap(({ groupId, description }) =>
        groupId ? [{ GroupId: groupId, UserId: account, ...spoken(description) }] : [],
      ),
      PrefixListIds: [],
    }
  })
}

const spoken = (description: string | undefined) => (description === undefined ? {} : { Description: description })
