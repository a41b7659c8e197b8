import { describe, expect, test } from 'vitest'
import { hasPublishedEvents, publishedEvent } from '../../test/published-event.ts'
import type { SourceMessage } from '../kernel/events.ts'
import { cutBatches, eventRecord, failedIds, messageFilter } from './queue-batch.ts'

const message = (messageId: string, body = ''): SourceMessage => ({
  messageId,
  receiptHandle: `handle-${messageId}`,
  body,
  md5OfBody: '',
  attributes: { ApproximateReceiveCount: '1' },
  messageAttributes: {},
})
const batch = [message('a'), message('b')]
const failed = (answer: string) => [...failedIds(Buffer.from(answer), batch)]

describe('what a function says of its batch', () => {
  test.each([
    ...['', 'null', '""', '[]', '{}', '{"batchItemFailures":[]}', '{"batchItemFailures":null}'],
    '{"statusCode":200}',
  ])('%s: all of it is done', (answer) => expect(failed(answer)).toEqual([]))

  test.each([
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']],
    ['{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b","more":1}],"other":1}', ['b']],
  ])('%s: those named have failed', (answer, names) => expect(failed(answer)).toEqual(names))

  test.each([
    ...['{"batchItemFailures":', '"text"', '[1]', '1', 'true', '{"batchItemFailures":"b"}', '{"batchItemFailures":{}}'],
    '{"batchItemFailures":["b"]}',
    '{"batchItemFailures":[null]}',
    ...['""', 'null', '123', '"z"'].map((id) => `{"batchItemFailures":[{"itemIdentifier":${id}}]}`),
    '{"batchItemFailures":[{"itemIdentifier":"b"},{"id":"a"}]}',
    '{"batchItemFailures":[{"foo":null}]}',
  ])('%s: all of it has failed', (answer) => expect(failed(answer)).toEqual(['a', 'b']))
})

test.runIf(hasPublishedEvents)('a record has the members of the published example', () => {
  const { Records } = publishedEvent<{ Records: object[] }>('sqs-event')
  const ours = eventRecord({ ...message('m'), md5OfMessageAttributes: 'x' }, 'arn:aws:sqs:us-west-2:1:q')
  expect(Object.keys(ours).sort()).toEqual(Object.keys(Records[0] ?? {}).sort())
})

test('batches are cut so that the event of each fits into a request', () => {
  const messages = Array.from({ length: 10 }, (_, i) => message(String(i), 'x'.repeat(1_000_000)))
  const batches = cutBatches(messages)
  expect(batches.flat()).toEqual(messages)
  for (const one of batches) {
    expect(JSON.stringify({ Records: one.map((item) => eventRecord(item, 'arn')) }).length).toBeLessThan(6_291_456)
  }
  expect(batches.length).toBe(2)
})

test('filters look into bodies that are JSON, and compare others as text', () => {
  const inside = messageFilter(['{"body":{"a":[1]}}'])
  expect([inside(message('m', '{"a":1}')), inside(message('m', '{"a":2}')), inside(message('m', 'a'))]).toEqual([
    true,
    false,
    false,
  ])
  const text = messageFilter(['{"body":["plain"]}', '{"attributes":{"ApproximateReceiveCount":["9"]}}'])
  expect([text(message('m', 'plain')), text(message('m', 'other'))]).toEqual([true, false])
})
