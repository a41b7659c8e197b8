/**
 * What decoding and encoding cost beside bare JSON.parse and JSON.stringify of the same text, and beside the SDK's own
 * serde for XML. `node bench/wire.ts` prints one line a case: microseconds, and the ratio.
 */
import { readFileSync } from 'node:fs'
import type { Model } from '../src/kernel/model.ts'
import { decodeInput, operationNamed } from '../src/protocol/operation.ts'
import { decode, encode, findOperation } from '../src/protocol/protocol.ts'

const modelOf = (id: string): Model =>
  JSON.parse(readFileSync(new URL(`../src/services/${id}/model.json`, import.meta.url), 'utf8')) as Model

/** Microseconds a call, the best of several rounds: others use this machine too. */
function microseconds(run: () => unknown): number {
  let best = Infinity
  for (let round = 0; round < 12; round++) {
    const until = performance.now() + 40
    const start = performance.now()
    let count = 0
    while (performance.now() < until) {
      for (let i = 0; i < 20; i++) run()
      count += 20
    }
    best = Math.min(best, (performance.now() - start) / count)
  }
  return best * 1000
}

function report(name: string, ours: number, bare: number, against: string): void {
  console.log(
    `${name.padEnd(44)} ${ours.toFixed(2).padStart(9)} us   ${(ours / bare).toFixed(2).padStart(6)} x ${against}`,
  )
}

const request = (model: Model, operation: string, body: Buffer) => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: { 'x-amz-target': `${model.targetPrefix}.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
  rawHeaders: [],
  body,
  remoteAddress: '127.0.0.1',
  origin: 'http://127.0.0.1:4566',
})

function jsonInput(id: string, operation: string, input: object): void {
  const model = modelOf(id)
  const body = Buffer.from(JSON.stringify(input))
  const wire = request(model, operation, body)
  const bare = microseconds(() => JSON.parse(body.toString('utf8')))
  report(
    `decode ${id} ${operation} (${body.length} bytes)`,
    microseconds(() => decode(findOperation(model, model.protocols[0]!, wire), wire)),
    bare,
    'JSON.parse',
  )
}

function jsonOutput(id: string, operation: string, output: object): void {
  const model = modelOf(id)
  const resolved = operationNamed(model, model.protocols[0]!, operation)!
  const bare = microseconds(() => JSON.stringify(output))
  const size = String(encode(resolved, output, { requestId: 'r' }).body).length
  report(
    `encode ${id} ${operation} (${size} bytes)`,
    microseconds(() => encode(resolved, output, { requestId: 'r' })),
    bare,
    'JSON.stringify',
  )
}

const item = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `attribute${i}`,
    [
      { S: `value number ${i} of some length` },
      { N: String(i * 1000.5) },
      { M: { a: { S: 'x' }, b: { L: [{ BOOL: true }, { NULL: true }] } } },
    ][i % 3],
  ]),
)
const attributes = {
  kind: { DataType: 'String', StringValue: 'order' },
  size: { DataType: 'Number', StringValue: '3' },
}
const queue = 'http://127.0.0.1:4566/000000000000/orders'

jsonInput('sqs', 'SendMessage', { QueueUrl: queue, MessageBody: 'x'.repeat(200), MessageAttributes: attributes })
jsonInput('sqs', 'SendMessage', { QueueUrl: queue, MessageBody: 'x'.repeat(10_000) })
jsonInput('dynamodb', 'GetItem', { TableName: 'orders', Key: { id: { S: 'order-1' } } })
jsonInput('dynamodb', 'PutItem', { TableName: 'orders', Item: item })
jsonInput('dynamodb', 'BatchWriteItem', {
  RequestItems: { orders: Array.from({ length: 25 }, () => ({ PutRequest: { Item: item } })) },
})
jsonOutput('sqs', 'SendMessage', { MessageId: 'a'.repeat(36), MD5OfMessageBody: 'b'.repeat(32) })
jsonOutput('sqs', 'ReceiveMessage', {
  Messages: Array.from({ length: 10 }, () => ({
    MessageId: 'a'.repeat(36),
    ReceiptHandle: 'h'.repeat(100),
    Body: 'x'.repeat(200),
    MD5OfBody: 'm'.repeat(32),
  })),
})
jsonOutput('dynamodb', 'GetItem', { Item: item })
jsonOutput('dynamodb', 'Query', { Items: Array.from({ length: 100 }, () => item), Count: 100, ScannedCount: 100 })

const s3 = modelOf('s3')
const list = operationNamed(s3, 'rest-xml', 'ListObjectsV2')!
const contents = Array.from({ length: 1000 }, (_, i) => ({
  Key: `some/prefix/key-${i}.json`,
  ETag: `"${'a'.repeat(32)}"`,
  Size: i,
  StorageClass: 'STANDARD',
  LastModified: new Date(1.7e12 + i),
}))
const listed = { Name: 'bucket', IsTruncated: false, Contents: contents, KeyCount: 1000, MaxKeys: 1000 }
report(
  'encode s3 ListObjectsV2 (1,000 keys)',
  microseconds(() => encode(list, listed, { requestId: 'r' })),
  microseconds(() => JSON.stringify(listed)),
  'JSON.stringify',
)
const keys = Array.from({ length: 1000 }, (_, i) => `<Object><Key>some/prefix/key-${i}.json</Key></Object>`)
const deletion = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${keys.join('')}</Delete>`)
const wire = { ...request(s3, 'DeleteObjects', deletion), path: '/bucket', query: 'delete' }
report(
  'decode s3 DeleteObjects (1,000 keys)',
  microseconds(() => decode(findOperation(s3, 'rest-xml', wire), wire)),
  microseconds(() => JSON.parse(JSON.stringify(keys))),
  'JSON round trip of the keys',
)
const put = {
  ...request(s3, 'PutObject', Buffer.alloc(0)),
  method: 'PUT',
  path: '/bucket/some/key',
  query: 'x-id=PutObject',
  headers: { 'content-type': 'text/plain', 'x-amz-meta-a': '1' },
}
report(
  'route and decode s3 PutObject',
  microseconds(() => decode(findOperation(s3, 'rest-xml', put), put)),
  microseconds(() => JSON.parse('{"a":1}')),
  'JSON.parse of {"a":1}',
)
const create = operationNamed(modelOf('dynamodb'), 'json1.0', 'PutItem')!
report(
  'checks alone, PutItem (decodeInternal)',
  microseconds(() => decodeInput(create, { TableName: 'orders', Item: item }, 'js')),
  microseconds(() => structuredClone(item)),
  'structuredClone',
)
