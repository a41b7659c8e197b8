import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../e2e/folder.ts'
import { type Background, background } from '../e2e/process.ts'
import { makeRole } from '../wire/lambda-support.ts'

test('a node that is killed while objects are replicated replicates all that were acknowledged, once', async () => {
  await using data = await temporaryFolder()
  let node: Background | undefined
  let endpoint = ''
  const start = async () => {
    node = background(['start', '--dev', '--no-isolation', '--port', '0', '--data', data.path], { outlivesTest: true })
    endpoint = (await node.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint ?? ''
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = <C>(ctor: new (config: object) => C): C =>
    new ctor({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, forcePathStyle: true })
  await start()
  try {
    let s3 = client(S3Client)
    for (const Bucket of ['source', 'target']) {
      await s3.send(new CreateBucketCommand({ Bucket }))
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    }
    const allowed = [{ Effect: 'Allow', Action: ['s3:Replicate*', 's3:GetObjectVersion*'], Resource: '*' }]
    const Role = await makeRole({ client }, 'replication', allowed, 's3.amazonaws.com')
    const Rules = [{ Status: 'Enabled' as const, Prefix: '', Destination: { Bucket: 'arn:aws:s3:::target' } }]
    await s3.send(new PutBucketReplicationCommand({ Bucket: 'source', ReplicationConfiguration: { Role, Rules } }))

    const acknowledged: string[] = []
    let next = 0
    for (let round = 0; round < 3; round++) {
      const wanted = acknowledged.length + 20
      let killed = false
      const putting = [0, 1, 2].map(async () => {
        while (!killed) {
          const Key = `${next++}`
          const put = await s3.send(new PutObjectCommand({ Bucket: 'source', Key, Body: Key })).catch(() => undefined)
          if (put) acknowledged.push(Key)
        }
      })
      while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
      await node!.stop('SIGKILL')
      killed = true
      await Promise.all(putting)
      await start()
      s3 = client(S3Client)
    }
    for (const Key of acknowledged) {
      const state = async () => (await s3.send(new HeadObjectCommand({ Bucket: 'source', Key }))).ReplicationStatus
      await expect.poll(state, { timeout: 45_000, interval: 50 }).toBe('COMPLETED')
    }
    const of = async (Bucket: string) =>
      ((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions ?? []).map((one) => [one.Key, one.VersionId])
    await expect.poll(() => of('target')).toEqual(await of('source'))
  } finally {
    await node?.stop('SIGKILL')
  }
})
