import type { IpPermission, TagSpecification } from '@aws-sdk/client-ec2'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { withDefaults } from './defaults.ts'
import { unlessDryRun } from './errors.ts'
import { namedGroup, putRules } from './group.ts'
import { newId } from './names.ts'
import { permissionsOf, sameRule, sentenceOf, wantedRules } from './permissions.ts'
import { ruleShown } from './rule-shown.ts'
import { idOf } from './security-groups.ts'
import type { SecurityGroup, SecurityGroupRule } from './state.ts'
import { acting, creating, setTags, specifiedTags } from './tagging.ts'

interface Named {
  readonly GroupId?: string
  readonly GroupName?: string
  readonly DryRun?: boolean
}
interface Flat extends Named {
  readonly IpPermissions?: readonly IpPermission[]
  readonly IpProtocol?: string
  readonly TagSpecifications?: readonly TagSpecification[]
  readonly SecurityGroupRuleIds?: readonly string[]
}

/** What a security group lets in and out. https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html */
export const groupRules = operations<Api>()({
  AuthorizeSecurityGroupIngress: {
    authorize: (input, ctx, tx) => authorising(tx, ctx, 'AuthorizeSecurityGroupIngress', input),
    write: (tx, input, ctx) => authorise(tx, ctx, input, false),
  },
  AuthorizeSecurityGroupEgress: {
    authorize: (input, ctx, tx) => authorising(tx, ctx, 'AuthorizeSecurityGroupEgress', input),
    write: (tx, input, ctx) => authorise(tx, ctx, input, true),
  },
  RevokeSecurityGroupIngress: {
    authorize: (input, ctx, tx) => onGroup(tx, ctx, 'RevokeSecurityGroupIngress', input),
    write: (tx, input, ctx) => revoke(tx, ctx, input, false),
  },
  RevokeSecurityGroupEgress: {
    authorize: (input, ctx, tx) => onGroup(tx, ctx, 'RevokeSecurityGroupEgress', input),
    write: (tx, input, ctx) => revoke(tx, ctx, input, true),
  },
})

async function onGroup(tx: ReadTx, ctx: Ctx, action: string, input: Named): Promise<AccessRequest[]> {
  return [await acting(tx, ctx, action, 'security-group', await idOf(tx, input))]
}

async function authorising(tx: ReadTx, ctx: Ctx, action: string, input: Flat): Promise<AccessRequest[]> {
  const tagging = creating(ctx, action, 'security-group-rule', input.TagSpecifications).slice(1)
  return [...(await onGroup(tx, ctx, action, input)), ...tagging]
}

async function authorise(tx: Tx, ctx: Ctx, input: Flat, egress: boolean) {
  const wanted = wantedRules(permissionsOf(input), egress, ctx.account)
  const tags = specifiedTags(input.TagSpecifications, 'security-group-rule')
  unlessDryRun(input)
  await withDefaults(tx, ctx)
  const group = await namedGroup(tx, input)
  const rules: SecurityGroupRule[] = [...group.rules]
  for (const rule of wanted) {
    if (rules.some((other) => sameRule(rule, other))) {
      throw awsError('InvalidPermission.Duplicate', `the specified rule "${sentenceOf(rule)}" already exists`)
    }
    rules.push({ ...rule, id: newId(ctx, 'security-group-rule') })
  }
  await putRules(tx, group, rules)
  const added = rules.slice(group.rules.length)
  for (const { id } of added) await setTags(tx, id, tags, ctx)
  return { Return: true, SecurityGroupRules: added.map((rule) => ruleShown(ctx, group.id, rule, tags)) }
}

async function revoke(tx: Tx, ctx: Ctx, input: Flat, egress: boolean) {
  unlessDryRun(input)
  await withDefaults(tx, ctx)
  const group = await namedGroup(tx, input)
  const gone = input.SecurityGroupRuleIds?.length
    ? rulesById(group, input.SecurityGroupRuleIds, egress)
    : rulesLike(group, input, egress, ctx.account)
  const ids = new Set(gone.map(({ id }) => id))
  await putRules(
    tx,
    group,
    group.rules.filter(({ id }) => !ids.has(id)),
  )
  const shown = gone.map((rule) => {
    const { SecurityGroupRuleId, GroupId, IsEgress, IpProtocol, FromPort, ToPort, ...rest } = ruleShown(
      ctx,
      group.id,
      rule,
      {},
    )
    const { CidrIpv4, CidrIpv6, Description } = rest
    const ReferencedGroupId = rule.groupId
    return {
      SecurityGroupRuleId,
      GroupId,
      IsEgress,
      IpProtocol,
      FromPort,
      ToPort,
      CidrIpv4,
      CidrIpv6,
      Description,
      ReferencedGroupId,
    }
  })
  return { Return: true, RevokedSecurityGroupRules: shown, UnknownIpPermissions: [] }
}

function rulesById(group: SecurityGroup, ids: readonly string[], egress: boolean): SecurityGroupRule[] {
  return ids.map((id) => {
    const found = group.rules.find((rule) => rule.id === id && rule.egress === egress)
    if (found) return found
    throw awsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
  })
}

function rulesLike(group: SecurityGroup, input: Flat, egress: boolean, account: string): SecurityGroupRule[] {
  return wantedRules(permissionsOf(input), egress, account).map((rule) => {
    const found = group.rules.find((other) => sameRule(rule, other))
    if (found) return found
    throw awsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  })
}
