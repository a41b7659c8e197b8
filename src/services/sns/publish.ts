import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { isPhoneNumber } from '../../outbox/opted-out.ts'
import { accept } from './accept.ts'
import type { Api } from './api.ts'
import { attributesBytes, readAttributes } from './message-attributes.ts'
import { invalid, type LocatedTopic, locateTopic } from './names.ts'
import { push } from './push.ts'
import { endpointKeyIn, platforms } from './push-names.ts'
import type { Protocol } from './state.ts'
import { keepText } from './text-message.ts'

type Entry = Omit<InputFor<Api, 'Publish'>, 'TopicArn' | 'TargetArn' | 'PhoneNumber'>

/** Of one message, and of a batch together. */
const mostBytes = 262_144
const mostEntries = 10

/** Publishing, one or up to ten messages. */
export const publishing = operations<Api>()({
  Publish: {
    authorize: (input) => [{ action: 'sns:Publish', resource: targetOf(input) }],
    async write(tx, input, ctx) {
      const target = targetOf(input)
      if (input.PhoneNumber !== undefined) return publishText(tx, target, input, ctx)
      if (endpointKeyIn(target, tx.scope)) return push(tx, target, input, ctx)
      return publishOne(tx, await locateTopic(tx, target), input, ctx)
    },
  },

  PublishBatch: {
    authorize: ({ TopicArn }) => [{ action: 'sns:Publish', resource: TopicArn }],
    async write(tx, { TopicArn, PublishBatchRequestEntries: entries }, ctx) {
      const at = await locateTopic(tx, TopicArn)
      if (entries.length === 0) {
        throw awsError('EmptyBatchRequestException', "The batch request doesn't contain any entries.")
      }
      if (entries.length > mostEntries) {
        throw awsError(
          'TooManyEntriesInBatchRequestException',
          `The batch request contains more entries than permissible: ${mostEntries}.`,
        )
      }
      const ids = entries.map(({ Id }) => Id)
      if (new Set(ids).size < ids.length) {
        throw awsError(
          'BatchEntryIdsNotDistinctException',
          'Two or more batch entries in the request have the same Id.',
        )
      }
      if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
        throw awsError('InvalidBatchEntryIdException', 'The Id of a batch entry has up to 80 letters, digits, - and _.')
      }
      if (entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > mostBytes) {
        throw awsError(
          'BatchRequestTooLongException',
          'The length of all the batch messages put together is more than the limit.',
        )
      }
      const Successful = []
      const Failed = []
      for (const { Id, ...entry } of entries) {
        try {
          Successful.push({ Id, ...(await publishOne(tx, at, entry, ctx)) })
        } catch (error) {
          // Entries are checked before anything is written, so one that is refused leaves nothing behind.
          if (!isAwsError(error)) throw error
          Failed.push({ Id, Code: error.code.replace(/Exception$/, ''), Message: error.message, SenderFault: true })
        }
      }
      return { Successful, Failed }
    },
  },
})

/** ARN of a topic or of an app on a device, or a phone number. */
function targetOf({ TopicArn, TargetArn, PhoneNumber }: InputFor<Api, 'Publish'>): string {
  const given = [TopicArn, TargetArn, PhoneNumber].filter((target) => target !== undefined)
  if (given.length !== 1) {
    throw invalid(
      'TopicArn or TargetArn Reason: no value for required parameter, or more than one of them and PhoneNumber',
    )
  }
  return given[0] as string
}

/** A text message to one number, whose owner may have opted out: then it is taken, and goes nowhere. */
async function publishText(
  tx: Tx,
  to: string,
  { Message: text, MessageAttributes }: InputFor<Api, 'Publish'>,
  ctx: Ctx,
) {
  if (!isPhoneNumber(to)) throw invalid(`PhoneNumber Reason: ${to.slice(0, 100)} is not valid to publish to`)
  if (!text) throw invalid('Empty message')
  const published = { messageId: ctx.ids.uuid(), atMs: ctx.nowMs, attributes: readAttributes(MessageAttributes) }
  await keepText(tx, { to, text }, published).catch((error: unknown) => {
    if (!isAwsError(error, 'OptedOutException')) throw error
  })
  return { MessageId: published.messageId }
}

function sizeOf({ Message = '', MessageAttributes }: Partial<Entry>): number {
  let bytes = Buffer.byteLength(Message)
  for (const [name, { DataType, StringValue = '', BinaryValue }] of Object.entries(MessageAttributes ?? {})) {
    bytes += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0)
  }
  return bytes
}

async function publishOne(tx: Tx, at: LocatedTopic, entry: Partial<Entry>, ctx: Ctx) {
  const { Message = '', MessageGroupId, MessageDeduplicationId } = entry
  if (Message === '') throw invalid('Empty message')
  const attributes = readAttributes(entry.MessageAttributes)
  if (Buffer.byteLength(Message) + attributesBytes(attributes) > mostBytes) throw invalid('Message too long')
  const accepted = await accept(
    tx.in(at.scope),
    at,
    {
      subject: checkSubject(entry.Subject),
      attributes,
      groupId: checkToken('MessageGroupId', MessageGroupId),
      deduplicationId: checkToken('MessageDeduplicationId', MessageDeduplicationId),
      ...contents(Message, entry.MessageStructure),
    },
    ctx.host,
  )
  return { MessageId: accepted.messageId, SequenceNumber: accepted.sequence }
}

/** The message itself, or of one that has a structure what it says by default, and to each protocol. */
function contents(message: string, structure: string | undefined) {
  if (structure === undefined) return { message }
  if (structure !== 'json') throw invalid('MessageStructure')
  const refuse = (why: string) => invalid(`Message Structure - ${why}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(message)
  } catch {
    throw refuse('JSON message body failed to parse')
  }
  const { default: text, ...others } = (parsed ?? {}) as Record<string, unknown>
  if (typeof text !== 'string') throw refuse('No default entry in JSON message body')
  const byProtocol: Record<string, string> = {}
  const protocols: readonly Protocol[] = ['sqs', 'lambda', 'http', 'https', 'email', 'email-json', 'sms']
  for (const protocol of [...protocols, ...platforms]) {
    const own = others[protocol]
    if (typeof own === 'string') byProtocol[protocol] = own
  }
  return { message: text, byProtocol }
}

function checkSubject(subject: string | undefined): string | undefined {
  // Without control characters, so that it can head a mail.
  if (subject !== undefined && !/^[^\p{Cc}\s][^\p{Cc}]{0,99}$/u.test(subject)) throw invalid('Subject')
  return subject
}

function checkToken(name: string, value: string | undefined): string | undefined {
  if (value !== undefined && !/^[\x21-\x7e]{1,128}$/.test(value)) {
    throw invalid(
      `${name} Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    )
  }
  return value
}
