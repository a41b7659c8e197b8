import { parseArn } from '../kernel/arn.ts'
import type { SourceMessage } from '../kernel/events.ts'
import { parsePattern } from './event-pattern.ts'

/** Below the 6 MB that a request may have, since the frame around the messages counts too. */
export const batchBytes = 6_000_000

/** Whether a message is wanted by the patterns of a mapping or a pipe: one has to match. Throws PatternError. */
export function messageFilter(patterns: readonly string[]): (message: SourceMessage) => boolean {
  if (patterns.length === 0) return () => true
  const all = patterns.map((text) => ({
    matches: parsePattern(text),
    // A pattern that looks into the body is for bodies that are JSON objects.
    looksInside: isObject((JSON.parse(text) as { body?: unknown }).body),
  }))
  return (message) => {
    const body = parse(message.body)
    return all.some(({ matches, looksInside }) => {
      if (looksInside && !isObject(body)) return false
      return matches({ ...eventRecord(message, ''), body: looksInside ? body : message.body })
    })
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Plain text, which is a body too.
    return undefined
  }
}

/** A message as functions get it: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function eventRecord(message: SourceMessage, sourceArn: string) {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, { dataType, stringValue, binaryValue }]) => [
        name,
        {
          ...(stringValue === undefined ? {} : { stringValue }),
          ...(binaryValue === undefined ? {} : { binaryValue: Buffer.from(binaryValue).toString('base64') }),
          stringListValues: [],
          binaryListValues: [],
          dataType,
        },
      ]),
    ),
    ...(message.md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.md5OfMessageAttributes }),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: parseArn(sourceArn)?.region ?? '',
  }
}

/** Cuts messages into batches whose event fits into a request. */
export function cutBatches(messages: readonly SourceMessage[]): SourceMessage[][] {
  const batches: SourceMessage[][] = []
  let bytes = 0
  for (const message of messages) {
    const own = Buffer.byteLength(JSON.stringify(eventRecord(message, '')))
    const last = batches.at(-1)
    if (last && bytes + own <= batchBytes) {
      last.push(message)
      bytes += own
    } else {
      batches.push([message])
      bytes = own
    }
  }
  return batches
}

/**
 * The messages, or records of a stream, that a function says it has not dealt with. What can't be understood means all of
 * them; what says nothing of failures, none: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html. Not documented, and taken as an
 * empty response is: an object of other members.
 */
export function failedIds(
  payload: Uint8Array,
  batch: readonly Pick<SourceMessage, 'messageId'>[],
): ReadonlySet<string> {
  const ids = new Set(batch.map(({ messageId }) => messageId))
  const text = Buffer.from(payload).toString('utf8')
  const answer = text === '' ? null : parse(text)
  if (answer === null || answer === '' || (Array.isArray(answer) && answer.length === 0)) return new Set()
  if (!isObject(answer)) return ids
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) return ids
  const failed = new Set<string>()
  for (const failure of failures as unknown[]) {
    const id: unknown = isObject(failure) ? (failure as { itemIdentifier?: unknown }).itemIdentifier : undefined
    if (typeof id !== 'string' || !ids.has(id)) return ids
    failed.add(id)
  }
  return failed
}
