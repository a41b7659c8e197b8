import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { keepLetter } from '../../outbox/outbox.ts'
import { optedOut } from '../../outbox/state.ts'
import { smsSettings } from './sms-state.ts'
import type { Published } from './state.ts'

/** What one message is split into at most: https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html */
const mostCharacters = 1_600
const mostSenderCharacters = 11

interface TextMessage {
  readonly to: string
  readonly text: string
  readonly source?: string | undefined
}

/**
 * Keeps a text message in the outbox: there is no way from here into a telephone network. `tx` is in the scope that sends
 * it. Throws OptedOut when the owner of the number wants none.
 */
export async function keepText(
  tx: Tx,
  { to, text, source }: TextMessage,
  { messageId, atMs, attributes = {} }: Pick<Published, 'messageId' | 'atMs' | 'attributes'>,
  of = '',
): Promise<void> {
  if (await tx.get(optedOut(to))) throw awsError('OptedOutException', `${to} wants no messages.`)
  const given = attributes['AWS.SNS.SMS.SenderID']?.stringValue?.slice(0, mostSenderCharacters)
  const from = given ?? (await tx.get(smsSettings()))?.DefaultSenderID
  const letter = { channel: 'sms' as const, to, from, text: text.slice(0, mostCharacters), source }
  await keepLetter(tx, letter, { key: `${messageId} ${of}`, atMs })
}
