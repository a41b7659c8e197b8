import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { formatCidr } from './cidr.ts'
import { newId, zonesOf } from './names.ts'
import {
  amount,
  defaultVpc,
  groupByName,
  groupOfRule,
  reference,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroup,
  subnet,
  subnetOfVpc,
  type Vpc,
  vpc,
} from './state.ts'

const defaultCidr = '172.31.0.0/16'

/**
 * Every account has in every region a VPC with a subnet in each zone, unless it deleted it: made when it is first
 * asked for. https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
 */
export async function withDefaults(tx: Tx, ctx: Ctx): Promise<void> {
  if ((await tx.get(defaultVpc())) === undefined) addDefaultVpc(tx, ctx)
}

/** Reads, after the defaults are there. */
export async function readWithDefaults<T>(ctx: Ctx, fn: (tx: ReadTx) => Promise<T>): Promise<T> {
  const made = await ctx.read((tx) => tx.get(defaultVpc()))
  if (made === undefined) await ctx.write((tx) => withDefaults(tx, ctx))
  return ctx.read(fn)
}

export function addDefaultVpc(tx: Tx, ctx: Ctx): Vpc {
  const made = addVpc(tx, ctx, { cidr: defaultCidr, isDefault: true, tenancy: 'default', dnsHostnames: true })
  for (const [at, zone] of zonesOf(ctx.region).entries()) {
    const id = newId(ctx, 'subnet')
    const cidr = formatCidr({ base: 172 * 2 ** 24 + 31 * 2 ** 16 + at * 4096, bits: 20 })
    tx.set(subnet(id), { id, vpcId: made.id, cidr, zone: zone.name, isDefault: true, mapPublicIp: true })
    tx.set(subnetOfVpc(made.id, id), cidr)
    tx.add(amount('subnet', made.id), 1)
  }
  tx.set(defaultVpc(), made.id)
  return made
}

/** A VPC, and its default security group: members reach each other, and everything outside. */
export function addVpc(tx: Tx, ctx: Ctx, made: Pick<Vpc, 'cidr' | 'isDefault' | 'tenancy' | 'dnsHostnames'>): Vpc {
  const added = {
    id: newId(ctx, 'vpc'),
    associationId: newId(ctx, 'association'),
    dnsSupport: true,
    usageMetrics: false,
    ...made,
  }
  tx.set(vpc(added.id), added)
  tx.add(amount('vpc', ''), 1)
  const group = addGroup(tx, ctx, added.id, 'default', 'default VPC security group')
  const own: SecurityGroupRule = {
    ...allTraffic,
    id: newId(ctx, 'security-group-rule'),
    egress: false,
    groupId: group.id,
  }
  tx.set(securityGroup(group.id), { ...group, rules: [...group.rules, own] })
  tx.set(groupOfRule(own.id), group.id)
  tx.set(reference(group.id, group.id), 1)
  return added
}

/** A group that lets everything out and nothing in. */
export function addGroup(tx: Tx, ctx: Ctx, vpcId: string, name: string, description: string): SecurityGroup {
  const id = newId(ctx, 'security-group')
  const out = { ...allTraffic, id: newId(ctx, 'security-group-rule'), egress: true, ipv4: '0.0.0.0/0' }
  const group = { id, vpcId, name, description, rules: [out] }
  tx.set(securityGroup(id), group)
  tx.set(groupByName(vpcId, name), id)
  tx.set(groupOfRule(out.id), id)
  tx.add(amount('security-group', ''), 1)
  return group
}

const allTraffic = { protocol: '-1', from: -1, to: -1 } as const
