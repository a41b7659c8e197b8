import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { formatCidr, parseCidr } from './cidr.ts'
import { addDefaultVpc, addMainTable, addVpc, readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { combination, dependency, invalidValue, noVpc, unlessDryRun, unsupported } from './errors.ts'
import { removeGroup } from './group.ts'
import { findTable, removeTable } from './route-table.ts'
import { amount, defaultVpc, gatewayOfVpc, groupByName, mainTable, subnetOfVpc, tag, type Vpc, vpc } from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList } from './tagging.ts'

/** AWS gives 5 and more to who asks; so many are had here without asking. */
const mostVpcs = 100

/** Virtual private clouds. https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html */
export const vpcs = operations<Api>()({
  CreateVpc: {
    authorize: ({ TagSpecifications }, ctx) => creating(ctx, 'CreateVpc', 'vpc', TagSpecifications),
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input)
      const cidr = parseCidr(input.CidrBlock ?? '')
      if (input.CidrBlock === undefined) {
        throw awsError('MissingParameter', 'Either cidrBlock or ipv4IpamPoolId must be provided.')
      }
      if (!cidr)
        throw invalidValue(
          `Value (${input.CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
        )
      if (cidr.bits < 16 || cidr.bits > 28) {
        throw awsError('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid.`)
      }
      const tags = specifiedTags(input.TagSpecifications, 'vpc')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      await roomFor(tx)
      const tenancy = input.InstanceTenancy === 'dedicated' ? 'dedicated' : 'default'
      const made = addVpc(tx, ctx, { cidr: formatCidr(cidr), isDefault: false, tenancy, dnsHostnames: false })
      addMainTable(tx, ctx, made)
      await setTags(tx, made.id, tags, ctx)
      return { Vpc: rendered(ctx, made, tags) }
    },
  },

  CreateDefaultVpc: {
    authorize: () => [{ action: 'ec2:CreateDefaultVpc', resource: '*' }],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      const before = await tx.get(defaultVpc())
      if (before) {
        throw awsError('DefaultVpcAlreadyExists', `A Default VPC already exists for this account in this region.`)
      }
      await roomFor(tx)
      return { Vpc: rendered(ctx, addDefaultVpc(tx, ctx), {}) }
    },
  },

  DeleteVpc: {
    authorize: async ({ VpcId }, ctx, tx) => [await acting(tx, ctx, 'DeleteVpc', 'vpc', VpcId)],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const found = await findVpc(tx, input.VpcId)
      const groups: string[] = []
      for await (const { value } of tx.range(groupByName.under(found.id), { limit: 2 })) groups.push(value)
      const [subnetOf] = await keysOf(tx, found.id)
      const main = await tx.get(mainTable(found.id))
      const tables = await tx.count(amount('route-table', found.id))
      if (groups.length > 1 || subnetOf || tables > (main ? 1 : 0) || (await tx.get(gatewayOfVpc(found.id)))) {
        throw dependency(`The vpc '${found.id}' has dependencies and cannot be deleted.`)
      }
      for (const id of groups) await removeGroup(tx, id)
      if (main) await removeTable(tx, await findTable(tx, main))
      tx.delete(vpc(found.id))
      tx.clear(tag.under(found.id))
      tx.delete(amount('subnet', found.id))
      tx.add(amount('vpc', ''), -1)
      if (found.isDefault) tx.set(defaultVpc(), '')
      return {}
    },
  },

  DescribeVpcs: {
    authorize: () => [{ action: 'ec2:DescribeVpcs', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const table = filters(ctx)
        const render = (item: Vpc, tags: Tags) => rendered(ctx, item, tags)
        const { items, next } = await describe(tx, vpc, input, { ids: input.VpcIds, table, missing: noVpc, render })
        return { Vpcs: items, ...next }
      })
    },
  },

  DescribeVpcAttribute: {
    authorize: async ({ VpcId }, ctx, tx) => [await acting(tx, ctx, 'DescribeVpcAttribute', 'vpc', VpcId)],
    async call(input, ctx) {
      unlessDryRun(input)
      const found = await readWithDefaults(ctx, (tx) => findVpc(tx, input.VpcId))
      const { id: VpcId } = found
      switch (input.Attribute) {
        case 'enableDnsSupport':
          return { VpcId, EnableDnsSupport: { Value: found.dnsSupport } }
        case 'enableDnsHostnames':
          return { VpcId, EnableDnsHostnames: { Value: found.dnsHostnames } }
        default:
          return { VpcId, EnableNetworkAddressUsageMetrics: { Value: found.usageMetrics } }
      }
    },
  },

  ModifyVpcAttribute: {
    authorize: async ({ VpcId }, ctx, tx) => [await acting(tx, ctx, 'ModifyVpcAttribute', 'vpc', VpcId)],
    async write(tx, input, ctx) {
      const { EnableDnsSupport, EnableDnsHostnames, EnableNetworkAddressUsageMetrics } = input
      const asked = [EnableDnsSupport, EnableDnsHostnames, EnableNetworkAddressUsageMetrics].filter(Boolean)
      if (asked.length !== 1) throw combination('Exactly one attribute can be modified at a time.')
      await withDefaults(tx, ctx)
      const found = await findVpc(tx, input.VpcId)
      tx.set(vpc(found.id), {
        ...found,
        dnsSupport: EnableDnsSupport?.Value ?? found.dnsSupport,
        dnsHostnames: EnableDnsHostnames?.Value ?? found.dnsHostnames,
        usageMetrics: EnableNetworkAddressUsageMetrics?.Value ?? found.usageMetrics,
      })
      return {}
    },
  },
})

