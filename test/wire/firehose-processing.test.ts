import type { IncomingHttpHeaders } from 'node:http'
import type { Server } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateDeliveryStreamCommand,
  FirehoseClient,
  type HttpEndpointDestinationConfiguration,
  PutRecordBatchCommand,
} from '@aws-sdk/client-firehose'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { bucketArn, lake, makeLake, makeStream, objectsUnder, roleArn } from './firehose-support.ts'
import { serveHttps } from './https-server.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let server: Server
let url = ''
const received: { headers: IncomingHttpHeaders; body: Buffer }[] = []
let answer = (requestId: string) => ({ status: 200, body: JSON.stringify({ requestId, timestamp: 1 }) })

const send = (DeliveryStreamName: string, ...texts: string[]) =>
  node
    .client(FirehoseClient)
    .send(
      new PutRecordBatchCommand({ DeliveryStreamName, Records: texts.map((text) => ({ Data: Buffer.from(text) })) }),
    )
/** What is under a prefix, the texts by key, once there are as many objects. */
const delivered = async (prefix: string, count = 1) => {
  const look = async () => {
    node.clock.advance(60_000)
    return (await objectsUnder(node, prefix)).size
  }
  await expect.poll(look).toBe(count)
  return new Map([...(await objectsUnder(node, prefix))].map(([key, body]) => [key, body.toString()]))
}
const lambdaArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const processor = (Type: string, parameters: Record<string, string>) => ({
  Type: Type as 'Lambda',
  Parameters: Object.entries(parameters).map(([name, ParameterValue]) => ({
    ParameterName: name as 'LambdaArn',
    ParameterValue,
  })),
})
const by = (...Processors: ReturnType<typeof processor>[]) => ({
  ProcessingConfiguration: { Enabled: true, Processors },
})

beforeAll(async () => {
  node = await startNode()
  const invoking = { Effect: 'Allow', Action: ['lambda:InvokeFunction', 'logs:PutLogEvents'], Resource: '*' }
  await makeLake(node, [{ ...invoking, Resource: [lambdaArn('*'), 'arn:aws:logs:*:*:log-group:firehose:*'] }])
  const role = await makeRole(node, 'function')
  const source = `exports.handler = async ({ records, deliveryStreamArn }) => ({
    records: records.map(({ recordId, data }) => {
      const text = Buffer.from(data, 'base64').toString()
      if (text === 'drop') return { recordId, result: 'Dropped' }
      if (text === 'fail') return { recordId, result: 'ProcessingFailed', data }
      if (text === 'throw') throw new Error('no')
      if (text === 'forget') return { recordId: 'other', result: 'Ok', data }
      const changed = Buffer.from(text.toUpperCase()).toString('base64')
      return { recordId, result: 'Ok', data: changed, metadata: { partitionKeys: { first: text[0] } } }
    })
  })`
  await makeFunction(node.client(LambdaClient), 'change', role, source)
  const made = await serveHttps(async (request, response) => {
    const body = await buffer(request)
    received.push({ headers: request.headers, body })
    if (request.url === '/never') return
    const { status, body: text } = answer(String(request.headers['x-amz-firehose-request-id']))
    response.writeHead(status).end(text)
  })
  server = made.server
  url = `${made.url}/in`
})
afterAll(async () => {
  server?.close()
  await node?.close()
})

test('a function changes, drops or fails each record; what failed is kept with the reason, and what came is backed up', async () => {
  await makeStream(node, 'changed', {
    ...by(processor('Lambda', { LambdaArn: lambdaArn('change') }), processor('AppendDelimiterToRecord', {})),
    S3BackupMode: 'Enabled',
    S3BackupConfiguration: { ...lake, Prefix: 'backup/' },
    ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
  })
  await send('changed', 'one', 'drop', 'fail', 'forget', 'two')
  expect([...(await delivered('changed/')).values()]).toEqual(['ONE\nTWO\n'])
  expect([...(await delivered('backup/')).values()]).toEqual(['onedropfailforgettwo'])
  const failed = await delivered('bad/processing-failed/')
  const lines = [...failed.values()][0]!
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ errorCode, rawData }) => [errorCode, Buffer.from(rawData, 'base64').toString()])).toEqual([
    ['Lambda.ProcessingFailedStatus', 'fail'],
    ['Lambda.MissingRecordId', 'forget'],
  ])
  expect(lines[0]).toMatchObject({ attemptsMade: 1, lambdaArn: lambdaArn('change') })
})

