import { isDeepStrictEqual } from 'node:util'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { readGroup, readRule } from './resource-reads.ts'
import { ignore, retag, specification, type TagProperty } from './resource-tagging.ts'

interface RuleProperties {
  IpProtocol: string
  FromPort?: number
  ToPort?: number
  CidrIp?: string
  CidrIpv6?: string
  Description?: string
  SourceSecurityGroupId?: string
  DestinationSecurityGroupId?: string
}

interface OwnRuleProperties extends RuleProperties {
  GroupId: string
}

interface GroupProperties {
  GroupName?: string
  GroupDescription: string
  VpcId?: string
  SecurityGroupIngress?: RuleProperties[]
  SecurityGroupEgress?: RuleProperties[]
  Tags?: TagProperty
}

type Direction = 'Ingress' | 'Egress'

/** What a new group has when its template says nothing of what goes out. */
const everything: RuleProperties = { IpProtocol: '-1', CidrIp: '0.0.0.0/0' }

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html */
export const groupResource = resource<GroupProperties>({
  properties: ['GroupName', 'GroupDescription', 'VpcId', 'SecurityGroupIngress', 'SecurityGroupEgress', 'Tags'],
  async create(props, rx) {
    const { GroupId } = await rx.invoke<{ GroupId: string }>('ec2:CreateSecurityGroup', {
      GroupName: props.GroupName ?? rx.name({ maxLength: 255 }),
      Description: props.GroupDescription,
      ...(props.VpcId !== undefined && { VpcId: props.VpcId }),
      TagSpecifications: specification('security-group', props.Tags, rx),
    })
    rx.created(GroupId)
    await change(GroupId, 'Ingress', props.SecurityGroupIngress ?? [], [], rx)
    await change(GroupId, 'Egress', goingOut(props), [everything], rx)
    return state(GroupId, rx)
  },
  async update(id, props, previous, rx) {
    await change(id, 'Ingress', props.SecurityGroupIngress ?? [], previous.SecurityGroupIngress ?? [], rx)
    await change(id, 'Egress', goingOut(props), goingOut(previous), rx)
    await retag(id, props.Tags, previous.Tags, rx)
    return state(id, rx)
  },
  async delete(GroupId, _props, rx) {
    await rx.invoke('ec2:DeleteSecurityGroup', { GroupId }).catch(ignore('InvalidGroup.NotFound'))
  },
  read: (id, _props, rx) => readGroup(id, rx),
  adopt: (id, rx) => state(id, rx).catch(ignore('InvalidGroup.NotFound')),
  list: listing('ec2:DescribeSecurityGroups', { items: 'SecurityGroups', id: 'GroupId' }),
})

/**
 * A rule beside the template of its group, so that two groups can name each other.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroupingress.html
 */
export function ruleResource(direction: Direction) {
  const peer = direction === 'Ingress' ? 'SourceSecurityGroupId' : 'DestinationSecurityGroupId'
  return resource<OwnRuleProperties>({
    properties: ['GroupId', 'IpProtocol', 'FromPort', 'ToPort', 'CidrIp', 'CidrIpv6', 'Description', peer],
    async create(props, rx) {
      const { SecurityGroupRules } = await rx.invoke<{ SecurityGroupRules: { SecurityGroupRuleId: string }[] }>(
        `ec2:AuthorizeSecurityGroup${direction}`,
        { GroupId: props.GroupId, IpPermissions: [permission(props)] },
      )
      const id = SecurityGroupRules[0]?.SecurityGroupRuleId ?? ''
      return { id, attributes: { Id: id } }
    },
    async update(id, props, previous, rx) {
      if (props.Description !== previous.Description) {
        const { Description = '' } = props
        await rx.invoke(`ec2:UpdateSecurityGroupRuleDescriptions${direction}`, {
          GroupId: props.GroupId,
          SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description }],
        })
      }
      return { id, attributes: { Id: id } }
    },
    async delete(id, { GroupId }, rx) {
      await rx
        .invoke(`ec2:RevokeSecurityGroup${direction}`, { GroupId, SecurityGroupRuleIds: [id] })
        .catch(ignore('InvalidSecurityGroupRuleId.NotFound', 'InvalidGroup.NotFound'))
    },
    read: (id, _props, rx) => readRule(id, direction, rx),
    adopt: (id) => ({ id, attributes: { Id: id } }),
  })
}

const goingOut = (props: GroupProperties) =>
  props.SecurityGroupEgress?.length ? props.SecurityGroupEgress : [everything]

/** Revokes what is gone before it authorises what is new: a rule that only changed would be there twice. */
async function change(
  GroupId: string,
  direction: Direction,
  next: readonly RuleProperties[],
  before: readonly RuleProperties[],
  rx: ResourceCtx,
): Promise<void> {
  const without = (rules: readonly RuleProperties[], others: readonly RuleProperties[]) =>
    rules.filter((rule) => !others.some((other) => isDeepStrictEqual(rule, other))).map(permission)
  const [gone, added] = [without(before, next), without(next, before)]
  if (gone.length > 0) {
    await rx
      .invoke(`ec2:RevokeSecurityGroup${direction}`, { GroupId, IpPermissions: gone })
      .catch(ignore('InvalidPermission.NotFound'))
  }
  if (added.length > 0) await rx.invoke(`ec2:AuthorizeSecurityGroup${direction}`, { GroupId, IpPermissions: added })
}

function permission(rule: RuleProperties) {
  const { CidrIp, CidrIpv6, Description, SourceSecurityGroupId, DestinationSecurityGroupId } = rule
  const GroupId = SourceSecurityGroupId ?? DestinationSecurityGroupId
  const said = Description === undefined ? {} : { Description }
  return {
    IpProtocol: String(rule.IpProtocol),
    ...(rule.FromPort !== undefined && { FromPort: Number(rule.FromPort) }),
    ...(rule.ToPort !== undefined && { ToPort: Number(rule.ToPort) }),
    ...(CidrIp !== undefined && { IpRanges: [{ CidrIp, ...said }] }),
    ...(CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6, ...said }] }),
    ...(GroupId !== undefined && { UserIdGroupPairs: [{ GroupId, ...said }] }),
  }
}

async function state(id: string, rx: ResourceReader) {
  const { SecurityGroups } = await rx.invoke<{ SecurityGroups: { VpcId: string }[] }>('ec2:DescribeSecurityGroups', {
    GroupIds: [id],
  })
  return { id, attributes: { GroupId: id, Id: id, VpcId: SecurityGroups[0]?.VpcId } }
}
