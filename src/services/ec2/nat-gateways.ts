import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type Cidr, contains, formatCidr, parseCidr } from './cidr.ts'
import { madeBefore, rememberMade } from './client-tokens.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { combination, invalidValue, noAllocation, noNat, noSubnet, unlessDryRun, unsupported } from './errors.ts'
import { newId } from './names.ts'
import { markRoutes } from './route-table.ts'
import {
  address,
  amount,
  gatewayOfVpc,
  madeByToken,
  type NatGateway,
  natGateway,
  natOfSubnet,
  type Subnet,
  subnet,
  tag,
} from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList, tagsOf } from './tagging.ts'

/** In a subnet. AWS has five in a zone. */
const mostGateways = 5

/** https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html */
export const natGateways = operations<Api>()({
  CreateNatGateway: {
    authorize: async ({ SubnetId, AllocationId, TagSpecifications }, ctx, tx) => [
      ...creating(ctx, 'CreateNatGateway', 'natgateway', TagSpecifications),
      ...(SubnetId === undefined ? [] : [await acting(tx, ctx, 'CreateNatGateway', 'subnet', SubnetId)]),
      ...(AllocationId === undefined ? [] : [await acting(tx, ctx, 'CreateNatGateway', 'elastic-ip', AllocationId)]),
    ],
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input)
      const { SubnetId, AllocationId, ConnectivityType = 'public', ClientToken } = input
      if (SubnetId === undefined) throw awsError('MissingParameter', 'The request must contain the parameter subnetId')
      if ((ConnectivityType === 'public') !== (AllocationId !== undefined)) {
        throw ConnectivityType === 'public'
          ? awsError('MissingParameter', 'The request must contain the parameter allocationId')
          : combination('A private NAT gateway has no AllocationId.')
      }
      const tags = specifiedTags(input.TagSpecifications, 'natgateway')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const before = await madeBefore(tx, 'natgateway', input)
      if (before !== undefined) return answer(await findNat(tx, before), await tagsOf(tx, before), ClientToken)
      const place = await tx.get(subnet(SubnetId))
      if (!place) throw noSubnet(SubnetId)
      const others = await natsIn(tx, SubnetId)
      if (others.length >= mostGateways) {
        throw awsError('NatGatewayLimitExceeded', 'The maximum number of NAT gateways has been reached.')
      }
      const id = newId(ctx, 'natgateway')
      const made: NatGateway = {
        id,
        vpcId: place.vpcId,
        subnetId: SubnetId,
        privateIp: privateIp(place, others, input.PrivateIpAddress),
        interfaceId: newId(ctx, 'interface'),
        createdAtMs: ctx.nowMs,
        clientToken: ClientToken,
      }
      let kept = made
      if (AllocationId !== undefined) {
        if (!(await tx.get(gatewayOfVpc(place.vpcId)))) {
          throw awsError('Gateway.NotAttached', `Network ${place.vpcId} has no Internet gateway attached`)
        }
        const allocated = await tx.get(address(AllocationId))
        if (!allocated) throw noAllocation(AllocationId)
        if (allocated.natGatewayId !== undefined) {
          throw awsError('Resource.AlreadyAssociated', `Elastic IP address [${AllocationId}] is already associated`)
        }
        tx.set(address(AllocationId), { ...allocated, natGatewayId: id })
        const associationId = newId(ctx, 'address-association')
        kept = { ...made, allocationId: AllocationId, associationId, publicIp: allocated.ip }
      }
      tx.set(natGateway(id), kept)
      tx.set(natOfSubnet(SubnetId, id), true)
      tx.add(amount('nat-gateway', kept.allocationId === undefined ? '' : place.vpcId), 1)
      rememberMade(tx, 'natgateway', input, id)
      await setTags(tx, id, tags, ctx)
      return answer(kept, tags, ClientToken)
    },
  },

  DeleteNatGateway: {
    authorize: async ({ NatGatewayId }, ctx, tx) => [
      await acting(tx, ctx, 'DeleteNatGateway', 'natgateway', NatGatewayId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const found = await findNat(tx, input.NatGatewayId)
      const allocated = found.allocationId === undefined ? undefined : await tx.get(address(found.allocationId))
      if (allocated) tx.set(address(allocated.id), { id: allocated.id, ip: allocated.ip })
      tx.delete(natGateway(found.id))
      tx.delete(natOfSubnet(found.subnetId, found.id))
      tx.clear(tag.under(found.id))
      tx.add(amount('nat-gateway', found.allocationId === undefined ? '' : found.vpcId), -1)
      if (found.clientToken !== undefined) tx.delete(madeByToken('natgateway', found.clientToken))
      await markRoutes(tx, found.vpcId, { kind: 'natgateway', id: found.id }, true)
      return { NatGatewayId: found.id }
    },
  },

  DescribeNatGateways: {
    authorize: () => [{ action: 'ec2:DescribeNatGateways', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      const { Filter: Filters, MaxResults, NextToken, NatGatewayIds: ids } = input
      const page = {
        ...(Filters && { Filters }),
        ...(MaxResults !== undefined && { MaxResults }),
        ...(NextToken !== undefined && { NextToken }),
      }
      return readWithDefaults(ctx, async (tx) => {
        const how = { ids, table: filters, missing: noNat, render: rendered }
        const { items, next } = await describe(tx, natGateway, page, how)
        return { NatGateways: items, ...next }
      })
    },
  },
})