test('a function that fails is called again as often as it may be, and then its records are kept', async () => {
  await makeStream(node, 'failing', by(processor('Lambda', { LambdaArn: lambdaArn('change'), NumberOfRetries: '2' })))
  await makeStream(node, 'denied', by(processor('Lambda', { LambdaArn: lambdaArn('none') })))
  await send('failing', 'throw')
  await send('denied', 'a')
  const line = JSON.parse([...(await delivered('failing/processing-failed/')).values()][0]!)
  expect(line).toMatchObject({ attemptsMade: 3, errorCode: 'Lambda.FunctionError' })
  const other = JSON.parse([...(await delivered('denied/processing-failed/')).values()][0]!)
  expect(other).toMatchObject({ attemptsMade: 4, errorCode: 'Lambda.FunctionNotFound' })
})

test('records are split, and delivered by the keys that a query or a function finds in them', async () => {
  const partitioned = {
    BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
    DynamicPartitioningConfiguration: { Enabled: true },
    ErrorOutputPrefix: 'unplaced/!{firehose:error-output-type}/',
  }
  const query = { MetadataExtractionQuery: '{who: .customer.id, kind: .tags[0]}', JsonParsingEngine: 'JQ-1.6' }
  await makeStream(node, 'queried', {
    ...partitioned,
    Prefix: 'q/who=!{partitionKeyFromQuery:who}/kind=!{partitionKeyFromQuery:kind}/!{timestamp:yyyy}/',
    ...by(
      processor('RecordDeAggregation', { SubRecordType: 'JSON' }),
      processor('MetadataExtraction', query),
      processor('AppendDelimiterToRecord', { Delimiter: '\\n' }),
    ),
  })
  const order = (id: number, kind?: string) => JSON.stringify({ customer: { id }, ...(kind && { tags: [kind] }) })
  await send(
    'queried',
    `${order(1, 'a')}${order(2, 'a')}\n${order(1, 'a')}`,
    order(1, 'b'),
    order(3),
    'no json',
    order(4, 'é'.repeat(500)),
  )
  const found = await delivered('q/', 3)
  expect([...found].map(([key, text]) => [key.split('/').slice(1, 3).join('/'), text])).toEqual([
    ['who=1/kind=a', `${order(1, 'a')}\n${order(1, 'a')}\n`],
    ['who=1/kind=b', `${order(1, 'b')}\n`],
    ['who=2/kind=a', `${order(2, 'a')}\n`],
  ])
  const lines = [...(await delivered('unplaced/')).values()][0]!
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const raw = lines.map(({ rawData }) => Buffer.from(rawData, 'base64').toString().trim())
  // The key of an object has at most 1,024 bytes: one record does not hold the others up.
  expect(raw.sort()).toEqual(['no json', order(3), order(4, 'é'.repeat(500))].sort())

  const odd = { MetadataExtractionQuery: '{"__proto__": .a, constructor: .b}', JsonParsingEngine: 'JQ-1.6' }
  await makeStream(node, 'odd', {
    ...partitioned,
    Prefix: 'odd/!{partitionKeyFromQuery:__proto__}/!{partitionKeyFromQuery:constructor}/!{timestamp:yyyy}/',
    ErrorOutputPrefix: 'without/!{firehose:error-output-type}/',
    ...by(processor('MetadataExtraction', odd)),
  })
  await send('odd', '{"a":"x","b":"y"}', '{"a":"x"}')
  expect([...(await delivered('odd/x/y/')).values()]).toEqual(['{"a":"x","b":"y"}'])
  expect(JSON.parse([...(await delivered('without/')).values()][0]!)).toMatchObject({
    rawData: Buffer.from('{"a":"x"}').toString('base64'),
  })

  await makeStream(node, 'by-function', {
    ...partitioned,
    Prefix: 'f/!{partitionKeyFromLambda:first}/!{timestamp:yyyy}/',
    ...by(
      processor('RecordDeAggregation', {
        SubRecordType: 'DELIMITED',
        Delimiter: Buffer.from('##').toString('base64'),
      }),
      processor('Lambda', { LambdaArn: lambdaArn('change') }),
    ),
  })
  await send('by-function', 'apple##bread', 'avocado')
  const placed = await delivered('f/', 2)
  expect([...placed].map(([key, text]) => [key.split('/')[1], text])).toEqual([
    ['a', 'APPLEAVOCADO'],
    ['b', 'BREAD'],
  ])
})