export async function findVpc(tx: ReadTx, id: string): Promise<Vpc> {
  const found = await tx.get(vpc(id))
  if (!found) throw noVpc(id)
  return found
}

async function roomFor(tx: Tx): Promise<void> {
  if ((await tx.count(amount('vpc', ''))) >= mostVpcs) {
    throw awsError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.')
  }
}

async function keysOf(tx: ReadTx, vpcId: string): Promise<string[]> {
  const found: string[] = []
  for await (const [, id] of tx.keys(subnetOfVpc.under(vpcId), { limit: 1 })) found.push(id)
  return found
}

function refuseWhatIsNotHere(input: InputFor<Api, 'CreateVpc'>): void {
  const never = [
    ...(['Ipv6Pool', 'Ipv6CidrBlock', 'Ipv4IpamPoolId', 'Ipv4NetmaskLength', 'Ipv6IpamPoolId'] as const),
    ...(['Ipv6NetmaskLength', 'Ipv6CidrBlockNetworkBorderGroup', 'VpcEncryptionControl'] as const),
  ]
  for (const name of never)
    if (input[name] !== undefined) throw unsupported(name, 'networks have IPv4 ranges of their own.')
  if (input.AmazonProvidedIpv6CidrBlock) throw unsupported('AmazonProvidedIpv6CidrBlock', 'there is no IPv6.')
}

const filters = (ctx: Ctx): FilterTable<Vpc> => ({
  'vpc-id': ({ id }) => [id],
  cidr: ({ cidr }) => [cidr],
  'cidr-block-association.cidr-block': ({ cidr }) => [cidr],
  'cidr-block-association.association-id': ({ associationId }) => [associationId],
  'cidr-block-association.state': () => ['associated'],
  'is-default': ({ isDefault }) => [String(isDefault)],
  isDefault: ({ isDefault }) => [String(isDefault)],
  'owner-id': () => [ctx.account],
  'dhcp-options-id': () => ['default'],
  state: () => ['available'],
})

function rendered(ctx: Ctx, found: Vpc, tags: Tags) {
  return {
    VpcId: found.id,
    OwnerId: ctx.account,
    State: 'available' as const,
    CidrBlock: found.cidr,
    CidrBlockAssociationSet: [
      { AssociationId: found.associationId, CidrBlock: found.cidr, CidrBlockState: { State: 'associated' as const } },
    ],
    DhcpOptionsId: 'default',
    InstanceTenancy: found.tenancy,
    IsDefault: found.isDefault,
    Tags: tagList(tags),
  }
}
