import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { expect, test, vi } from 'vitest'
import { serviceOnNode } from './service-on-node.ts'

const service = serviceOnNode('test/e2e/uploads', 'uploads-dev')

test('a function of osls with an s3 event runs for what is uploaded to its bucket', { timeout: 180_000 }, async () => {
  await service.succeeds('deploy')
  const { node } = service
  const s3 = node.client(S3Client)
  const copies = await service.physicalId('Copies')
  const Bucket = 'uploads-incoming'
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/other.jpg', Body: 'x' }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/a b.txt', Body: 'hello' }))
  await vi.waitFor(
    async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: copies, Key: 'in/a b.txt' }))
      expect(JSON.parse(await Body!.transformToString())).toEqual({
        eventName: 'ObjectCreated:Put',
        bucket: Bucket,
        size: 5,
      })
    },
    { timeout: 60_000, interval: 200 },
  )
  expect((await s3.send(new ListObjectsV2Command({ Bucket: copies }))).KeyCount).toBe(1)

  for (const Key of ['in/other.jpg', 'in/a b.txt']) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: copies }))
  for (const { Key, VersionId } of Versions) await s3.send(new DeleteObjectCommand({ Bucket: copies, Key, VersionId }))
  await service.succeeds('remove')
})
