import type { IpPermission, SecurityGroupRuleDescription, SecurityGroupRuleRequest } from '@aws-sdk/client-ec2'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { filtering, fromToken, toToken } from './describe.ts'
import { combination, invalidValue, noRule, unlessDryRun, unsupported } from './errors.ts'
import { findGroup, namedGroup, putRules } from './group.ts'
import { permissionsOf, portsOf, rangeV4, rangeV6, sameRule, sentenceOf, wantedRules } from './permissions.ts'
import { ruleShown } from './rule-shown.ts'
import { idOf } from './security-groups.ts'
import { groupOfRule, type SecurityGroupRule } from './state.ts'
import { acting, tagsOf } from './tagging.ts'

const mostAtOnce = 1_000

/** Rules one by one. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html */
export const ruleChanges = operations<Api>()({
  DescribeSecurityGroupRules: {
    authorize: () => [{ action: 'ec2:DescribeSecurityGroupRules', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      const keep = filtering<Placed>(input.Filters, {
        'group-id': ({ groupId }) => [groupId],
        'security-group-rule-id': ({ rule }) => [rule.id],
      })
      return readWithDefaults(ctx, async (tx) => {
        const shown = async ({ groupId, rule }: Placed) => ruleShown(ctx, groupId, rule, await tagsOf(tx, rule.id))
        const ids = input.SecurityGroupRuleIds ?? []
        if (ids.length > 0) {
          if (input.MaxResults !== undefined) throw combination('The parameter MaxResults cannot be used with ids')
          const found = await Promise.all(ids.map((id) => placed(tx, id)))
          return { SecurityGroupRules: await Promise.all(found.filter((one) => keep(one)).map(shown)) }
        }
        const max = Math.min(input.MaxResults ?? mostAtOnce, mostAtOnce)
        const bounds = input.NextToken === undefined ? {} : { after: [fromToken(input.NextToken)] as const }
        const items = []
        let last = ''
        for await (const [id] of tx.keys(groupOfRule.between([], bounds))) {
          const one = await placed(tx, id)
          if (!keep(one, await tagsOf(tx, id))) continue
          if (items.length === max) return { SecurityGroupRules: items, NextToken: toToken(last) }
          items.push(await shown(one))
          last = id
        }
        return { SecurityGroupRules: items }
      })
    },
  },

  ModifySecurityGroupRules: {
    authorize: async ({ GroupId, SecurityGroupRules }, ctx, tx) => [
      await acting(tx, ctx, 'ModifySecurityGroupRules', 'security-group', GroupId),
      ...(await Promise.all(
        SecurityGroupRules.map(({ SecurityGroupRuleId }) =>
          acting(tx, ctx, 'ModifySecurityGroupRules', 'security-group-rule', SecurityGroupRuleId ?? '*'),
        ),
      )),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const group = await findGroup(tx, input.GroupId)
      const rules = [...group.rules]
      for (const { SecurityGroupRuleId = '', SecurityGroupRule: asked } of input.SecurityGroupRules) {
        const at = rules.findIndex(({ id }) => id === SecurityGroupRuleId)
        const before = rules[at]
        if (!before) throw noRule(SecurityGroupRuleId)
        const changed = changedRule(before, asked)
        if (rules.some((other, i) => i !== at && sameRule(changed, other))) {
          throw awsError('InvalidPermission.Duplicate', `the specified rule "${sentenceOf(changed)}" already exists`)
        }
        rules[at] = changed
      }
      await putRules(tx, group, rules)
      return { Return: true }
    },
  },

  UpdateSecurityGroupRuleDescriptionsIngress: {
    authorize: async (input, ctx, tx) => [
      await acting(tx, ctx, 'UpdateSecurityGroupRuleDescriptionsIngress', 'security-group', await idOf(tx, input)),
    ],
    write: (tx, input, ctx) => redescribe(tx, ctx, input, false),
  },
  UpdateSecurityGroupRuleDescriptionsEgress: {
    authorize: async (input, ctx, tx) => [
      await acting(tx, ctx, 'UpdateSecurityGroupRuleDescriptionsEgress', 'security-group', await idOf(tx, input)),
    ],
    write: (tx, input, ctx) => redescribe(tx, ctx, input, true),
  },
})

interface Placed {
  readonly groupId: string
  readonly rule: SecurityGroupRule
}

async function placed(tx: ReadTx, id: string): Promise<Placed> {
  const groupId = await tx.get(groupOfRule(id))
  const rule = groupId === undefined ? undefined : (await findGroup(tx, groupId)).rules.find((one) => one.id === id)
  if (groupId === undefined || !rule) throw noRule(id)
  return { groupId, rule }
}

/** The whole rule is given anew; its direction and the kind of its peer stay. */
function changedRule(before: SecurityGroupRule, asked: SecurityGroupRuleRequest | undefined): SecurityGroupRule {
  if (!asked) throw awsError('MissingParameter', 'The request must contain the parameter SecurityGroupRule')
  if (asked.PrefixListId !== undefined) throw unsupported('PrefixListId', 'give the ranges themselves.')
  const { CidrIpv4, CidrIpv6, ReferencedGroupId, Description } = asked
  if ([CidrIpv4, CidrIpv6, ReferencedGroupId].filter((peer) => peer !== undefined).length !== 1) {
    throw invalidValue('A rule has exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId.')
  }
  return {
    id: before.id,
    egress: before.egress,
    ...portsOf(asked),
    ...(CidrIpv4 !== undefined && { ipv4: rangeV4(CidrIpv4) }),
    ...(CidrIpv6 !== undefined && { ipv6: rangeV6(CidrIpv6) }),
    ...(ReferencedGroupId !== undefined && { groupId: ReferencedGroupId }),
    ...(Description ? { description: Description } : {}),
  }
}

interface Redescribed {
  readonly GroupId?: string
  readonly GroupName?: string
  readonly DryRun?: boolean
  readonly IpPermissions?: readonly IpPermission[]
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[]
}

async function redescribe(tx: Tx, ctx: Ctx, input: Redescribed, egress: boolean) {
  const byId = input.SecurityGroupRuleDescriptions ?? []
  const wanted = byId.length > 0 ? [] : wantedRules(permissionsOf(input), egress, ctx.account)
  unlessDryRun(input)
  await withDefaults(tx, ctx)
  const group = await namedGroup(tx, input)
  const rules = group.rules.map((rule): SecurityGroupRule => {
    const like = wanted.find((other) => sameRule(other, rule))
    const named = byId.find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === rule.id)
    if (!like && !named) return rule
    return { ...rule, description: (named ? named.Description : like?.description) || undefined }
  })
  const known = (rule: (typeof wanted)[number]) => group.rules.some((other) => sameRule(rule, other))
  if (!wanted.every(known)) {
    throw awsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  }
  const missing = byId.find(({ SecurityGroupRuleId: id }) => !group.rules.some((rule) => rule.id === id))
  if (missing) throw noRule(missing.SecurityGroupRuleId ?? '')
  await putRules(tx, group, rules)
  return { Return: true }
}
