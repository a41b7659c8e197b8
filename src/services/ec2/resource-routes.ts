import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { describeOne, readAssociation, readRoute } from './resource-reads.ts'
import { ignore, retag, specification, type TagProperty } from './resource-tagging.ts'

interface TableProperties {
  VpcId: string
  Tags?: TagProperty
}

interface RouteProperties {
  RouteTableId: string
  DestinationCidrBlock: string
  GatewayId?: string
  NatGatewayId?: string
}

interface AssociationProperties {
  RouteTableId: string
  SubnetId: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-routetable.html */
export const routeTable = resource<TableProperties>({
  properties: ['VpcId', 'Tags'],
  async create({ VpcId, Tags }, rx) {
    const { RouteTable } = await rx.invoke<{ RouteTable: { RouteTableId: string } }>('ec2:CreateRouteTable', {
      VpcId,
      TagSpecifications: specification('route-table', Tags, rx),
    })
    return table(RouteTable.RouteTableId)
  },
  async update(id, { Tags }, previous, rx) {
    await retag(id, Tags, previous.Tags, rx)
    return table(id)
  },
  async delete(RouteTableId, _props, rx) {
    await rx.invoke('ec2:DeleteRouteTable', { RouteTableId }).catch(ignore('InvalidRouteTableID.NotFound'))
  },
  async read(id, _props, rx) {
    const found = await describeOne(rx, 'DescribeRouteTables', { RouteTableIds: [id] }, 'RouteTables')
    return found && members(found, ['VpcId', 'Tags'])
  },
  adopt: (id) => table(id),
  list: listing('ec2:DescribeRouteTables', { items: 'RouteTables', id: 'RouteTableId' }),
})

const table = (id: string) => ({ id, attributes: { RouteTableId: id } })

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-route.html */
export const route = resource<RouteProperties>({
  properties: ['RouteTableId', 'DestinationCidrBlock', 'GatewayId', 'NatGatewayId'],
  async create(props, rx) {
    await rx.invoke('ec2:CreateRoute', { ...props })
    return routeState(props)
  },
  async update(_id, props, _previous, rx) {
    await rx.invoke('ec2:ReplaceRoute', { ...props })
    return routeState(props)
  },
  async delete(_id, { RouteTableId, DestinationCidrBlock }, rx) {
    await rx
      .invoke('ec2:DeleteRoute', { RouteTableId, DestinationCidrBlock })
      .catch(ignore('InvalidRouteTableID.NotFound', 'InvalidRoute.NotFound'))
  },
  read: (_id, { RouteTableId, DestinationCidrBlock }, rx) => readRoute(RouteTableId, DestinationCidrBlock, rx),
})

const routeState = ({ RouteTableId, DestinationCidrBlock }: RouteProperties) => ({
  id: `${RouteTableId}|${DestinationCidrBlock}`,
  attributes: { CidrBlock: DestinationCidrBlock },
})

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-subnetroutetableassociation.html */
export const tableAssociation = resource<AssociationProperties>({
  properties: ['RouteTableId', 'SubnetId'],
  async create(props, rx) {
    return association(await associate(props, rx))
  },
  async delete(AssociationId, _props, rx) {
    await rx.invoke('ec2:DisassociateRouteTable', { AssociationId }).catch(ignore('InvalidAssociationID.NotFound'))
  },
  read: (id, _props, rx) => readAssociation(id, rx),
  adopt: (id) => association(id),
})

const association = (id: string) => ({ id, attributes: { Id: id } })

/** A replacement is made before the one it replaces goes: the subnet's association becomes one with the other table. */
async function associate({ RouteTableId, SubnetId }: AssociationProperties, rx: ResourceCtx): Promise<string> {
  const { RouteTables } = await rx.invoke<{
    RouteTables: { Associations: { RouteTableAssociationId: string; SubnetId?: string }[] }[]
  }>('ec2:DescribeRouteTables', { Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] })
  const before = RouteTables[0]?.Associations.find((one) => one.SubnetId === SubnetId)?.RouteTableAssociationId
  if (before === undefined) {
    const made = await rx.invoke<{ AssociationId: string }>('ec2:AssociateRouteTable', { RouteTableId, SubnetId })
    return made.AssociationId
  }
  const input = { AssociationId: before, RouteTableId }
  const made = await rx.invoke<{ NewAssociationId: string }>('ec2:ReplaceRouteTableAssociation', input)
  return made.NewAssociationId
}