/** Whether a NAT gateway with a public address is in the VPC. */
export async function hasPublicNat(tx: ReadTx, vpcId: string): Promise<boolean> {
  return (await tx.count(amount('nat-gateway', vpcId))) > 0
}

export async function hasNat(tx: ReadTx, subnetId: string): Promise<boolean> {
  for await (const _ of tx.keys(natOfSubnet.under(subnetId), { limit: 1 })) return true
  return false
}

async function findNat(tx: ReadTx, id: string): Promise<NatGateway> {
  const found = await tx.get(natGateway(id))
  if (!found) throw noNat(id)
  return found
}

async function natsIn(tx: ReadTx, subnetId: string): Promise<NatGateway[]> {
  const found: NatGateway[] = []
  for await (const [, id] of tx.keys(natOfSubnet.under(subnetId))) found.push(await findNat(tx, id))
  return found
}

/** The one that was asked for, or the first that no other gateway has; the first four of a subnet are AWS's. */
function privateIp({ cidr }: Subnet, others: readonly NatGateway[], asked: string | undefined): string {
  const range = parseCidr(cidr) as Cidr
  const taken = new Set(others.map((other) => other.privateIp))
  if (asked !== undefined) {
    const own = parseCidr(`${asked}/32`)
    if (!own || !contains(range, own) || own.base < range.base + 4) {
      throw invalidValue(`Value (${asked}) for parameter privateIpAddress is invalid. It is not in the subnet.`)
    }
    if (taken.has(asked)) throw awsError('InvalidIPAddress.InUse', `Address ${asked} is in use.`)
    return asked
  }
  for (let base = range.base + 4; ; base += 1) {
    const [ip = ''] = formatCidr({ base, bits: 32 }).split('/')
    if (!taken.has(ip)) return ip
  }
}

function refuseWhatIsNotHere(input: InputFor<Api, 'CreateNatGateway'>): void {
  const never = ['AvailabilityZoneAddresses', 'VpcId', 'SecondaryAllocationIds', 'SecondaryPrivateIpAddresses'] as const
  for (const name of [...never, 'SecondaryPrivateIpAddressCount' as const]) {
    if (input[name] !== undefined) throw unsupported(name, 'a NAT gateway is in one subnet and has one address.')
  }
  if (input.AvailabilityMode === 'regional') {
    throw unsupported('AvailabilityMode', 'a NAT gateway is in one subnet. Leave it out.')
  }
}

const filters: FilterTable<NatGateway> = {
  'nat-gateway-id': ({ id }) => [id],
  'subnet-id': ({ subnetId }) => [subnetId],
  'vpc-id': ({ vpcId }) => [vpcId],
  state: () => ['available'],
}

const answer = (made: NatGateway, tags: Tags, ClientToken: string | undefined) => {
  return { NatGateway: rendered(made, tags), ...(ClientToken !== undefined && { ClientToken }) }
}

function rendered(found: NatGateway, tags: Tags) {
  const { allocationId, associationId, publicIp } = found
  return {
    NatGatewayId: found.id,
    VpcId: found.vpcId,
    SubnetId: found.subnetId,
    State: 'available' as const,
    ConnectivityType: allocationId === undefined ? ('private' as const) : ('public' as const),
    CreateTime: new Date(found.createdAtMs),
    NatGatewayAddresses: [
      {
        ...(allocationId !== undefined && { AllocationId: allocationId }),
        ...(associationId !== undefined && { AssociationId: associationId }),
        ...(publicIp !== undefined && { PublicIp: publicIp }),
        NetworkInterfaceId: found.interfaceId,
        PrivateIp: found.privateIp,
        IsPrimary: true,
        Status: 'succeeded' as const,
      },
    ],
    Tags: tagList(tags),
  }
}
