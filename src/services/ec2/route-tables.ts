import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { madeBefore, rememberMade } from './client-tokens.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { describe, type FilterTable } from './describe.ts'
import { dependency, invalidValue, noAssociation, noSubnet, noTable, unlessDryRun, unsupported } from './errors.ts'
import { newId } from './names.ts'
import { findTable, removeTable } from './route-table.ts'
import {
  amount,
  mainTable,
  type Route,
  type RouteTable,
  type RouteTableAssociation,
  routeTable,
  subnet,
  tableOfAssociation,
  tableOfSubnet,
  tableOfVpc,
} from './state.ts'
import { acting, creating, setTags, specifiedTags, type Tags, tagList, tagsOf } from './tagging.ts'
import { findVpc } from './vpcs.ts'

/** In a VPC, as in AWS. */
const mostTables = 200
const associated = { State: 'associated' as const }

/** https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html */
export const routeTables = operations<Api>()({
  CreateRouteTable: {
    authorize: async ({ VpcId, TagSpecifications }, ctx, tx) => [
      ...creating(ctx, 'CreateRouteTable', 'route-table', TagSpecifications),
      await acting(tx, ctx, 'CreateRouteTable', 'vpc', VpcId),
    ],
    async write(tx, input, ctx) {
      const tags = specifiedTags(input.TagSpecifications, 'route-table')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const before = await madeBefore(tx, 'route-table', input)
      const again = before === undefined ? undefined : await tx.get(routeTable(before))
      if (again) return { RouteTable: rendered(ctx, again, await tagsOf(tx, again.id)) }
      const { id: vpcId, cidr } = await findVpc(tx, input.VpcId)
      if ((await tx.count(amount('route-table', vpcId))) >= mostTables) {
        throw awsError('RouteTableLimitExceeded', 'The maximum number of route tables has been reached.')
      }
      const id = newId(ctx, 'route-table')
      const made: RouteTable = { id, vpcId, local: cidr, routes: [], associations: [] }
      tx.set(routeTable(id), made)
      tx.set(tableOfVpc(vpcId, id), true)
      tx.add(amount('route-table', vpcId), 1)
      rememberMade(tx, 'route-table', input, id)
      await setTags(tx, id, tags, ctx)
      return { RouteTable: rendered(ctx, made, tags) }
    },
  },

  DeleteRouteTable: {
    authorize: async ({ RouteTableId }, ctx, tx) => [
      await acting(tx, ctx, 'DeleteRouteTable', 'route-table', RouteTableId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const table = await findTable(tx, input.RouteTableId)
      if (table.associations.length > 0) {
        throw dependency(`The routeTable '${table.id}' has dependencies and cannot be deleted.`)
      }
      await removeTable(tx, table)
      return {}
    },
  },

  AssociateRouteTable: {
    authorize: async ({ RouteTableId, SubnetId }, ctx, tx) => [
      await acting(tx, ctx, 'AssociateRouteTable', 'route-table', RouteTableId),
      ...(SubnetId === undefined ? [] : [await acting(tx, ctx, 'AssociateRouteTable', 'subnet', SubnetId)]),
    ],
    async write(tx, input, ctx) {
      const { SubnetId } = input
      if (input.GatewayId !== undefined) throw unsupported('GatewayId', 'subnets alone have route tables.')
      if (input.PublicIpv4Pool !== undefined) throw unsupported('PublicIpv4Pool', 'there are no pools of addresses.')
      if (SubnetId === undefined) throw awsError('MissingParameter', 'The request must contain the parameter subnetId')
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const table = await findTable(tx, input.RouteTableId)
      const place = await tx.get(subnet(SubnetId))
      if (!place) throw noSubnet(SubnetId)
      if (place.vpcId !== table.vpcId) {
        throw invalidValue(`route table ${table.id} and subnet ${SubnetId} belong to different networks`)
      }
      const before = await tx.get(tableOfSubnet(SubnetId))
      if (before === table.id) {
        const [own] = table.associations.filter(({ subnetId }) => subnetId === SubnetId)
        return { AssociationId: own?.id, AssociationState: associated }
      }
      if (before !== undefined) {
        throw awsError(
          'Resource.AlreadyAssociated',
          `the specified association for route table ${table.id} conflicts with an existing association`,
        )
      }
      return { AssociationId: associate(tx, ctx, table, SubnetId), AssociationState: associated }
    },
  },

  DisassociateRouteTable: {
    authorize: ({ AssociationId }, ctx, tx) => onAssociation(tx, ctx, 'DisassociateRouteTable', AssociationId),
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { table, association } = await findAssociation(tx, input.AssociationId)
      if (association.subnetId === undefined) {
        throw invalidValue(`cannot disassociate the main route table association ${association.id}`)
      }
      dissociate(tx, table, association)
      return {}
    },
  },

  ReplaceRouteTableAssociation: {
    authorize: async ({ AssociationId, RouteTableId }, ctx, tx) => [
      ...(await onAssociation(tx, ctx, 'ReplaceRouteTableAssociation', AssociationId)),
      await acting(tx, ctx, 'ReplaceRouteTableAssociation', 'route-table', RouteTableId),
    ],
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const { table, association } = await findAssociation(tx, input.AssociationId)
      const next = await findTable(tx, input.RouteTableId)
      if (next.vpcId !== table.vpcId) {
        throw invalidValue(`route table ${next.id} and route table ${table.id} belong to different networks`)
      }
      if (next.id === table.id) return { NewAssociationId: association.id, AssociationState: associated }
      dissociate(tx, table, association)
      return { NewAssociationId: associate(tx, ctx, next, association.subnetId), AssociationState: associated }
    },
  },

  DescribeRouteTables: {
    authorize: () => [{ action: 'ec2:DescribeRouteTables', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      return readWithDefaults(ctx, async (tx) => {
        const render = (item: RouteTable, tags: Tags) => rendered(ctx, item, tags)
        const how = { ids: input.RouteTableIds, table: filters(ctx), missing: noTable, render }
        const { items, next } = await describe(tx, routeTable, input, how)
        return { RouteTables: items, ...next }
      })
    },
  },
})

