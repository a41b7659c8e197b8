import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type RestoreRequest,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 20 }
const hourMs = 3_600_000
const Bucket = 'archive'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const put = (Key: string, StorageClass: 'GLACIER' | 'DEEP_ARCHIVE' | 'STANDARD') =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'cold', StorageClass }))
const read = async (Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  return Body?.transformToString()
}
const restore = (Key: string, RestoreRequest: RestoreRequest) =>
  s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }))
const told = async (Key: string) => (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore

test('an archived object is read once it was restored, and until that ends', async () => {
  await put('k', 'GLACIER')
  await expect(read('k')).rejects.toMatchObject({ name: 'InvalidObjectState', StorageClass: 'GLACIER' })
  await expect(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` })),
  ).rejects.toMatchObject({ name: 'InvalidObjectState' })
  expect(await told('k')).toBeUndefined()
  await restore('k', { Days: 2 })
  expect(await told('k')).toBe('ongoing-request="true"')
  await expect(restore('k', { Days: 2 })).rejects.toMatchObject({ name: 'RestoreAlreadyInProgress' })
  await expect(read('k')).rejects.toMatchObject({ name: 'InvalidObjectState' })
  node.clock.advance(5 * hourMs)
  expect(await read('k')).toBe('cold')
  expect(await told('k')).toMatch(/^ongoing-request="false", expiry-date="\w{3}, [\d\w ]+ 00:00:00 GMT"$/)
  const { StorageClass } = await s3
    .send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }))
    .then(() => s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' })))
  expect(StorageClass).toBeUndefined()
  node.clock.advance(24 * hourMs)
  await restore('k', { Days: 2 })
  node.clock.advance(48 * hourMs)
  expect(await read('k')).toBe('cold')
  node.clock.advance(24 * hourMs)
  await expect(read('k')).rejects.toMatchObject({ name: 'InvalidObjectState' })
  expect(await told('k')).toBeUndefined()
})

test('tiers are as quick as they say, and each class has its own', async () => {
  await put('quick', 'GLACIER')
  await restore('quick', { Days: 1, GlacierJobParameters: { Tier: 'Expedited' } })
  node.clock.advance(300_000)
  expect(await read('quick')).toBe('cold')
  await put('deep', 'DEEP_ARCHIVE')
  await expect(restore('deep', { Days: 1, GlacierJobParameters: { Tier: 'Expedited' } })).rejects.toMatchObject({
    name: 'InvalidArgument',
  })
  await restore('deep', { Days: 1, GlacierJobParameters: { Tier: 'Bulk' } })
  node.clock.advance(47 * hourMs)
  await expect(read('deep')).rejects.toMatchObject({ name: 'InvalidObjectState' })
  node.clock.advance(hourMs)
  expect(await read('deep')).toBe('cold')
})

test('wrong restorations are refused', async () => {
  await put('warm', 'STANDARD')
  await expect(restore('warm', { Days: 1 })).rejects.toMatchObject({ name: 'InvalidObjectState' })
  await put('cold', 'GLACIER')
  await expect(restore('cold', {})).rejects.toMatchObject({ name: 'MalformedXML' })
  await expect(restore('cold', { Days: 1, Type: 'SELECT' })).rejects.toMatchObject({ name: 'NotImplemented' })
  await expect(restore('absent', { Days: 1 })).rejects.toMatchObject({ name: 'NoSuchKey' })
})

test('rules move objects into the archive, and restorations are told', async () => {
  const sqs = node.client(SQSClient)
  const arn = 'arn:aws:sqs:us-east-1:000000000000:told'
  const Statement = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:*', Resource: arn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told', Attributes: { Policy } }))
  const QueueConfigurations = [{ QueueArn: arn, Events: ['s3:ObjectRestore:*' as const] }]
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
  )
  await s3.send(new PutObjectCommand({ Bucket, Key: 'old/k', Body: 'x'.repeat(200_000) }))
  const Rules = [
    {
      ...{ Status: 'Enabled' as const, Filter: { Prefix: 'old/' } },
      Transitions: [{ Days: 1, StorageClass: 'GLACIER' as const }],
    },
  ]
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  node.clock.advance(72 * hourMs)
  await expect
    .poll(async () => (await s3.send(new HeadObjectCommand({ Bucket, Key: 'old/k' }))).StorageClass, patient)
    .toBe('GLACIER')
  await restore('old/k', { Days: 1 })
  await node.restart()
  s3 = node.client(S3Client)
  // Its clock began anew: past what it was moved by before, and five hours.
  node.clock.advance(230 * hourMs)
  const events: string[] = []
  await expect
    .poll(async () => {
      const url = QueueUrl?.replace(/^http:..[^/]+/, node.endpoint)
      const { Messages = [] } = await node.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl: url }))
      for (const { Body = '{}' } of Messages)
        for (const record of JSON.parse(Body).Records ?? []) events.push(record.eventName)
      return [...events].sort()
    }, patient)
    .toEqual(['ObjectRestore:Completed', 'ObjectRestore:Delete', 'ObjectRestore:Post'])
})
