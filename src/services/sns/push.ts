import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { keepLetter } from '../../outbox/outbox.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { type EndpointKey, locateEndpoint } from './push-names.ts'

const mostBytes = 262_144

/** Keeps a notification in the outbox: there is no way from here to a push service. Throws EndpointDisabled. */
export async function push(tx: Tx, to: string, key: EndpointKey, input: InputFor<Api, 'Publish'>, ctx: Ctx) {
  const { found } = await locateEndpoint(tx, to)
  if (!found.enabled) throw awsError('EndpointDisabledException', 'Endpoint is disabled')
  const { Message: message = '', Subject: subject, MessageStructure } = input
  if (message === '') throw invalid('Empty message')
  if (Buffer.byteLength(message) > mostBytes) throw invalid('Message too long')
  const text = MessageStructure === undefined ? message : ofPlatform(message, key[0], MessageStructure)
  const messageId = ctx.ids.uuid()
  await keepLetter(tx, { channel: 'push', to, subject, text }, { key: messageId, atMs: ctx.nowMs })
  return { MessageId: messageId }
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
