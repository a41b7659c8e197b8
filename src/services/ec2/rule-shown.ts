import type { Ctx } from '../../kernel/context.ts'
import { arnOf } from './names.ts'
import type { SecurityGroupRule } from './state.ts'
import { type Tags, tagList } from './tagging.ts'

/** A rule of a group as `DescribeSecurityGroupRules` shows it. */
export function ruleShown(ctx: Ctx, groupId: string, rule: SecurityGroupRule, tags: Tags) {
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: arnOf(ctx, 'security-group-rule', rule.id),
    GroupId: groupId,
    GroupOwnerId: ctx.account,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.from,
    ToPort: rule.to,
    CidrIpv4: rule.ipv4,
    CidrIpv6: rule.ipv6,
    ReferencedGroupInfo: rule.groupId === undefined ? undefined : { GroupId: rule.groupId, UserId: ctx.account },
    Description: rule.description,
    Tags: tagList(tags),
  }
}
