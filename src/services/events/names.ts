import { formatArn, parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Bus, bus, type Rule, rule } from './state.ts'

export const defaultBus = 'default'

export function busArn({ region, account }: Scope, name: string): string {
  return formatArn('events', region, account, `event-bus/${name}`)
}

export function archiveArn({ region, account }: Scope, name: string): string {
  return formatArn('events', region, account, `archive/${name}`)
}

export function replayArn({ region, account }: Scope, name: string): string {
  return formatArn('events', region, account, `replay/${name}`)
}

/** Rules of the default bus are named without it. */
export function ruleArn({ region, account }: Scope, busName: string, name: string): string {
  return formatArn('events', region, account, busName === defaultBus ? `rule/${name}` : `rule/${busName}/${name}`)
}

/** A bus by name or ARN; the default one when nothing is given. */
export function parseBus(text: string | undefined, scope: Scope): { readonly name: string; readonly scope: Scope } {
  if (text === undefined) return { name: defaultBus, scope }
  const arn = parseArn(text)
  if (!arn) return { name: text, scope }
  return {
    name: arn.resource.replace(/^event-bus\//, ''),
    scope: { account: arn.account, region: arn.region },
  }
}

/** The name of a bus of this account and Region, by name or ARN: rules are kept with their bus. */
export function ownBus(text: string | undefined, own: Scope): string {
  const { name, scope } = parseBus(text, own)
  if (scope.account !== own.account || scope.region !== own.region) {
    throw invalid(`EventBusName is not valid: ${text} is in another account or Region.`)
  }
  return name
}

/** The bus of a name; the default one is always there. */
export async function lookUpBus(tx: ReadTx, name: string): Promise<Bus | undefined> {
  const found = await tx.get(bus(name))
  if (found || name !== defaultBus) return found
  return { name, tags: {}, createdAtMs: 0, modifiedAtMs: 0 }
}

/** Throws ResourceNotFoundException. */
export async function findBus(tx: ReadTx, name: string): Promise<Bus> {
  const found = await lookUpBus(tx, name)
  if (!found) throw notFound(`Event bus ${name} does not exist.`)
  return found
}

/** Throws ResourceNotFoundException. */
export async function findRule(tx: ReadTx, busName: string, name: string): Promise<Rule> {
  await findBus(tx, busName)
  const found = await tx.get(rule(busName, name))
  if (!found) throw notFound(`Rule ${name} does not exist on EventBus ${busName}.`)
  return found
}

/** A rule's address from its ARN. */
export function ruleOfArn(resource: string): { readonly bus: string; readonly name: string } | undefined {
  const parts = resource.split('/')
  if (parts[0] !== 'rule' || parts.length < 2) return undefined
  const name = parts.at(-1) ?? ''
  return { bus: parts.length === 2 ? defaultBus : parts.slice(1, -1).join('/'), name }
}

export function notFound(message: string): Error {
  return awsError('ResourceNotFoundException', message)
}

export function invalid(message: string): Error {
  return awsError('ValidationException', message)
}

/** Of a connection or an API destination, which differ for every one ever made. */
export function connectionArn({ region, account }: Scope, { name, id }: { name: string; id: string }): string {
  return formatArn('events', region, account, `connection/${name}/${id}`)
}

export function apiDestinationArn({ region, account }: Scope, { name, id }: { name: string; id: string }): string {
  return formatArn('events', region, account, `api-destination/${name}/${id}`)
}
