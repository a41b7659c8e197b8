import { formatArn, parseArn } from '../../../kernel/arn.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { invalid } from '../names.ts'
import { type Channel, channel } from './state.ts'

/** Who assumes the role of a channel. */
export const serviceName = 'kinesis.amazonaws.com'

export function channelArn({ account, region }: Scope, id: string): string {
  return formatArn('kinesis', region, account, `channel/${id}`)
}

/** What the ARN of a channel names; undefined for anything else. */
export function readChannelArn(arn: string): { readonly scope: Scope; readonly id: string } | undefined {
  const { service, account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  const [, id] = /^channel\/([\w-]+)$/.exec(resource) ?? []
  return service === 'kinesis' && id !== undefined ? { scope: { account, region }, id } : undefined
}

export interface LocatedChannel {
  readonly scope: Scope
  readonly channel: Channel
}

/** The channel of that ARN. Throws InvalidArgumentException, ResourceNotFoundException. */
export async function locateChannel(tx: ReadTx, arn: string): Promise<LocatedChannel> {
  const read = readChannelArn(arn)
  if (!read) throw invalid(`ChannelARN ${arn} is not the ARN of a channel.`)
  const found = await tx.in(read.scope).get(channel(read.id))
  if (found) return { scope: read.scope, channel: found }
  throw awsError('ResourceNotFoundException', `Channel ${arn} under account ${read.scope.account} not found.`)
}

/** The same, when it is to be changed or deleted. Throws ResourceInUseException while that is not possible. */
export async function locateIn(
  tx: ReadTx,
  arn: string,
  ...states: readonly Channel['status'][]
): Promise<LocatedChannel> {
  const at = await locateChannel(tx, arn)
  if (states.includes(at.channel.status)) return at
  throw awsError('ResourceInUseException', `Channel ${arn} is ${at.channel.status}, not ${states.join(' or ')}.`)
}
