import { formatArn, parseArn } from '../../kernel/arn.ts'
import { passingRole } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type DeliveryStream, deliveryStream } from './state.ts'

export const serviceName = 'firehose.amazonaws.com'

export const invalid = (message: string): AwsError => awsError('InvalidArgumentException', message)

export function streamArn({ account, region }: Scope, name: string): string {
  return formatArn('firehose', region, account, `deliverystream/${name}`)
}

/** What the ARN of a delivery stream names; undefined for anything else. */
export function readArn(arn: string): { readonly scope: Scope; readonly name: string } | undefined {
  const { service, account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  if (service !== 'firehose' || !resource.startsWith('deliverystream/')) return undefined
  return { scope: { account, region }, name: resource.slice('deliverystream/'.length) }
}

/** What a request on a delivery stream needs to be allowed. */
export function asking(operation: string, name: string, ctx: Pick<Ctx, 'scope'>) {
  return { action: `firehose:${operation}`, resource: streamArn(ctx.scope, name) }
}

/** What handing roles to Firehose needs. */
export function passRoles(roles: readonly (string | undefined)[]) {
  const given = new Set(roles.filter((role) => role !== undefined))
  return [...given].map((role) => passingRole(role, serviceName))
}

/** Throws ResourceNotFoundException. */
export async function find(tx: ReadTx, name: string): Promise<DeliveryStream> {
  const found = await tx.get(deliveryStream(name))
  if (found) return found
  throw awsError('ResourceNotFoundException', `Firehose ${name} under account ${tx.scope.account} not found.`)
}

/** The same, when it is to be changed. Throws ResourceInUseException for one that is being deleted. */
export async function findActive(tx: ReadTx, name: string): Promise<DeliveryStream> {
  const found = await find(tx, name)
  if (found.status === 'ACTIVE') return found
  throw awsError('ResourceInUseException', `Firehose ${name} under account ${tx.scope.account} is not ACTIVE.`)
}

/** Who delivers for a stream: its role, which has to trust Firehose. Throws InvalidArgumentException when it does not. */
export async function principalOf(
  roleArn: string,
  name: string,
  { host, scope }: { readonly host: Host; readonly scope: Scope },
): Promise<Principal> {
  const sourceArn = streamArn(scope, name)
  const options = { service: serviceName, sessionName: 'firehose', durationSec: 3_600, sourceArn }
  try {
    return (await host.assumeRole(roleArn, options)).principal
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid(`Firehose is unable to assume role ${roleArn}. Please check the role provided.`)
  }
}
