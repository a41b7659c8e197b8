import { isUsedByFunction } from '../../functions/network-use.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { addressCount, type Cidr, contains, formatCidr, overlaps, parseCidr } from './cidr.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { combination, dependency, invalidValue, noSubnet, unlessDryRun, unsupported } from './errors.ts'
import { arnOf, chosenZone, newId, zoneId } from './names.ts'
import { hasNat } from './nat-gateways.ts'
import { leaveTable } from './route-table.ts'
import { amount, type Subnet, subnet, subnetOfVpc, tag } from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList } from './tagging.ts'
import { findVpc } from './vpcs.ts'

const mostSubnets = 200

/** https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html */
export const subnets = operations<Api>()({
  CreateSubnet: {
    authorize: async ({ VpcId, TagSpecifications }, ctx, tx) => [
      ...creating(ctx, 'CreateSubnet', 'subnet', TagSpecifications),
      await acting(tx, ctx, 'CreateSubnet', 'vpc', VpcId),
    ],
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input)
      const { CidrBlock } = input
      if (CidrBlock === undefined) {
        throw awsError('MissingParameter', 'Either cidrBlock or ipv4IpamPoolId must be provided.')
      }
      const cidr = parseCidr(CidrBlock)
      if (!cidr)
        throw invalidValue(`Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`)
      const zone = chosenZone(ctx.region, input.AvailabilityZone, input.AvailabilityZoneId)
      const tags = specifiedTags(input.TagSpecifications, 'subnet')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id: vpcId, cidr: range } = await findVpc(tx, input.VpcId)
      if (cidr.bits < 16 || cidr.bits > 28 || !contains(parseCidr(range) as Cidr, cidr)) {
        throw awsError('InvalidSubnet.Range', `The CIDR '${CidrBlock}' is invalid.`)
      }
      if ((await tx.count(amount('subnet', vpcId))) >= mostSubnets) {
        throw awsError('SubnetLimitExceeded', `The maximum number of subnets for the VPC ${vpcId} has been reached.`)
      }
      for await (const { value } of tx.range(subnetOfVpc.under(vpcId))) {
        if (!overlaps(parseCidr(value) as Cidr, cidr)) continue
        throw awsError('InvalidSubnet.Conflict', `The CIDR '${CidrBlock}' conflicts with another subnet`)
      }
      const id = newId(ctx, 'subnet')
      const made: Subnet = { id, vpcId, cidr: formatCidr(cidr), zone, isDefault: false, mapPublicIp: false }
      tx.set(subnet(id), made)
      tx.set(subnetOfVpc(vpcId, id), made.cidr)
      tx.add(amount('subnet', vpcId), 1)
      await setTags(tx, id, tags, ctx)
      return { Subnet: rendered(ctx, made, tags) }
    },
  },

  DeleteSubnet: {
    authorize: async ({ SubnetId }, ctx, tx) => [await acting(tx, ctx, 'DeleteSubnet', 'subnet', SubnetId)],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id, vpcId } = await findSubnet(tx, input.SubnetId)
      if ((await hasNat(tx, id)) || (await isUsedByFunction(tx, id)))
        throw dependency(`The subnet '${id}' has dependencies and cannot be deleted.`)
      await leaveTable(tx, id)
      tx.delete(subnet(id))
      tx.delete(subnetOfVpc(vpcId, id))
      tx.clear(tag.under(id))
      tx.add(amount('subnet', vpcId), -1)
      return {}
    },
  },

  DescribeSubnets: {
    authorize: () => [{ action: 'ec2:DescribeSubnets', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const render = (item: Subnet, tags: Tags) => rendered(ctx, item, tags)
        const how = { ids: input.SubnetIds, table: filters(ctx), missing: noSubnet, render }
        const { items, next } = await describe(tx, subnet, input, how)
        return { Subnets: items, ...next }
      })
    },
  },

  ModifySubnetAttribute: {
    authorize: async ({ SubnetId }, ctx, tx) => [await acting(tx, ctx, 'ModifySubnetAttribute', 'subnet', SubnetId)],
    async write(tx, { SubnetId, MapPublicIpOnLaunch, ...others }, ctx) {
      for (const [name, value] of Object.entries(others)) {
        if (value !== undefined) throw unsupported(name, 'only MapPublicIpOnLaunch can be modified.')
      }
      if (!MapPublicIpOnLaunch) throw combination('Exactly one attribute can be modified at a time.')
      await withDefaults(tx, ctx)
      const found = await findSubnet(tx, SubnetId)
      tx.set(subnet(found.id), { ...found, mapPublicIp: MapPublicIpOnLaunch.Value ?? false })
      return {}
    },
  },
})

async function findSubnet(tx: ReadTx, id: string): Promise<Subnet> {
  const found = await tx.get(subnet(id))
  if (!found) throw noSubnet(id)
  return found
}

function refuseWhatIsNotHere(input: InputFor<Api, 'CreateSubnet'>): void {
  const never = [
    ...(['Ipv6CidrBlock', 'OutpostArn', 'Ipv4IpamPoolId', 'Ipv4NetmaskLength', 'Ipv6IpamPoolId'] as const),
    'Ipv6NetmaskLength' as const,
  ]
  for (const name of never)
    if (input[name] !== undefined) throw unsupported(name, 'subnets have IPv4 ranges of their own.')
  if (input.Ipv6Native) throw unsupported('Ipv6Native', 'there is no IPv6.')
}

/** Nothing here takes addresses; five of each subnet are never given. */
const available = (cidr: string) => addressCount(parseCidr(cidr) as Cidr) - 5

const filters = (ctx: Ctx): FilterTable<Subnet> => ({
  'subnet-id': ({ id }) => [id],
  'subnet-arn': ({ id }) => [arnOf(ctx, 'subnet', id)],
  'vpc-id': ({ vpcId }) => [vpcId],
  'cidr-block': ({ cidr }) => [cidr],
  cidr: ({ cidr }) => [cidr],
  cidrBlock: ({ cidr }) => [cidr],
  'availability-zone': ({ zone }) => [zone],
  availabilityZone: ({ zone }) => [zone],
  'availability-zone-id': ({ zone }) => [zoneId(ctx.region, zone)],
  availabilityZoneId: ({ zone }) => [zoneId(ctx.region, zone)],
  'available-ip-address-count': ({ cidr }) => [String(available(cidr))],
  'default-for-az': ({ isDefault }) => [String(isDefault)],
  defaultForAz: ({ isDefault }) => [String(isDefault)],
  'map-public-ip-on-launch': ({ mapPublicIp }) => [String(mapPublicIp)],
  'owner-id': () => [ctx.account],
  state: () => ['available'],
})

function rendered(ctx: Ctx, found: Subnet, tags: Tags) {
  return {
    SubnetId: found.id,
    SubnetArn: arnOf(ctx, 'subnet', found.id),
    VpcId: found.vpcId,
    OwnerId: ctx.account,
    State: 'available' as const,
    CidrBlock: found.cidr,
    AvailabilityZone: found.zone,
    AvailabilityZoneId: zoneId(ctx.region, found.zone),
    AvailableIpAddressCount: available(found.cidr),
    DefaultForAz: found.isDefault,
    MapPublicIpOnLaunch: found.mapPublicIp,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Tags: tagList(tags),
  }
}
