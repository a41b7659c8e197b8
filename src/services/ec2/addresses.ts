import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readWithDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { combination, invalidValue, noAllocation, unlessDryRun, unsupported } from './errors.ts'
import { newId } from './names.ts'
import { type Address, address, allocationOfIp, amount, natGateway, tag } from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList } from './tagging.ts'

/** AWS gives 5 and more to who asks; so many are had here without asking. */
const mostAddresses = 100
/** Set apart for documentation (RFC 5737): nobody has them, so that nobody is reached who is not meant. */
const ranges = ['192.0.2.', '198.51.100.', '203.0.113.'] as const

/** Elastic addresses, as NAT gateways need them: names that lead nowhere. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html */
export const addresses = operations<Api>()({
  AllocateAddress: {
    authorize: ({ TagSpecifications }, ctx) => creating(ctx, 'AllocateAddress', 'elastic-ip', TagSpecifications),
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input, ctx)
      const tags = specifiedTags(input.TagSpecifications, 'elastic-ip')
      unlessDryRun(input)
      if ((await tx.count(amount('address', ''))) >= mostAddresses) {
        throw awsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.')
      }
      const made = { id: newId(ctx, 'elastic-ip'), ip: await freeIp(tx) }
      tx.set(address(made.id), made)
      tx.set(allocationOfIp(made.ip), made.id)
      tx.add(amount('address', ''), 1)
      await setTags(tx, made.id, tags, ctx)
      return {
        AllocationId: made.id,
        PublicIp: made.ip,
        Domain: 'vpc' as const,
        PublicIpv4Pool: 'amazon',
        NetworkBorderGroup: ctx.region,
      }
    },
  },

  ReleaseAddress: {
    authorize: async (input, ctx, tx) => [
      await acting(tx, ctx, 'ReleaseAddress', 'elastic-ip', (await allocationNamed(tx, input)) ?? '*'),
    ],
    async write(tx, input, ctx) {
      refuseOtherGroup(input.NetworkBorderGroup, ctx)
      if ((input.AllocationId === undefined) === (input.PublicIp === undefined)) {
        throw combination('Exactly one of AllocationId and PublicIp has to be given.')
      }
      unlessDryRun(input)
      const id = await allocationNamed(tx, input)
      const found = id === undefined ? undefined : await tx.get(address(id))
      if (!found) throw input.PublicIp === undefined ? noAllocation(id ?? '') : noIp(input.PublicIp)
      if (found.natGatewayId !== undefined) {
        throw awsError('InvalidIPAddress.InUse', `Address ${found.ip} is in use.`)
      }
      tx.delete(address(found.id))
      tx.delete(allocationOfIp(found.ip))
      tx.clear(tag.under(found.id))
      tx.add(amount('address', ''), -1)
      return {}
    },
  },

  DescribeAddresses: {
    authorize: () => [{ action: 'ec2:DescribeAddresses', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const ids = [...(input.AllocationIds ?? [])]
        for (const ip of input.PublicIps ?? []) {
          const id = await tx.get(allocationOfIp(ip))
          if (id === undefined) throw noIp(ip)
          ids.push(id)
        }
        const gateways = new Map<
          string,
          { associationId?: string | undefined; interfaceId: string; privateIp: string }
        >()
        for await (const { value } of tx.range(natGateway.between([], {}))) gateways.set(value.id, value)
        const render = (item: Address, tags: Tags) => {
          const user = item.natGatewayId === undefined ? undefined : gateways.get(item.natGatewayId)
          return {
            AllocationId: item.id,
            PublicIp: item.ip,
            Domain: 'vpc' as const,
            PublicIpv4Pool: 'amazon',
            NetworkBorderGroup: ctx.region,
            ...(user && {
              AssociationId: user.associationId,
              NetworkInterfaceId: user.interfaceId,
              NetworkInterfaceOwnerId: ctx.account,
              PrivateIpAddress: user.privateIp,
            }),
            Tags: tagList(tags),
          }
        }
        const how = { ids, table: filters(ctx), missing: noAllocation, render }
        const { items } = await describe(tx, address, { ...(input.Filters && { Filters: input.Filters }) }, how)
        return { Addresses: items }
      })
    },
  },
})

const noIp = (ip: string) => awsError('InvalidAddress.NotFound', `Address '${ip}' not found.`)

async function allocationNamed(
  tx: ReadTx,
  { AllocationId, PublicIp }: { readonly AllocationId?: string; readonly PublicIp?: string },
): Promise<string | undefined> {
  return AllocationId ?? (PublicIp === undefined ? undefined : tx.get(allocationOfIp(PublicIp)))
}

async function freeIp(tx: Tx): Promise<string> {
  for (const range of ranges) {
    for (let last = 1; last < 255; last += 1) {
      if ((await tx.get(allocationOfIp(range + last))) === undefined) return range + last
    }
  }
  throw awsError('InsufficientAddressCapacity', 'There are no more addresses.')
}

function refuseWhatIsNotHere(input: InputFor<Api, 'AllocateAddress'>, ctx: Ctx): void {
  for (const name of ['Address', 'CustomerOwnedIpv4Pool', 'IpamPoolId'] as const) {
    if (input[name] !== undefined)
      throw unsupported(name, 'addresses are drawn from those set apart for documentation.')
  }
  if (input.PublicIpv4Pool !== undefined && input.PublicIpv4Pool !== 'amazon') {
    throw unsupported('PublicIpv4Pool', 'addresses are drawn from those set apart for documentation.')
  }
  if (input.Domain === 'standard') throw invalidValue("Value (standard) for parameter domain is invalid. It is 'vpc'.")
  refuseOtherGroup(input.NetworkBorderGroup, ctx)
}

function refuseOtherGroup(group: string | undefined, ctx: Ctx): void {
  if (group === undefined || group === ctx.region) return
  throw invalidValue(`Value (${group}) for parameter networkBorderGroup is invalid. There is only ${ctx.region}.`)
}

const filters = (ctx: Ctx): FilterTable<Address> => ({
  'allocation-id': ({ id }) => [id],
  'public-ip': ({ ip }) => [ip],
  domain: () => ['vpc'],
  'network-border-group': () => [ctx.region],
  'network-interface-owner-id': ({ natGatewayId }) => (natGatewayId === undefined ? [] : [ctx.account]),
})
