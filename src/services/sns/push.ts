import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { keepLetter } from '../../outbox/outbox.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { endpointKeyIn, locateEndpoint } from './push-names.ts'
import type { Published, Subscription } from './state.ts'

const mostBytes = 262_144

/** Keeps a notification for one app on one device. Throws EndpointDisabled. */
export async function push(tx: Tx, to: string, input: InputFor<Api, 'Publish'>, ctx: Ctx) {
  const { platform } = await locateEnabled(tx, to)
  const { Message: message = '', Subject: subject, MessageStructure } = input
  if (message === '') throw invalid('Empty message')
  if (Buffer.byteLength(message) > mostBytes) throw invalid('Message too long')
  const text = MessageStructure === undefined ? message : ofPlatform(message, platform, MessageStructure)
  const messageId = ctx.ids.uuid()
  await keepLetter(tx, { channel: 'push', to, subject, text }, { key: messageId, atMs: ctx.nowMs })
  return { MessageId: messageId }
}

/**
 * Keeps for a subscribed app what was published to its topic, in the outbox of the app's account: there is no way from
 * here to a push service. Throws EndpointDisabled, NotFound.
 */
export async function pushPublished(tx: Tx, { endpoint: to, id }: Subscription, published: Published): Promise<void> {
  const { account = '', region = '' } = parseArn(to) ?? {}
  const own = tx.in({ account, region })
  const { platform } = await locateEnabled(own, to)
  const { message, byProtocol, subject, topicArn: source, messageId, atMs } = published
  const text = byProtocol && Object.hasOwn(byProtocol, platform) ? (byProtocol[platform] as string) : message
  await keepLetter(own, { channel: 'push', to, subject, text, source }, { key: `${messageId} ${id}`, atMs })
}

async function locateEnabled(tx: Tx, arn: string) {
  const at = await locateEndpoint(tx, arn)
  if (!at.found.enabled) throw awsError('EndpointDisabledException', 'Endpoint is disabled')
  return at
}

/** The ARN of an endpoint that may be subscribed: one of the caller's, in this region. Throws InvalidParameter, NotFound. */
export async function checkSubscribed(tx: Tx, arn: string): Promise<void> {
  if (!endpointKeyIn(arn, tx.scope)) throw invalid('Application endpoint arn invalid')
  await locateEndpoint(tx, arn)
}

/** What a message that has a structure says to the platform. */
function ofPlatform(message: string, platform: string, structure: string): string {
  if (structure !== 'json') throw invalid('MessageStructure')
  let parsed: unknown
  try {
    parsed = JSON.parse(message)
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse')
  }
  const texts = (parsed ?? {}) as Readonly<Record<string, unknown>>
  const text = texts[platform] ?? texts.default
  if (typeof text !== 'string') throw invalid('Message Structure - No default entry in JSON message body')
  return text
}
