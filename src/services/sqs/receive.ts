import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { rememberAttempt, repeatedAttempt } from './attempt.ts'
import { attributesMd5, selectAttributes } from './message-attributes.ts'
import { arnOfUrl, locate } from './queue-url.ts'
import { receive } from './sequencer.ts'
import type { Taken } from './take.ts'
import { admit } from './throughput.ts'

const systemAttributeNames: readonly string[] = [
  'All',
  'AWSTraceHeader',
  'ApproximateFirstReceiveTimestamp',
  'ApproximateReceiveCount',
  'DeadLetterQueueSourceArn',
  'MessageDeduplicationId',
  'MessageGroupId',
  'SenderId',
  'SentTimestamp',
  'SequenceNumber',
]

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
export const receiving = operations<Api>()({
  ReceiveMessage: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:ReceiveMessage', resource: arnOfUrl(QueueUrl, ctx) }],
    async call(input, ctx) {
      const max = inRange('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, 10)
      const asked = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]
      for (const name of asked) {
        if (!systemAttributeNames.includes(name)) throw awsError('InvalidAttributeName', `Unknown Attribute ${name}.`)
      }
      const at = await ctx.read((tx) => locate(tx, input.QueueUrl))
      const { settings, fifo } = at.queue
      admit(ctx, at.queue, 'receive')
      const visibilitySec = inRange(
        'VisibilityTimeout',
        input.VisibilityTimeout ?? settings.visibilityTimeoutSec,
        0,
        43_200,
      )
      const waitSec = inRange('WaitTimeSeconds', input.WaitTimeSeconds ?? settings.waitSec, 0, 20)
      const attemptId = input.ReceiveRequestAttemptId
      if (attemptId !== undefined && !fifo) {
        throw awsError(
          'InvalidParameterValue',
          'Value for parameter ReceiveRequestAttemptId is invalid. Reason: The request includes a parameter that is not valid for this queue type.',
        )
      }
      const want = {
        max,
        visibilityMs: visibilitySec * 1000,
        deadlineMs: ctx.nowMs + waitSec * 1000,
        signal: waitSec > 0 ? ctx.signal : undefined,
      }
      let taken = attemptId === undefined ? undefined : await repeatedAttempt(ctx, at, attemptId, want.visibilityMs)
      if (!taken) {
        taken = await receive(ctx.host, at.scope, at.queue.name, want)
        if (attemptId !== undefined) await rememberAttempt(ctx, at, attemptId, taken)
      }
      if (taken.length === 0) return {}
      return { Messages: taken.map((item) => describe(item, asked, input.MessageAttributeNames ?? [])) }
    },
  },
})

function describe(taken: Taken, asked: readonly string[], wantedAttributes: readonly string[]) {
  const { message } = taken
  const selected = selectAttributes(message.attributes, wantedAttributes)
  const system =
    asked.length === 0
      ? []
      : Object.entries(systemAttributes(taken)).filter(([name]) => asked.includes('All') || asked.includes(name))
  return {
    MessageId: taken.id,
    ReceiptHandle: taken.handle,
    MD5OfBody: message.md5,
    Body: message.body,
    Attributes: system.length > 0 ? Object.fromEntries(system) : undefined,
    MD5OfMessageAttributes: attributesMd5(selected),
    MessageAttributes:
      selected &&
      Object.fromEntries(
        Object.entries(selected).map(([name, { dataType, stringValue, binaryValue }]) => [
          name,
          { DataType: dataType, ...(binaryValue ? { BinaryValue: binaryValue } : { StringValue: stringValue }) },
        ]),
      ),
  }
}

/** What the service itself knows of a message, as text. */
export function systemAttributes({ message, receives, firstReceivedAtMs }: Taken): Record<string, string> {
  const all: Record<string, string | undefined> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    SequenceNumber: message.sequence,
    MessageDeduplicationId: message.deduplicationId,
    MessageGroupId: message.groupId,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSourceArn,
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${value} for parameter ${name} is invalid. Reason: Must be >= ${min} and <= ${max}, if provided.`,
    )
  }
  return value
}
