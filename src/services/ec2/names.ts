import type { Ctx } from '../../kernel/context.ts'
import { invalidValue } from './errors.ts'

/** The kinds of resources that are here, as their ARNs and tag specifications call them. */
export const kinds = {
  vpc: 'vpc',
  subnet: 'subnet',
  'security-group': 'sg',
  'security-group-rule': 'sgr',
  'internet-gateway': 'igw',
  'route-table': 'rtb',
  natgateway: 'nat',
  'elastic-ip': 'eipalloc',
} as const

export type Kind = keyof typeof kinds

/** What has an id and is no resource of its own. */
const parts = {
  association: 'vpc-cidr-assoc',
  'route-table-association': 'rtbassoc',
  'address-association': 'eipassoc',
  interface: 'eni',
} as const

/** `vpc-0123456789abcdef0` */
export function newId(ctx: Ctx, kind: Kind | keyof typeof parts): string {
  const prefix = { ...kinds, ...parts }[kind]
  return `${prefix}-0${ctx.ids.token(16, '0123456789abcdef')}`
}

/** What an id is of; undefined for kinds that are not here. */
export function kindOf(id: string): Kind | undefined {
  const prefix = id.slice(0, id.lastIndexOf('-'))
  return (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind] === prefix)
}

/** `*` as id: of any that is to be made. */
export function arnOf(ctx: Ctx, kind: Kind, id: string): string {
  return ctx.arn('ec2', `${kind}/${id}`)
}

/** The zones of a region: three, as every region has at least. */
export function zonesOf(region: string): readonly { readonly name: string; readonly id: string }[] {
  const short = region
    .split('-')
    .map((part) => part.replace(/^(north|south)(east|west)$/, (_, a: string, b: string) => `${a[0]}${b[0]}`))
    .map((part, at) => (at === 0 || /\d/.test(part) || part.length <= 2 ? part : part.charAt(0)))
    .join('')
  return ['a', 'b', 'c'].map((letter, at) => ({ name: region + letter, id: `${short}-az${at + 1}` }))
}

export function zoneId(region: string, name: string): string {
  return zonesOf(region).find((zone) => zone.name === name)?.id ?? ''
}

/** A zone by name or id; the first when neither is asked for. */
export function chosenZone(region: string, name: string | undefined, id: string | undefined): string {
  const zones = zonesOf(region)
  const found = zones.find((zone) => (name === undefined || zone.name === name) && (id === undefined || zone.id === id))
  if (found) return found.name
  throw invalidValue(
    `Value (${name ?? id}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.map((zone) => zone.name).join(', ')}.`,
  )
}
