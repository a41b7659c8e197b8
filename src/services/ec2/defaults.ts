import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { formatCidr } from './cidr.ts'
import { newId, zonesOf } from './names.ts'
import {
  amount,
  defaultVpc,
  gatewayOfVpc,
  groupByName,
  groupOfRule,
  internetGateway,
  mainTable,
  type Route,
  reference,
  routeTable,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroup,
  subnet,
  subnetOfVpc,
  tableOfAssociation,
  tableOfVpc,
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
  const gatewayId = newId(ctx, 'internet-gateway')
  tx.set(internetGateway(gatewayId), { id: gatewayId, vpcId: made.id })
  tx.set(gatewayOfVpc(made.id), gatewayId)
  tx.add(amount('internet-gateway', ''), 1)
  addMainTable(tx, ctx, made, [{ cidr: '0.0.0.0/0', target: { kind: 'internet-gateway', id: gatewayId } }])
  tx.set(defaultVpc(), made.id)
  return made
}

/** The route table of all subnets that have none of their own. */
export function addMainTable(tx: Tx, ctx: Ctx, { id: vpcId, cidr }: Vpc, routes: readonly Route[] = []): void {
  const id = newId(ctx, 'route-table')
  const association = { id: newId(ctx, 'route-table-association') }
  tx.set(routeTable(id), { id, vpcId, local: cidr, routes, associations: [association] })
  tx.set(tableOfVpc(vpcId, id), true)
  tx.set(tableOfAssociation(association.id), id)
  tx.set(mainTable(vpcId), id)
  tx.add(amount('route-table', vpcId), 1)
}

/** A VPC without routes, and its default security group: members reach each other, and everything outside. */
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
