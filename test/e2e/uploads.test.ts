import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { copyOfService, type Folder } from './folder.ts'
import { osls } from './process.ts'

let node: TestNode
let service: Folder

beforeAll(async () => {
  node = await startNode({ isolation: false })
  service = await copyOfService('test/e2e/uploads')
})
afterAll(async () => {
  await node?.close()
  await service?.[Symbol.asyncDispose]()
})

async function succeeds(...args: string[]): Promise<void> {
  const { code, out, err } = await osls(args, node.endpoint, service.path)
  expect([code, out + err]).toEqual([0, expect.not.stringContaining('Error:')])
}

test('a function of osls with an s3 event runs for what is uploaded to its bucket', { timeout: 180_000 }, async () => {
  await succeeds('deploy')
  const s3 = node.client(S3Client)
  const { StackResourceDetail } = await node
    .client(CloudFormationClient)
    .send(new DescribeStackResourceCommand({ StackName: 'uploads-dev', LogicalResourceId: 'Copies' }))
  const copies = StackResourceDetail!.PhysicalResourceId!
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
  await succeeds('remove')
})
