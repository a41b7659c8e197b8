import { formatArn, parseArn } from '../../../kernel/arn.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import {
  type Delivery,
  type DeliveryDestination,
  type DeliverySource,
  delivery,
  deliveryDestination,
  deliverySource,
} from '../../../telemetry/vended/state.ts'

export function sourceArn({ region, account }: Scope, name: string): string {
  return formatArn('logs', region, account, `delivery-source:${name}`)
}

export function deliveryDestinationArn({ region, account }: Scope, name: string): string {
  return formatArn('logs', region, account, `delivery-destination:${name}`)
}

export function deliveryArn({ region, account }: Scope, id: string): string {
  return formatArn('logs', region, account, `delivery:${id}`)
}

/** The kind and the name in an ARN of one of the three; undefined in one of something else. */
function read(arn: string) {
  const { service, resource = '', account = '', region = '' } = parseArn(arn) ?? {}
  const [, kind, name] = /^(delivery-source|delivery-destination|delivery):([\w-]+)$/.exec(resource) ?? []
  if (service !== 'logs' || kind === undefined || name === undefined) return undefined
  return { kind, name, scope: { account, region } }
}

/** The destination of an ARN, in whichever account and region that says. */
export async function destinationOfArn(tx: ReadTx, arn: string): Promise<DeliveryDestination | undefined> {
  const named = read(arn)
  if (named?.kind !== 'delivery-destination') return undefined
  return await tx.in(named.scope).get(deliveryDestination(named.name))
}

/** What an ARN of this account and region is of, as it is kept, and under which key. */
export async function vendedOfArn(tx: ReadTx, arn: string) {
  const named = read(arn)
  if (named?.scope.account !== tx.scope.account || named.scope.region !== tx.scope.region) return undefined
  const { kind, name } = named
  const key = kind === 'delivery' ? delivery(name) : kind === 'delivery-source' ? deliverySource(name) : undefined
  const of = key ?? deliveryDestination(name)
  const found = await tx.get<Delivery | DeliverySource | DeliveryDestination>(of)
  return found && { found, key: of }
}

/** Throws ResourceNotFoundException. */
export async function findSource(tx: ReadTx, name: string): Promise<DeliverySource> {
  const found = await tx.get(deliverySource(name))
  if (!found) throw missing(`Delivery source ${name}`)
  return found
}

/** Throws ResourceNotFoundException. */
export async function findDeliveryDestination(tx: ReadTx, name: string): Promise<DeliveryDestination> {
  const found = await tx.get(deliveryDestination(name))
  if (!found) throw missing(`Delivery destination ${name}`)
  return found
}

/** Throws ResourceNotFoundException. */
export async function findDelivery(tx: ReadTx, id: string): Promise<Delivery> {
  const found = await tx.get(delivery(id))
  if (!found) throw missing(`Delivery ${id}`)
  return found
}

export function missing(what: string): Error {
  return awsError('ResourceNotFoundException', `${what} does not exist.`)
}

export function invalid(problem: string): Error {
  return awsError('ValidationException', problem)
}

export function conflict(problem: string): Error {
  return awsError('ConflictException', problem)
}
