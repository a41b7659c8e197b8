import { EventStreamCodec } from '@smithy/eventstream-codec'
import { expect, test } from 'vitest'
import { awsError } from '../../src/kernel/errors.ts'
import { readCbor } from '../../src/protocol/cbor-read.ts'
import { operationNamed } from '../../src/protocol/operation.ts'
import { encode, encodeError } from '../../src/protocol/protocol.ts'
import { loadClient } from './protocol-client.ts'

test('of a service that takes AWS JSON 1.1 in CBOR, events and errors are in CBOR too', async () => {
  const { model } = await loadClient('kinesis')
  const at = new Date(1_787_036_486_712)
  const operation = operationNamed(model, 'cbor1.1', 'SubscribeToShard')!
  async function* events() {
    const Records = [
      { SequenceNumber: '1', ApproximateArrivalTimestamp: at, Data: Buffer.from('x'), PartitionKey: 'k' },
    ]
    yield { SubscribeToShardEvent: { Records, ContinuationSequenceNumber: '1', MillisBehindLatest: 0 } }
    throw awsError('ResourceInUseException', 'taken')
  }
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString(),
    (text) => Buffer.from(text),
  )
  const messages = []
  const { body } = encode(operation, { EventStream: events() }, { requestId: 'r' })
  for await (const bytes of body as AsyncIterable<Uint8Array>) messages.push(codec.decode(bytes))
  expect(messages.map((one) => one.headers[':content-type']?.value)).toEqual(
    Array(3).fill('application/x-amz-cbor-1.1'),
  )
  const [initial, pushed, refused] = messages.map((one) => readCbor(one.body, 1000))
  expect(initial).toEqual({})
  expect(pushed).toMatchObject({ Records: [{ ApproximateArrivalTimestamp: at, PartitionKey: 'k' }] })
  expect(refused).toEqual({ __type: 'ResourceInUseException', message: 'taken' })

  const request = { method: 'POST', path: '/', query: '', headers: {} }
  const error = { code: 'ResourceNotFoundException', message: 'gone' }
  const answer = encodeError(model, 'cbor1.1', operation, error, { requestId: 'r', request })
  expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-amz-cbor-1.1' } })
  expect(readCbor(answer.body as Uint8Array)).toEqual({ __type: error.code, message: 'gone' })
})
