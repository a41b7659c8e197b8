import type { ReadTx, Tx } from '../../kernel/records.ts'
import { noTable } from './errors.ts'
import {
  amount,
  mainTable,
  type Route,
  type RouteTable,
  routeTable,
  tableOfAssociation,
  tableOfSubnet,
  tableOfVpc,
  tag,
} from './state.ts'

export async function findTable(tx: ReadTx, id: string): Promise<RouteTable> {
  const found = await tx.get(routeTable(id))
  if (!found) throw noTable(id)
  return found
}

/** With all that is kept to find it. */
export async function removeTable(tx: Tx, { id, vpcId, associations }: RouteTable): Promise<void> {
  for (const association of associations) {
    tx.delete(tableOfAssociation(association.id))
    if (association.subnetId !== undefined) tx.delete(tableOfSubnet(association.subnetId))
  }
  if ((await tx.get(mainTable(vpcId))) === id) tx.delete(mainTable(vpcId))
  tx.delete(routeTable(id))
  tx.delete(tableOfVpc(vpcId, id))
  tx.clear(tag.under(id))
  tx.add(amount('route-table', vpcId), -1)
}

/** A subnet that goes leaves its table. */
export async function leaveTable(tx: Tx, subnetId: string): Promise<void> {
  const tableId = await tx.get(tableOfSubnet(subnetId))
  if (tableId === undefined) return
  const table = await findTable(tx, tableId)
  for (const association of table.associations) {
    if (association.subnetId === subnetId) tx.delete(tableOfAssociation(association.id))
  }
  tx.delete(tableOfSubnet(subnetId))
  const associations = table.associations.filter((association) => association.subnetId !== subnetId)
  tx.set(routeTable(tableId), { ...table, associations })
}

/** Routes of the VPC to what is gone, or is there again, are marked as such. */
export async function markRoutes(tx: Tx, vpcId: string, target: Route['target'], blackhole: boolean): Promise<void> {
  for await (const [, tableId] of tx.keys(tableOfVpc.under(vpcId))) {
    const table = await findTable(tx, tableId)
    const leadsThere = (route: Route) => route.target.kind === target.kind && route.target.id === target.id
    if (!table.routes.some(leadsThere)) continue
    const routes = table.routes.map((route) => (leadsThere(route) ? { ...route, blackhole } : route))
    tx.set(routeTable(tableId), { ...table, routes })
  }
}
