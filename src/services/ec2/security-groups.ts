import { isUsedByFunction } from '../../functions/network-use.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { addGroup, readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { dependency, invalidValue, noGroup, unlessDryRun } from './errors.ts'
import { defaultVpcId, type findGroup, isReferenced, namedGroup, removeGroup } from './group.ts'
import { arnOf } from './names.ts'
import { permissionList } from './permissions.ts'
import { amount, groupByName, type SecurityGroup, type SecurityGroupRule, securityGroup } from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList } from './tagging.ts'
import { findVpc } from './vpcs.ts'

const mostGroups = 2_500
const text = /^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{1,255}$/

/** https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html */
export const securityGroups = operations<Api>()({
  CreateSecurityGroup: {
    authorize: async ({ VpcId, TagSpecifications }, ctx, tx) => [
      ...creating(ctx, 'CreateSecurityGroup', 'security-group', TagSpecifications),
      ...(VpcId === undefined ? [] : [await acting(tx, ctx, 'CreateSecurityGroup', 'vpc', VpcId)]),
    ],
    async write(tx, input, ctx) {
      const { GroupName, Description } = input
      for (const [name, value] of Object.entries({ GroupName, GroupDescription: Description })) {
        if (text.test(value)) continue
        throw invalidValue(
          `Value (${value}) for parameter ${name} is invalid. Character sets beyond ASCII are not supported.`,
        )
      }
      if (/^sg-/i.test(GroupName)) {
        throw invalidValue(
          `Value (${GroupName}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
        )
      }
      const tags = specifiedTags(input.TagSpecifications, 'security-group')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const vpcId = input.VpcId === undefined ? await defaultVpcId(tx) : (await findVpc(tx, input.VpcId)).id
      if (GroupName.toLowerCase() === 'default') {
        throw awsError('InvalidParameterValue', 'Cannot use reserved security group name: default')
      }
      if (await tx.get(groupByName(vpcId, GroupName))) {
        throw awsError('InvalidGroup.Duplicate', `The security group '${GroupName}' already exists for VPC '${vpcId}'`)
      }
      if ((await tx.count(amount('security-group', ''))) >= mostGroups) {
        throw awsError('SecurityGroupLimitExceeded', 'The maximum number of security groups has been reached.')
      }
      const { id } = addGroup(tx, ctx, vpcId, GroupName, Description)
      await setTags(tx, id, tags, ctx)
      return { GroupId: id, SecurityGroupArn: arnOf(ctx, 'security-group', id), Tags: tagList(tags) }
    },
  },

  DeleteSecurityGroup: {
    authorize: async (input, ctx, tx) => [
      await acting(tx, ctx, 'DeleteSecurityGroup', 'security-group', await idOf(tx, input)),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id, name } = await namedGroup(tx, input)
      if (name === 'default') {
        throw awsError('CannotDelete', `the specified group: "${id}" name: "default" cannot be deleted by a user`)
      }
      if ((await isReferenced(tx, id)) || (await isUsedByFunction(tx, id))) {
        throw dependency(`resource ${id} has a dependent object`)
      }
      await removeGroup(tx, id)
      return { Return: true, GroupId: id }
    },
  },

  DescribeSecurityGroups: {
    authorize: () => [{ action: 'ec2:DescribeSecurityGroups', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const ids = [...(input.GroupIds ?? [])]
        for (const GroupName of input.GroupNames ?? []) ids.push((await namedGroup(tx, { GroupName })).id)
        const render = (item: SecurityGroup, tags: Tags) => rendered(ctx, item, tags)
        const { items, next } = await describe(tx, securityGroup, input, {
          ids,
          table: filters(ctx),
          missing: noGroup,
          render,
        })
        return { SecurityGroups: items, ...next }
      })
    },
  },
})

/** The id that a request names, also of a group that is not there. */
export async function idOf(
  tx: Parameters<typeof findGroup>[0],
  input: { readonly GroupId?: string; readonly GroupName?: string },
): Promise<string> {
  if (input.GroupId !== undefined) return input.GroupId
  const found = await namedGroup(tx, input).catch(() => undefined)
  return found?.id ?? '*'
}

const each = (egress: boolean, value: (rule: SecurityGroupRule) => string | undefined) => (group: SecurityGroup) =>
  group.rules.filter((rule) => rule.egress === egress).map(value)
const port = (value: number) => (value === -1 ? undefined : String(value))
const ofRules = (egress: boolean, prefix: string): FilterTable<SecurityGroup> => ({
  [`${prefix}ip-permission.cidr`]: each(egress, ({ ipv4 }) => ipv4),
  [`${prefix}ip-permission.ipv6-cidr`]: each(egress, ({ ipv6 }) => ipv6),
  [`${prefix}ip-permission.from-port`]: each(egress, ({ from }) => port(from)),
  [`${prefix}ip-permission.to-port`]: each(egress, ({ to }) => port(to)),
  [`${prefix}ip-permission.group-id`]: each(egress, ({ groupId }) => groupId),
  [`${prefix}ip-permission.protocol`]: each(egress, ({ protocol }) => protocol),
})

const filters = (ctx: Ctx): FilterTable<SecurityGroup> => ({
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'vpc-id': ({ vpcId }) => [vpcId],
  description: ({ description }) => [description],
  'owner-id': () => [ctx.account],
  ...ofRules(false, ''),
  ...ofRules(true, 'egress.'),
})

function rendered(ctx: Ctx, group: SecurityGroup, tags: Tags) {
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: ctx.account,
    VpcId: group.vpcId,
    SecurityGroupArn: arnOf(ctx, 'security-group', group.id),
    IpPermissions: permissionList(group.rules, false, ctx.account),
    IpPermissionsEgress: permissionList(group.rules, true, ctx.account),
    Tags: tagList(tags),
  }
}
