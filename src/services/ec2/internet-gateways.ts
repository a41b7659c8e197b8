import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { dependency, noGateway, unlessDryRun } from './errors.ts'
import { newId } from './names.ts'
import { hasPublicNat } from './nat-gateways.ts'
import { markRoutes } from './route-table.ts'
import { amount, gatewayOfVpc, type InternetGateway, internetGateway, tag } from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList } from './tagging.ts'
import { findVpc } from './vpcs.ts'

/** As many as VPCs. */
const mostGateways = 100

/** https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html */
export const internetGateways = operations<Api>()({
  CreateInternetGateway: {
    authorize: ({ TagSpecifications }, ctx) =>
      creating(ctx, 'CreateInternetGateway', 'internet-gateway', TagSpecifications),
    async write(tx, input, ctx) {
      const tags = specifiedTags(input.TagSpecifications, 'internet-gateway')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      if ((await tx.count(amount('internet-gateway', ''))) >= mostGateways) {
        throw awsError('InternetGatewayLimitExceeded', 'The maximum number of internet gateways has been reached.')
      }
      const made = { id: newId(ctx, 'internet-gateway') }
      tx.set(internetGateway(made.id), made)
      tx.add(amount('internet-gateway', ''), 1)
      await setTags(tx, made.id, tags, ctx)
      return { InternetGateway: rendered(ctx, made, tags) }
    },
  },

  DeleteInternetGateway: {
    authorize: async ({ InternetGatewayId }, ctx, tx) => [
      await acting(tx, ctx, 'DeleteInternetGateway', 'internet-gateway', InternetGatewayId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id, vpcId } = await findGateway(tx, input.InternetGatewayId)
      if (vpcId !== undefined) throw dependency(`The internetGateway '${id}' has dependencies and cannot be deleted.`)
      tx.delete(internetGateway(id))
      tx.clear(tag.under(id))
      tx.add(amount('internet-gateway', ''), -1)
      return {}
    },
  },

  AttachInternetGateway: {
    authorize: async ({ InternetGatewayId, VpcId }, ctx, tx) => [
      await acting(tx, ctx, 'AttachInternetGateway', 'internet-gateway', InternetGatewayId),
      await acting(tx, ctx, 'AttachInternetGateway', 'vpc', VpcId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id, vpcId } = await findGateway(tx, input.InternetGatewayId)
      const wanted = await findVpc(tx, input.VpcId)
      if (vpcId !== undefined) {
        throw awsError('Resource.AlreadyAssociated', `resource ${id} is already attached to network ${vpcId}`)
      }
      if (await tx.get(gatewayOfVpc(wanted.id))) {
        throw awsError('InvalidParameterValue', `Network ${wanted.id} already has an internet gateway attached`)
      }
      tx.set(internetGateway(id), { id, vpcId: wanted.id })
      tx.set(gatewayOfVpc(wanted.id), id)
      await markRoutes(tx, wanted.id, { kind: 'internet-gateway', id }, false)
      return {}
    },
  },

  DetachInternetGateway: {
    authorize: async ({ InternetGatewayId, VpcId }, ctx, tx) => [
      await acting(tx, ctx, 'DetachInternetGateway', 'internet-gateway', InternetGatewayId),
      await acting(tx, ctx, 'DetachInternetGateway', 'vpc', VpcId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { id, vpcId } = await findGateway(tx, input.InternetGatewayId)
      if (vpcId === undefined || vpcId !== (await findVpc(tx, input.VpcId)).id) {
        throw awsError('Gateway.NotAttached', `resource ${id} is not attached to network ${input.VpcId}`)
      }
      if (await hasPublicNat(tx, vpcId)) {
        throw dependency(
          `Network ${vpcId} has some mapped public address(es). Please unmap those before detaching the gateway.`,
        )
      }
      tx.set(internetGateway(id), { id })
      tx.delete(gatewayOfVpc(vpcId))
      await markRoutes(tx, vpcId, { kind: 'internet-gateway', id }, true)
      return {}
    },
  },

  DescribeInternetGateways: {
    authorize: () => [{ action: 'ec2:DescribeInternetGateways', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const render = (item: InternetGateway, tags: Tags) => rendered(ctx, item, tags)
        const how = { ids: input.InternetGatewayIds, table: filters(ctx), missing: noGateway, render }
        const { items, next } = await describe(tx, internetGateway, input, how)
        return { InternetGateways: items, ...next }
      })
    },
  },
})

async function findGateway(tx: ReadTx, id: string): Promise<InternetGateway> {
  const found = await tx.get(internetGateway(id))
  if (!found) throw noGateway(id)
  return found
}

const filters = (ctx: Ctx): FilterTable<InternetGateway> => ({
  'internet-gateway-id': ({ id }) => [id],
  'attachment.vpc-id': ({ vpcId }) => [vpcId],
  'attachment.state': ({ vpcId }) => (vpcId === undefined ? [] : ['available']),
  'owner-id': () => [ctx.account],
})

function rendered(ctx: Ctx, { id, vpcId }: InternetGateway, tags: Tags) {
  return {
    InternetGatewayId: id,
    OwnerId: ctx.account,
    // EC2 says `available` of a gateway, and the SDK's type names the states of other attachments.
    Attachments: vpcId === undefined ? [] : [{ State: 'available' as 'attached', VpcId: vpcId }],
    Tags: tagList(tags),
  }
}
