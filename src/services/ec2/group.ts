import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { noGroup } from './errors.ts'
import {
  amount,
  defaultVpc,
  groupByName,
  groupOfRule,
  reference,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroup,
  tag,
} from './state.ts'

/** Each way; AWS's own limit, which can be raised there. */
const mostRules = 60

export async function findGroup(tx: ReadTx, id: string): Promise<SecurityGroup> {
  const found = await tx.get(securityGroup(id))
  if (!found) throw noGroup(id)
  return found
}

/** The group that a request names: by id, or by its name in the default VPC. */
export async function namedGroup(
  tx: ReadTx,
  { GroupId, GroupName }: { readonly GroupId?: string; readonly GroupName?: string },
): Promise<SecurityGroup> {
  if (GroupId !== undefined) return findGroup(tx, GroupId)
  if (GroupName === undefined) {
    throw awsError('MissingParameter', 'The request must contain the parameter groupName or groupId')
  }
  const vpcId = await tx.get(defaultVpc())
  const id = vpcId ? await tx.get(groupByName(vpcId, GroupName)) : undefined
  if (id === undefined) {
    throw awsError(
      'InvalidGroup.NotFound',
      `The security group '${GroupName}' does not exist in default VPC '${vpcId ?? ''}'`,
    )
  }
  return findGroup(tx, id)
}

/** The VPC that a request means when it names none. */
export async function defaultVpcId(tx: ReadTx): Promise<string> {
  const id = await tx.get(defaultVpc())
  if (!id) throw awsError('VPCIdNotSpecified', 'No default VPC for this user')
  return id
}

/** Replaces a group's rules, and what is kept to find them and the groups that they name. */
export async function putRules(tx: Tx, group: SecurityGroup, rules: readonly SecurityGroupRule[]): Promise<void> {
  for (const egress of [true, false]) {
    if (rules.filter((rule) => rule.egress === egress).length > mostRules) {
      throw awsError(
        'RulesPerSecurityGroupLimitExceeded',
        `The maximum number of rules per security group has been reached.`,
      )
    }
  }
  const kept = new Set(rules.map(({ id }) => id))
  for (const { id } of group.rules) {
    if (kept.has(id)) continue
    tx.delete(groupOfRule(id))
    tx.clear(tag.under(id))
  }
  for (const { id } of rules) tx.set(groupOfRule(id), group.id)
  const [before, after] = [mentioned(group.rules), mentioned(rules)]
  for (const id of before.keys()) if (!after.has(id)) tx.delete(reference(id, group.id))
  for (const [id, times] of after) {
    if (!(await tx.get(securityGroup(id)))) throw noGroup(id)
    tx.set(reference(id, group.id), times)
  }
  tx.set(securityGroup(group.id), { ...group, rules })
}

function mentioned(rules: readonly SecurityGroupRule[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const { groupId } of rules) if (groupId !== undefined) times.set(groupId, (times.get(groupId) ?? 0) + 1)
  return times
}

/** Whether another group's rules name this one. */
export async function isReferenced(tx: ReadTx, id: string): Promise<boolean> {
  for await (const [, by] of tx.keys(reference.under(id), { limit: 2 })) if (by !== id) return true
  return false
}

export async function removeGroup(tx: Tx, id: string): Promise<void> {
  const group = await findGroup(tx, id)
  await putRules(tx, group, [])
  tx.delete(securityGroup(id))
  tx.delete(groupByName(group.vpcId, group.name))
  tx.clear(tag.under(id))
  tx.add(amount('security-group', ''), -1)
}
