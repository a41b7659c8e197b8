import { hash } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { runBatch } from './batch.ts'
import { enqueue } from './enqueue.ts'
import { countGroupSent } from './fairness.ts'
import { attributesBytes, attributesMd5, readAttributes } from './message-attributes.ts'
import { countRepeated, countSent } from './metrics.ts'
import { arnOfUrl, locate } from './queue-url.ts'
import type { Located, MessageAttribute } from './state.ts'
import { admit, admitToGroup } from './throughput.ts'

type Entry = Omit<InputFor<Api, 'SendMessage'>, 'QueueUrl'>

/** Sending, one or up to ten messages. */
export const sending = operations<Api>()({
  SendMessage: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:SendMessage', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, input, ctx) {
      const at = await locate(tx, input.QueueUrl)
      admit(ctx, at.queue, 'send')
      const sent = await sendOne(tx, at, input, ctx)
      countSent(tx.in(at.scope), ctx, at.scope, at.queue.name, [sizeOf(input)])
      return sent
    },
  },

  SendMessageBatch: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:SendMessage', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Entries }, ctx) {
      const at = await locate(tx, QueueUrl)
      admit(ctx, at.queue, 'send')
      let bytes = 0
      for (const entry of Entries) bytes += sizeOf(entry)
      if (bytes > mostBytes) {
        throw awsError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${mostBytes} bytes. You have sent ${bytes} bytes.`,
        )
      }
      const sizes: number[] = []
      const result = await runBatch(Entries, async (entry) => {
        const sent = await sendOne(tx, at, entry, ctx)
        sizes.push(sizeOf(entry))
        return sent
      })
      countSent(tx.in(at.scope), ctx, at.scope, at.queue.name, sizes)
      return result
    },
  },
})

/** Of one message, and of a batch together. */
const mostBytes = 1_048_576

/** A message's bytes as they are limited and counted: its body, and its attributes' names, types and values. */
function sizeOf({ MessageBody, MessageAttributes }: Entry): number {
  let bytes = Buffer.byteLength(MessageBody)
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(MessageAttributes ?? {}))
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      (BinaryValue?.byteLength ?? 0)
  return bytes
}

async function sendOne(tx: Tx, at: Located, entry: Entry, ctx: Ctx) {
  const { queue } = at
  const attributes = entry.MessageAttributes && readAttributes(entry.MessageAttributes)
  checkBody(entry.MessageBody, attributes, queue.settings.maximumMessageBytes)
  if (entry.DelaySeconds !== undefined && !(entry.DelaySeconds >= 0 && entry.DelaySeconds <= 900)) {
    throw invalid('DelaySeconds', entry.DelaySeconds, 'DelaySeconds must be >= 0 and <= 900.')
  }
  if (queue.fifo && entry.DelaySeconds !== undefined && entry.DelaySeconds !== 0) {
    throw invalid(
      'DelaySeconds',
      entry.DelaySeconds,
      'The request include parameter that is not valid for this queue type.',
    )
  }
  const system = readSystemAttributes(entry.MessageSystemAttributes)
  const groupId = checkToken('MessageGroupId', entry.MessageGroupId)
  admitToGroup(ctx, queue, groupId)
  if (groupId !== undefined && !queue.fifo) countGroupSent(ctx.host, queue.generation, groupId, ctx.nowMs)
  const md5 = hash('md5', entry.MessageBody)
  const sent = await enqueue(
    tx.in(at.scope),
    at,
    {
      body: entry.MessageBody,
      md5,
      attributes,
      traceHeader: system?.AWSTraceHeader?.stringValue ?? traceOf(ctx),
      senderId: ctx.principal.userId,
      groupId,
      deduplicationId: checkToken('MessageDeduplicationId', entry.MessageDeduplicationId),
      delaySec: entry.DelaySeconds,
    },
    ctx,
  )
  if (sent.repeated) countRepeated(tx.in(at.scope), ctx, at.scope, queue.name)
  return {
    MessageId: sent.id,
    MD5OfMessageBody: md5,
    MD5OfMessageAttributes: attributesMd5(attributes),
    MD5OfMessageSystemAttributes: attributesMd5(system),
    SequenceNumber: sent.sequence,
  }
}

// Everything XML 1.0 can hold; https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

/** Throws unless a queue takes messages of that size with these characters. */
export function checkBody(
  body: string,
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
  maxBytes: number,
): void {
  if (body.length === 0) throw awsError('MissingParameter', 'The request must contain the parameter MessageBody.')
  if (Buffer.byteLength(body) + attributesBytes(attributes) > maxBytes) {
    throw awsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    )
  }
  if (forbidden.test(body)) {
    throw awsError(
      'InvalidMessageContents',
      'Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
    )
  }
}

function checkToken(name: string, value: string | undefined): string | undefined {
  if (value !== undefined && !/^[\x21-\x7e]{1,128}$/.test(value)) {
    throw invalid(
      name,
      value.slice(0, 130),
      `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    )
  }
  return value
}

/** The trace that a sender is part of (`X-Amzn-Trace-Id`) goes on with its message, as if it were the attribute. */
function traceOf({ wire }: Ctx): string | undefined {
  const header = wire?.headers['x-amzn-trace-id']
  return typeof header === 'string' && /^[\x20-\x7e]{1,1024}$/.test(header) ? header : undefined
}

function readSystemAttributes(given: Entry['MessageSystemAttributes']): Record<string, MessageAttribute> | undefined {
  if (!given || Object.keys(given).length === 0) return undefined
  for (const name of Object.keys(given)) {
    if (name !== 'AWSTraceHeader')
      throw awsError('InvalidParameterValue', `Message system attribute name '${name.slice(0, 100)}' is invalid.`)
  }
  const { AWSTraceHeader } = readAttributes(given as Parameters<typeof readAttributes>[0]) ?? {}
  if (AWSTraceHeader?.dataType !== 'String')
    throw awsError('InvalidParameterValue', 'The message system attribute AWSTraceHeader must be of type String.')
  return { AWSTraceHeader }
}

function invalid(parameter: string, value: unknown, reason: string): AwsError {
  return awsError('InvalidParameterValue', `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`)
}
