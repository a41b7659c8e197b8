import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type Cidr, contains, formatCidr, parseCidr } from './cidr.ts'
import { withDefaults } from './defaults.ts'
import { combination, invalidValue, unlessDryRun, unsupported } from './errors.ts'
import { findTable } from './route-table.ts'
import { internetGateway, natGateway, type Route, type RouteTable, routeTable } from './state.ts'
import { acting } from './tagging.ts'

/** In a table, besides the one of the VPC itself. AWS gives 50 and more to who asks. */
const mostRoutes = 50

type RouteInput = InputFor<Api, 'CreateRoute'> | InputFor<Api, 'ReplaceRoute'>

/**
 * Routes are kept as EC2 keeps them. What functions reach is decided by their security groups, not by these: see
 * docs/decisions/012-function-networks.md. https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
 */
export const routes = operations<Api>()({
  CreateRoute: {
    authorize: async ({ RouteTableId }, ctx, tx) => [await acting(tx, ctx, 'CreateRoute', 'route-table', RouteTableId)],
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input)
      const destination = destinationOf(input)
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const table = await findTable(tx, input.RouteTableId)
      refuseLocal(table, destination)
      const target = await targetOf(tx, table, input)
      const cidr = formatCidr(destination)
      if (table.routes.some((route) => route.cidr === cidr)) {
        throw awsError('RouteAlreadyExists', `The route identified by ${cidr} already exists.`)
      }
      if (table.routes.length >= mostRoutes) {
        throw awsError('RouteLimitExceeded', `The maximum number of routes has been reached for ${table.id}.`)
      }
      tx.set(routeTable(table.id), { ...table, routes: [...table.routes, { cidr, target }] })
      return { Return: true }
    },
  },

  ReplaceRoute: {
    authorize: async ({ RouteTableId }, ctx, tx) => [
      await acting(tx, ctx, 'ReplaceRoute', 'route-table', RouteTableId),
    ],
    async write(tx, input, ctx) {
      refuseWhatIsNotHere(input)
      if (input.LocalTarget) throw unsupported('LocalTarget', 'the route of the VPC itself always leads there.')
      const destination = destinationOf(input)
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const table = await findTable(tx, input.RouteTableId)
      refuseLocal(table, destination)
      const target = await targetOf(tx, table, input)
      const cidr = formatCidr(destination)
      const routes = table.routes.map((route) => (route.cidr === cidr ? { cidr, target } : route))
      if (!table.routes.some((route) => route.cidr === cidr)) throw noRoute(table, cidr)
      tx.set(routeTable(table.id), { ...table, routes })
      return {}
    },
  },

  DeleteRoute: {
    authorize: async ({ RouteTableId }, ctx, tx) => [await acting(tx, ctx, 'DeleteRoute', 'route-table', RouteTableId)],
    async write(tx, input, ctx) {
      if (input.DestinationIpv6CidrBlock !== undefined) throw noIpv6('DestinationIpv6CidrBlock')
      if (input.DestinationPrefixListId !== undefined) throw noLists()
      const destination = destinationOf(input)
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      const table = await findTable(tx, input.RouteTableId)
      const cidr = formatCidr(destination)
      if (cidr === table.local) throw invalidValue(`cannot remove local route ${cidr} in route table ${table.id}`)
      const routes = table.routes.filter((route) => route.cidr !== cidr)
      if (routes.length === table.routes.length) throw noRoute(table, cidr)
      tx.set(routeTable(table.id), { ...table, routes })
      return {}
    },
  },
})

const noIpv6 = (name: string) => unsupported(name, 'there is no IPv6.')
const noLists = () => unsupported('DestinationPrefixListId', 'there are no prefix lists. Name ranges.')
const noRoute = (table: RouteTable, cidr: string) =>
  awsError('InvalidRoute.NotFound', `no route with destination-cidr-block ${cidr} in route table ${table.id}`)

function refuseWhatIsNotHere(input: RouteInput): void {
  for (const name of ['DestinationIpv6CidrBlock', 'EgressOnlyInternetGatewayId'] as const) {
    if (input[name] !== undefined) throw noIpv6(name)
  }
  if (input.DestinationPrefixListId !== undefined) throw noLists()
  const never = ['VpcEndpointId', 'TransitGatewayId', 'LocalGatewayId', 'CarrierGatewayId', 'CoreNetworkArn'] as const
  const nor = ['OdbNetworkArn', 'InstanceId', 'NetworkInterfaceId', 'VpcPeeringConnectionId'] as const
  for (const name of [...never, ...nor]) {
    if (input[name] !== undefined) throw unsupported(name, 'routes lead to internet gateways and NAT gateways.')
  }
}

function destinationOf({ DestinationCidrBlock }: { readonly DestinationCidrBlock?: string }): Cidr {
  if (DestinationCidrBlock === undefined) {
    throw awsError('MissingParameter', 'The request must contain the parameter destinationCidrBlock')
  }
  const cidr = parseCidr(DestinationCidrBlock)
  if (cidr) return cidr
  throw invalidValue(
    `Value (${DestinationCidrBlock}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
  )
}

function refuseLocal(table: RouteTable, destination: Cidr): void {
  if (!contains(parseCidr(table.local) as Cidr, destination)) return
  throw invalidValue(
    `The destination CIDR block ${formatCidr(destination)} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
  )
}

/** What the route leads to: there, and of the table's VPC. */
async function targetOf(tx: ReadTx, table: RouteTable, input: RouteInput): Promise<Route['target']> {
  const { GatewayId, NatGatewayId } = input
  if (GatewayId !== undefined && NatGatewayId !== undefined) {
    throw combination('The parameters GatewayId and NatGatewayId cannot be used together.')
  }
  const other = (what: string) =>
    invalidValue(`route table ${table.id} and network gateway ${what} belong to different networks`)
  if (GatewayId !== undefined) {
    const gateway = await tx.get(internetGateway(GatewayId))
    if (!gateway) throw awsError('InvalidGatewayID.NotFound', `The gateway ID '${GatewayId}' does not exist`)
    if (gateway.vpcId !== table.vpcId) throw other(GatewayId)
    return { kind: 'internet-gateway', id: GatewayId }
  }
  if (NatGatewayId !== undefined) {
    const gateway = await tx.get(natGateway(NatGatewayId))
    if (!gateway) {
      throw awsError('InvalidNatGatewayID.NotFound', `The natGateway ID '${NatGatewayId}' does not exist`)
    }
    if (gateway.vpcId !== table.vpcId) throw other(NatGatewayId)
    return { kind: 'natgateway', id: NatGatewayId }
  }
  throw awsError('MissingParameter', 'The request must contain a target: GatewayId or NatGatewayId.')
}
