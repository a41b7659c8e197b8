import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Located, type Queue, queue } from './state.ts'

export interface QueueAddress {
  readonly account: string
  readonly name: string
}

/** The URL under which the client that asks can use the queue: at the address it reached us by. */
export function queueUrl(baseUrl: string, account: string, name: string): string {
  return `${baseUrl}/${account}/${name}`
}

/** A request asks twice, to be authorised and to run: the last one parsed is worth keeping. */
let last: { readonly url: string; readonly address: QueueAddress } | undefined

/** Reads account and name from a queue's URL, whatever its host: `http://…/123456789012/orders`. */
export function parseQueueUrl(url: string): QueueAddress {
  if (last?.url === url) return last.address
  const match = /^(?:https?:\/\/[^/]+)?\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)\/?$/.exec(url)
  if (!match) throw awsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`, { status: 404 })
  const address = { account: match[1]!, name: match[2]! }
  last = { url, address }
  return address
}

export function queueArn(scope: Scope, name: string): string {
  return formatArn('sqs', scope.region, scope.account, name)
}

/** The ARN of the queue that a URL names, for authorisation: whether or not it exists. */
export function arnOfUrl(url: string, ctx: Ctx): string {
  const { account, name } = parseQueueUrl(url)
  return queueArn({ account, region: ctx.region }, name)
}

/** The ARN that a parameter gives, of a queue of the region asked. Throws InvalidParameterValue for anything else. */
export function arnInScope(arn: string, ctx: Ctx, parameter: string): string {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'sqs' || parsed.region !== ctx.region || parsed.account !== ctx.account) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${arn.slice(0, 300)} for parameter ${parameter} is invalid. Reason: It must be the ARN of a queue of this account and region.`,
    )
  }
  return arn
}

/** The queue of a URL, in its own account. Throws QueueDoesNotExist. */
export function locate(tx: ReadTx, url: string): Promise<Located> {
  const { account, name } = parseQueueUrl(url)
  return found(tx.in({ account }), name)
}

/** The queue of an ARN. Throws QueueDoesNotExist. */
export function locateArn(tx: ReadTx, arn: string): Promise<Located> {
  const parsed = parseArn(arn)
  if (!parsed) throw noQueue()
  return found(tx.in({ account: parsed.account, region: parsed.region }), parsed.resource)
}

/** The queue of an ARN, or undefined when there is none. */
export async function queueOfArn(tx: ReadTx, arn: string): Promise<Queue | undefined> {
  const parsed = parseArn(arn)
  return parsed && tx.in({ account: parsed.account, region: parsed.region }).get(queue(parsed.resource))
}

async function found(tx: ReadTx, name: string): Promise<Located> {
  const record = await tx.get(queue(name))
  if (!record) throw noQueue()
  return { queue: record, scope: tx.scope }
}

function noQueue(): Error {
  return awsError('QueueDoesNotExist', 'The specified queue does not exist.')
}
