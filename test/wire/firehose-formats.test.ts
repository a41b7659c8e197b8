import { createHash, randomBytes } from 'node:crypto'
import { FirehoseClient, PutRecordCommand } from '@aws-sdk/client-firehose'
import { CreateStreamCommand, KinesisClient, PutRecordCommand as PutToStreamCommand } from '@aws-sdk/client-kinesis'
import { DeleteBucketPolicyCommand, HeadObjectCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { uncompress } from 'snappyjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode, type WaitingPage } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'
import { makeLake, makeStream, objectsUnder, roleArn } from './firehose-support.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode()
  await makeLake(node, [{ Effect: 'Allow', Action: 'kinesis:*', Resource: '*' }])
})
afterAll(() => node?.close())

const put = (DeliveryStreamName: string, Data: Uint8Array) =>
  node.client(FirehoseClient).send(new PutRecordCommand({ DeliveryStreamName, Record: { Data } }))
const delivered = async (prefix: string) => {
  await expect.poll(async () => (await objectsUnder(node, prefix)).size).toBeGreaterThan(0)
  return objectsUnder(node, prefix)
}

/** A stream of Kinesis that a Firehose of the same name reads. */
async function readStream(name: string, MaxRecordSizeInKiB?: number) {
  const kinesis = node.client(KinesisClient)
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1, MaxRecordSizeInKiB }))
  const KinesisStreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
  const KinesisStreamSourceConfiguration = { KinesisStreamARN, RoleARN: roleArn }
  const DeliveryStreamType = 'KinesisStreamAsSource' as const
  const ProcessingConfiguration = { Enabled: true, Processors: [{ Type: 'AppendDelimiterToRecord' as const }] }
  await makeStream(node, name, { ProcessingConfiguration }, { DeliveryStreamType, KinesisStreamSourceConfiguration })
  return (Data: Uint8Array) => kinesis.send(new PutToStreamCommand({ StreamName: name, PartitionKey: 'k', Data }))
}
/** All that came for it, a minute later each time. */
const gathered = async (name: string) => {
  node.clock.advance(60_000)
  return Buffer.concat([...(await objectsUnder(node, `${name}/`)).values()])
}

/** Undoes blocks that have their lengths before them. */
function unsnappy(body: Buffer, from: number, hadoop: boolean): Buffer {
  const blocks: Uint8Array[] = []
  for (let at = from; at < body.length; ) {
    const size = hadoop ? body.readUInt32BE(at) : undefined
    if (hadoop) at += 4
    const length = body.readUInt32BE(at)
    const block = uncompress(body.subarray(at + 4, at + 4 + length))
    if (size !== undefined) expect(block.length).toBe(size)
    blocks.push(block)
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

test('objects are compressed with Snappy, as streams of snappy-java or as Hadoop reads them', async () => {
  // More than a piece of them, of what can be made smaller and what cannot.
  const data = [Buffer.from('tea '.repeat(200_000)), randomBytes(300_000), Buffer.from('last')]
  for (const CompressionFormat of ['Snappy', 'HADOOP_SNAPPY'] as const) {
    const BufferingHints = { SizeInMBs: 5, IntervalInSeconds: 60 }
    await makeStream(node, CompressionFormat, { CompressionFormat, BufferingHints })
    for (const one of data) await put(CompressionFormat, one)
    node.clock.advance(60_000)
    const [[Key, body]] = [...(await delivered(`${CompressionFormat}/`))] as [[string, Buffer]]
    expect(Key).toMatch(/\.snappy$/)
    const isHadoop = CompressionFormat === 'HADOOP_SNAPPY'
    if (!isHadoop) expect(body.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    expect(unsnappy(body, isHadoop ? 0 : 16, isHadoop).equals(Buffer.concat(data))).toBe(true)
    const head = await node.client(S3Client).send(new HeadObjectCommand({ Bucket: 'lake', Key }))
    expect(head).toMatchObject({ ContentEncoding: isHadoop ? 'hadoop-snappy' : 'snappy-java' })
  }
})

/** As the Kinesis Producer Library writes it: fields of protocol buffers, marked and with their MD5. */
function aggregated(records: readonly { key: number; data: string }[], keys: readonly string[]): Buffer {
  const bytes = (field: number, value: Buffer) => Buffer.concat([Buffer.from([field * 8 + 2, value.length]), value])
  const message = Buffer.concat([
    ...keys.map((key) => bytes(1, Buffer.from(key))),
    ...records.map(({ key, data }) => bytes(3, Buffer.concat([Buffer.from([8, key]), bytes(3, Buffer.from(data))]))),
  ])
  const md5 = createHash('md5').update(message).digest()
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, md5])
}

test('what the Kinesis Producer Library aggregated is delivered record by record; what only looks like it, as it is', async () => {
  const send = await readStream('library')
  const [ann, bob] = [0, 1]
  const whole = aggregated(
    [
      { key: ann, data: 'one' },
      { key: bob, data: 'two' },
      { key: ann, data: '' },
    ],
    ['ann', 'bob'],
  )
  const broken = Buffer.from(whole)
  broken[broken.length - 1]! ^= 1
  const keyless = aggregated([{ key: 2, data: 'x' }], ['ann'])
  await send(whole)
  await send(broken)
  await send(keyless)
  const lines = (parts: readonly (string | Buffer)[]) =>
    Buffer.concat(parts.flatMap((part) => [Buffer.from(part), Buffer.from('\n')]))
  const wanted = lines(['one', 'two', '', broken, keyless]).toString('hex')
  await expect.poll(async () => (await gathered('library')).toString('hex')).toBe(wanted)
})

test('many records without much in them, in a few of a stream, go into an object each', async () => {
  const send = await readStream('near-empty')
  const each = aggregated(
    Array.from({ length: 30_000 }, () => ({ key: 0, data: '' })),
    ['a'],
  )
  for (let i = 0; i < 3; i++) await send(each)
  await expect.poll(async () => (await gathered('near-empty')).length).toBe(90_000)
  expect([...(await objectsUnder(node, 'near-empty/')).values()].map(({ length }) => length)).toEqual(
    Array(3).fill(30_000),
  )
})

test('records of a stream that are larger than an entry of the store come whole', async () => {
  const send = await readStream('larger', 10_240)
  const [large, small] = [randomBytes(9_000_000), Buffer.from('small')]
  await send(large)
  node.clock.advance(10_000)
  await send(small)
  await expect.poll(async () => (await gathered('larger')).length).toBe(large.length + small.length + 2)
  expect((await gathered('larger')).subarray(0, large.length).equals(large)).toBe(true)
})

test('what a bucket has not taken for a day is given up, and what came later is delivered', async () => {
  const s3 = node.client(S3Client)
  const Resource = 'arn:aws:s3:::lake/retained/*'
  const refuse = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [refuse] })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'lake', Policy }))
  await makeStream(node, 'retained')
  await put('retained', Buffer.from('first'))
  const target = {
    endpoint: node.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const attempts = async () => {
    node.clock.advance(61_000)
    const { deliveries } = await askNode<WaitingPage>(target, '/_landfall/deliveries', { target: 'retained' })
    return deliveries[0]?.attempts ?? 0
  }
  await expect.poll(attempts).toBeGreaterThan(1)
  node.clock.advance(23 * 3_600_000)
  await put('retained', Buffer.from('second'))
  node.clock.advance(3_600_000)
  const before = await attempts()
  await expect.poll(attempts).toBeGreaterThan(before + 1)
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: 'lake' }))
  await expect.poll(async () => (await gathered('retained')).toString()).toBe('second')
})