test('queries that are more than paths are refused by name', async () => {
  const refused = (MetadataExtractionQuery: string) =>
    expect(
      makeStream(node, 'refused', {
        Prefix: '!{partitionKeyFromQuery:a}/',
        ErrorOutputPrefix: 'e/',
        DynamicPartitioningConfiguration: { Enabled: true },
        BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
        ...by(processor('MetadataExtraction', { MetadataExtractionQuery, JsonParsingEngine: 'JQ-1.6' })),
      }),
    ).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('MetadataExtractionQuery'),
    })
  await refused('{a: .at | strftime("%Y")}')
  await refused('.a')
  await refused('{a: .b + 1}')
  await refused('{a: .b[]}')
})

const endpoint = (more: Partial<HttpEndpointDestinationConfiguration> = {}) => ({
  EndpointConfiguration: { Url: url, Name: 'in', AccessKey: 'secret' },
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
  S3Configuration: { RoleARN: roleArn, BucketARN: bucketArn, ErrorOutputPrefix: 'http/!{firehose:error-output-type}/' },
  ...more,
})
const makeEndpoint = (DeliveryStreamName: string, more: Partial<HttpEndpointDestinationConfiguration> = {}) =>
  node
    .client(FirehoseClient)
    .send(new CreateDeliveryStreamCommand({ DeliveryStreamName, HttpEndpointDestinationConfiguration: endpoint(more) }))

test('an HTTP endpoint gets records with their access key and attributes', async () => {
  const CommonAttributes = [{ AttributeName: 'env', AttributeValue: 'test' }]
  await makeEndpoint('posted', { RequestConfiguration: { ContentEncoding: 'GZIP', CommonAttributes } })
  await send('posted', 'one', 'two')
  node.clock.advance(60_000)
  await expect.poll(() => received.length).toBe(1)
  const { headers, body } = received[0]!
  const sent = JSON.parse(gunzipSync(body).toString())
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-amz-firehose-protocol-version': '1.0',
    'x-amz-firehose-request-id': sent.requestId,
    'x-amz-firehose-source-arn': 'arn:aws:firehose:us-east-1:000000000000:deliverystream/posted',
    'x-amz-firehose-access-key': 'secret',
    'x-amz-firehose-common-attributes': '{"commonAttributes":{"env":"test"}}',
  })
  expect(sent.records).toEqual(['one', 'two'].map((text) => ({ data: Buffer.from(text).toString('base64') })))
})

test('an endpoint that takes nothing for as long as it is tried leaves the records to the bucket, and is told of', async () => {
  const logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'firehose' }))
  await logs.send(new CreateLogStreamCommand({ logGroupName: 'firehose', logStreamName: 'http' }))
  answer = () => ({ status: 503, body: '{"errorMessage":"busy"}' })
  received.length = 0
  await makeEndpoint('untaken', {
    RetryOptions: { DurationInSeconds: 90 },
    CloudWatchLoggingOptions: { Enabled: true, LogGroupName: 'firehose', LogStreamName: 'http' },
  })
  await send('untaken', 'kept')
  const failed = await delivered('http/http-endpoint-failed/')
  const line = JSON.parse([...failed.values()][0]!)
  expect(line).toMatchObject({ errorCode: 'HttpEndpoint.DestinationException', errorMessage: /busy/ })
  expect(Buffer.from(line.rawData, 'base64').toString()).toBe('kept')
  const ids = new Set(received.map(({ headers }) => headers['x-amz-firehose-request-id']))
  expect([received.length > 1, ids.size]).toEqual([true, 1])
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName: 'firehose', logStreamName: 'http', startFromHead: true }),
  )
  expect(JSON.parse(events[0]!.message!)).toMatchObject({ errorCode: 'HttpEndpoint.DestinationException' })
})

test('streams whose endpoints do not answer leave others their turn', async () => {
  const stuck = Array.from({ length: 10 }, (_, i) => `stuck${i}`)
  for (const name of stuck) {
    await makeEndpoint(name, { EndpointConfiguration: { Url: url.replace('/in', '/never') } })
    await send(name, 'waits')
  }
  received.length = 0
  node.clock.advance(60_000)
  await expect.poll(() => received.length).toBe(stuck.length)
  await makeStream(node, 'others')
  await send('others', 'comes')
  expect([...(await delivered('others/')).values()]).toEqual(['comes'])
})
