import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { fromPageToken, type PartKinds } from '../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { group, type LogGroup, type LogStream, stream } from '../../telemetry/log-state.ts'

/** The group a request names: by name, or by name or ARN as `logGroupIdentifier`. Throws when neither or both are given. */
export function groupName(input: { logGroupName?: string; logGroupIdentifier?: string }, scope: Scope): string {
  if ((input.logGroupName === undefined) === (input.logGroupIdentifier === undefined)) {
    throw awsError('InvalidParameterException', 'Exactly one of logGroupName and logGroupIdentifier must be given.')
  }
  return input.logGroupName ?? nameOf(input.logGroupIdentifier ?? '', scope)
}

/**
 * The name in an ARN of a group (`arn:…:log-group:NAME`, with or without `:*`), or the name itself. Throws
 * InvalidParameterException for what is no such ARN, and ResourceNotFoundException for one of another account or Region.
 */
export function nameOf(identifier: string, { account, region }: Scope): string {
  if (!identifier.startsWith('arn:')) return identifier
  const arn = parseArn(identifier)
  const resource = arn?.service === 'logs' ? arn.resource : undefined
  if (!resource?.startsWith('log-group:'))
    throw awsError('InvalidParameterException', `${identifier} is not the ARN of a log group.`)
  if (arn?.account !== account || arn.region !== region)
    throw awsError('ResourceNotFoundException', 'The specified log group does not exist.')
  return resource.slice('log-group:'.length).replace(/:\*$/, '')
}

export async function findGroup(tx: ReadTx, name: string): Promise<LogGroup> {
  const found = await tx.get(group(name))
  if (!found) throw awsError('ResourceNotFoundException', 'The specified log group does not exist.')
  return found
}

export async function findStream(tx: ReadTx, { generation }: LogGroup, name: string): Promise<LogStream> {
  const found = await tx.get(stream(generation, name))
  if (!found) throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.')
  return found
}

/** The ARN as tags and templates use it; with `:*` behind it, as policies and descriptions do. */
export function groupArn({ region, account }: Scope, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`
}

/** What a policy must allow for actions on a group, and on a stream of it. */
export function groupResource(ctx: Ctx, name: string): string {
  return `${groupArn(ctx.scope, name)}:log-stream:`
}
export function streamResource(ctx: Ctx, name: string, streamName: string): string {
  return `${groupArn(ctx.scope, name)}:log-stream:${streamName}`
}

/** What a policy must allow besides where sensitive data is to be shown. */
export function unmasking({ unmask }: { readonly unmask?: boolean }, resource: string) {
  return unmask ? [{ action: 'logs:Unmask', resource }] : []
}

/** A page's size within what an operation allows. */
export function pageSize(limit: number | undefined, most: number): number {
  return Math.min(limit ?? most, most)
}

/** What page ended where a token says, the name of an item. Throws InvalidParameterException. */
export function nameOfToken(token: string): string {
  return fromToken(token, ['string'])[0]
}

/** The parts of a token of this service, which must be of these kinds. Throws InvalidParameterException. */
export function fromToken<const K extends PartKinds>(token: string, kinds: K, called = 'nextToken') {
  const parts = fromPageToken(token, kinds)
  if (!parts) throw awsError('InvalidParameterException', `The specified ${called} is invalid.`)
  return parts
}
