import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { invalid, notFound } from './names.ts'
import { application, endpoint, type PlatformApplication, type PlatformEndpoint } from './push-state.ts'

/** https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html */
export const platforms = [
  ...['ADM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX', 'BAIDU', 'GCM', 'MACOS', 'MACOS_SANDBOX'],
  ...['MPNS', 'WNS'],
]

export type ApplicationKey = readonly [platform: string, name: string]
export type EndpointKey = readonly [platform: string, name: string, id: string]

export const applicationArn = ({ region, account }: Scope, key: ApplicationKey): string =>
  formatArn('sns', region, account, `app/${key.join('/')}`)
export const endpointArn = ({ region, account }: Scope, key: EndpointKey): string =>
  formatArn('sns', region, account, `endpoint/${key.join('/')}`)

/** What an ARN of an application of the scope names. Throws InvalidParameter. */
export function applicationKey(arn: string, scope: Scope): ApplicationKey {
  const [, platform, name] = /^app\/([A-Z_]+)\/([\w.-]{1,256})$/.exec(resourceIn(arn, scope)) ?? []
  if (platform === undefined || name === undefined) throw invalid('PlatformApplicationArn')
  return [platform, name]
}

/** The same of an endpoint; undefined for what names none. */
export function endpointKeyIn(arn: string, scope: Scope): EndpointKey | undefined {
  const [, platform, name, id] = /^endpoint\/([A-Z_]+)\/([\w.-]{1,256})\/([\w-]+)$/.exec(resourceIn(arn, scope)) ?? []
  return platform === undefined || name === undefined || id === undefined ? undefined : [platform, name, id]
}

export function endpointKey(arn: string, scope: Scope): EndpointKey {
  const key = endpointKeyIn(arn, scope)
  if (!key) throw invalid('EndpointArn')
  return key
}

function resourceIn(arn: string, { account, region }: Scope): string {
  const parsed = parseArn(arn)
  const own = parsed?.service === 'sns' && parsed.account === account && parsed.region === region
  return own ? parsed.resource : ''
}

/** Throws NotFound. */
export async function locateApplication(tx: ReadTx, arn: string) {
  const key = applicationKey(arn, tx.scope)
  const found = await tx.get(application(...key))
  if (!found) throw notFound('PlatformApplication does not exist')
  return { key, under: homeOf(found) }
}

/** Where the endpoints of an application are kept. */
export function homeOf({
  platform,
  name,
  home = name,
}: PlatformApplication): readonly [platform: string, home: string] {
  return [platform, home]
}

/** An endpoint; undefined when it is gone, or its application is. */
export async function lookUpEndpoint(tx: ReadTx, [platform, name, id]: EndpointKey) {
  const of = await tx.get(application(platform, name))
  const found: PlatformEndpoint | undefined = of && (await tx.get(endpoint(...homeOf(of), id)))
  return of && found && { under: homeOf(of), id, platform, found }
}

/** Throws NotFound. */
export async function locateEndpoint(tx: ReadTx, arn: string) {
  const at = await lookUpEndpoint(tx, endpointKey(arn, tx.scope))
  if (!at) throw notFound('Endpoint does not exist')
  return at
}