async function findAssociation(tx: ReadTx, id: string) {
  const tableId = await tx.get(tableOfAssociation(id))
  const table = tableId === undefined ? undefined : await tx.get(routeTable(tableId))
  const association = table?.associations.find((one) => one.id === id)
  if (!table || !association) throw noAssociation(id)
  return { table, association }
}

async function onAssociation(tx: ReadTx, ctx: Ctx, action: string, id: string) {
  const table = (await tx.get(tableOfAssociation(id))) ?? '*'
  const found = table === '*' ? undefined : await tx.get(routeTable(table))
  const subnetId = found?.associations.find((one) => one.id === id)?.subnetId
  return [
    await acting(tx, ctx, action, 'route-table', table),
    ...(subnetId === undefined ? [] : [await acting(tx, ctx, action, 'subnet', subnetId)]),
  ]
}

/** Without a subnet: as the main table of its VPC. */
function associate(tx: Tx, ctx: Ctx, table: RouteTable, subnetId: string | undefined): string {
  const id = newId(ctx, 'route-table-association')
  tx.set(routeTable(table.id), { ...table, associations: [...table.associations, { id, subnetId }] })
  tx.set(tableOfAssociation(id), table.id)
  if (subnetId === undefined) tx.set(mainTable(table.vpcId), table.id)
  else tx.set(tableOfSubnet(subnetId), table.id)
  return id
}

function dissociate(tx: Tx, table: RouteTable, { id, subnetId }: RouteTableAssociation): void {
  tx.set(routeTable(table.id), { ...table, associations: table.associations.filter((one) => one.id !== id) })
  tx.delete(tableOfAssociation(id))
  if (subnetId !== undefined) tx.delete(tableOfSubnet(subnetId))
}

const gatewayId = ({ target }: Route) => (target.kind === 'internet-gateway' ? target.id : undefined)
const natGatewayId = ({ target }: Route) => (target.kind === 'natgateway' ? target.id : undefined)
const stateOf = ({ blackhole }: Route) => (blackhole ? ('blackhole' as const) : ('active' as const))

const filters = (ctx: Ctx): FilterTable<RouteTable> => ({
  'route-table-id': ({ id }) => [id],
  'vpc-id': ({ vpcId }) => [vpcId],
  'owner-id': () => [ctx.account],
  'association.route-table-association-id': ({ associations }) => associations.map(({ id }) => id),
  'association.route-table-id': ({ id, associations }) => associations.map(() => id),
  'association.subnet-id': ({ associations }) => associations.map(({ subnetId }) => subnetId),
  'association.main': ({ associations }) => associations.map(({ subnetId }) => String(subnetId === undefined)),
  'route.destination-cidr-block': ({ local, routes }) => [local, ...routes.map(({ cidr }) => cidr)],
  'route.gateway-id': ({ routes }) => ['local', ...routes.map(gatewayId)],
  'route.nat-gateway-id': ({ routes }) => routes.map(natGatewayId),
  'route.origin': ({ routes }) => ['CreateRouteTable', ...routes.map(() => 'CreateRoute')],
  'route.state': ({ routes }) => ['active', ...routes.map(stateOf)],
})

function rendered(ctx: Ctx, found: RouteTable, tags: Tags) {
  return {
    RouteTableId: found.id,
    VpcId: found.vpcId,
    OwnerId: ctx.account,
    Associations: found.associations.map(({ id, subnetId }) => ({
      RouteTableAssociationId: id,
      RouteTableId: found.id,
      ...(subnetId !== undefined && { SubnetId: subnetId }),
      Main: subnetId === undefined,
      AssociationState: associated,
    })),
    Routes: [
      {
        DestinationCidrBlock: found.local,
        GatewayId: 'local',
        Origin: 'CreateRouteTable' as const,
        State: 'active' as const,
      },
      ...found.routes.map((route) => ({
        DestinationCidrBlock: route.cidr,
        GatewayId: gatewayId(route),
        NatGatewayId: natGatewayId(route),
        Origin: 'CreateRoute' as const,
        State: stateOf(route),
      })),
    ],
    PropagatingVgws: [],
    Tags: tagList(tags),
  }
}
