import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type KillableNode, killableNode } from './killable.ts'

const Bucket = 'killed'
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:told'
let node: KillableNode
beforeAll(async () => {
  node = await killableNode()
})
afterAll(() => node[Symbol.asyncDispose]())

interface Written {
  readonly Key: string
  readonly VersionId: string
  /** Absent: a delete marker. */
  readonly body?: string
}

test('a node killed under versioned writes has every acknowledged version, and tells of each', {
  timeout: 120_000,
}, async () => {
  const QueueUrl = `${node.endpoint}/000000000000/told`
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'told' }))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: queueArn },
    ],
  })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const setUp = node.client(S3Client)
  await setUp.send(new CreateBucketCommand({ Bucket }))
  await setUp.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  await setUp.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
      },
    }),
  )

  const acknowledged: Written[] = []
  let next = 0
  for (const killAfter of [5, 60, 150]) {
    const s3 = node.client(S3Client)
    const until = acknowledged.length + killAfter
    let killed = false
    const load = Array.from({ length: 6 }, async () => {
      while (!killed) {
        const Key = `k${next % 7}`
        const body = `body ${next} `.repeat(next % 5 === 0 ? 4_000 : 1)
        const marks = next++ % 9 === 8
        const done = await (marks
          ? s3.send(new DeleteObjectCommand({ Bucket, Key }))
          : s3.send(new PutObjectCommand({ Bucket, Key, Body: body }))
        ).catch((error: unknown) => {
          if (!killed) throw error
          return undefined
        })
        if (!done || killed) return
        acknowledged.push({ Key, VersionId: done.VersionId!, ...(!marks && { body }) })
        if (acknowledged.length === until) {
          killed = true
          await node.kill()
        }
      }
    })
    await Promise.all(load)
    await node.start()
  }

  const s3 = node.client(S3Client)
  for (const { Key, VersionId, body } of acknowledged) {
    if (body === undefined) continue
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    expect(await Body!.transformToString()).toBe(body)
  }
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
  const listed = new Set([...Versions, ...DeleteMarkers].map(({ VersionId }) => VersionId))
  expect(acknowledged.filter(({ VersionId }) => !listed.has(VersionId))).toEqual([])
  expect([...Versions, ...DeleteMarkers].filter(({ IsLatest }) => IsLatest)).toHaveLength(7)

  const sqs = node.client(SQSClient)
  const told = new Set<string>()
  await vi.waitFor(
    async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
      for (const { Body, ReceiptHandle } of Messages) {
        const { Records = [] } = JSON.parse(Body!) as { Records?: { s3: { object: { versionId: string } } }[] }
        for (const record of Records) told.add(record.s3.object.versionId)
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
      expect(acknowledged.filter(({ VersionId }) => !told.has(VersionId)).length).toBe(0)
    },
    { timeout: 60_000, interval: 5 },
  )
})
