import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { copyOfService, type Folder } from './folder.ts'
import { osls, type Result } from './process.ts'

const minutesMs = 60_000

/** These tests are one story: each builds on what the one before has deployed. */
describe('osls 4 with an unmodified service', { timeout: 3 * minutesMs }, () => {
  let node: TestNode
  let service: Folder

  beforeAll(async () => {
    node = await startNode({ isolation: false, port: await freePort() })
    service = await copyOfService('test/e2e/notes')
  })

  afterAll(async () => {
    await node?.close()
    await service?.[Symbol.asyncDispose]()
  })

  const tool = async (...args: string[]): Promise<Result> => {
    const result = await osls(args, node.endpoint, service.path)
    return result
  }
  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await tool(...args)
    expect(`${out}${err}`).not.toMatch(/Error:/)
    expect(code).toBe(0)
    return out + err
  }

  async function outputs(): Promise<Record<string, string>> {
    const { Stacks } = await node
      .client(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName: 'notes-dev' }))
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    )
  }

  async function url(api: 'HttpApiUrl' | 'ServiceEndpoint'): Promise<string> {
    const id = /\/\/([a-z0-9]+)\.|execute-api\/([a-z0-9]+)/.exec((await outputs())[api] ?? '')
    return `${node.endpoint}/_aws/execute-api/${id?.[2] ?? id?.[1]}`
  }

  async function replace(from: string, to: string): Promise<void> {
    const file = join(service.path, 'notes.js')
    await writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
  }

  const write = async (id: string) => {
    const body = JSON.stringify({ id, text: `note ${id}` })
    const response = await fetch(`${await url('HttpApiUrl')}/notes`, { method: 'POST', body })
    return { status: response.status, body: await response.json() }
  }

  test('deploys it', async () => {
    expect(await succeeds('deploy')).toContain('Service deployed to stack notes-dev')
  })

  test('its HTTP API answers, through table, queue and bucket', async () => {
    expect(await write('a')).toEqual({ status: 201, body: { id: 'a', version: 'one' } })
    const read = await fetch(`${await url('HttpApiUrl')}/notes/a`)
    expect(await read.json()).toEqual({ id: 'a', text: 'note a' })
    expect((await fetch(`${await url('HttpApiUrl')}/notes/none`)).status).toBe(404)
    const { Bucket } = await outputs()
    const archived = await vi.waitFor(
      () => node.client(S3Client).send(new GetObjectCommand({ Bucket, Key: 'a.txt' })),
      { timeout: 45_000, interval: 100 },
    )
    expect(await archived.Body?.transformToString()).toBe('note a')
  })

  test('its REST API answers, CORS included', async () => {
    const base = `${await url('ServiceEndpoint')}/dev/rest/ada`
    const response = await fetch(base)
    expect(response.headers.get('x-greeting')).toBe('hello')
    expect(await response.json()).toEqual({ name: 'ada', stage: 'dev' })
    const preflight = await fetch(base, { method: 'OPTIONS' })
    expect(preflight.status).toBe(200)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('invokes a function, with its log', async () => {
    const said = await succeeds('invoke', '-f', 'python', '--data', '{"items":[1,2,3]}', '--log')
    expect(said).toContain('"count": 3')
    expect(said).toMatch(/counting notes-dev-python/)
  })

  test('a function whose role lacks a permission is denied, by name', async () => {
    const { code, out, err } = await tool('invoke', '-f', 'forbidden')
    expect(code).toBe(1)
    expect(out + err).toMatch(/AccessDenied/)
    expect(out + err).toMatch(/dynamodb:Scan/)
  })

  test('shows logs', async () => {
    await vi.waitFor(
      async () => expect(await succeeds('logs', '-f', 'write', '--startTime', '10m')).toContain('written'),
      {
        timeout: 45_000,
      },
    )
  })

  test('shows what is deployed', async () => {
    const said = await succeeds('info')
    expect(said).toMatch(/POST - .*\/notes/)
    expect(said).toContain('write: notes-dev-write')
  })

  test('counts invocations', async () => {
    expect(await succeeds('metrics')).toMatch(/Invocations: *[1-9]/i)
  })

  test('deploys nothing when nothing changed', async () => {
    expect(await succeeds('deploy')).toMatch(/No changes to deploy/)
  })

  test('redeploys what changed, and keeps data', async () => {
    await replace(`version = 'one'`, `version = 'two'`)
    await succeeds('deploy', '--param', 'greeting=good day')
    expect((await write('b')).body).toEqual({ id: 'b', version: 'two' })
    expect((await fetch(`${await url('ServiceEndpoint')}/dev/rest/ada`)).headers.get('x-greeting')).toBe('good day')
    expect((await fetch(`${await url('HttpApiUrl')}/notes/a`)).status).toBe(200)
  })

  test('updates one function', async () => {
    await replace(`version = 'two'`, `version = 'three'`)
    await succeeds('deploy', 'function', '-f', 'write')
    expect((await write('c')).body).toEqual({ id: 'c', version: 'three' })
  })

  test('a deployment that fails is rolled back, and what stood goes on working', async () => {
    const file = join(service.path, 'serverless.yml')
    const before = await readFile(file, 'utf8')
    await writeFile(file, before.replace('VisibilityTimeout: 30', 'VisibilityTimeout: 99999999'))
    const { code, out, err } = await tool('deploy')
    await writeFile(file, before)
    expect(code).toBe(1)
    expect(out + err).toMatch(/VisibilityTimeout/)
    const { Stacks } = await node
      .client(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName: 'notes-dev' }))
    expect(Stacks?.[0]?.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect((await write('d')).status).toBe(201)
  })

  test('rolls back to an earlier deployment', async () => {
    const listed = await succeeds('deploy', 'list')
    const timestamps = [...listed.matchAll(/Timestamp: (\d+)/g)].map(([, timestamp]) => timestamp!)
    expect(timestamps.length).toBeGreaterThan(1)
    await succeeds('rollback', '--timestamp', timestamps[0]!)
    expect((await write('e')).body).toEqual({ id: 'e', version: 'one' })
  })

  test('everything is there after the node was restarted', async () => {
    await node.restart()
    expect((await fetch(`${await url('HttpApiUrl')}/notes/a`)).status).toBe(200)
    expect((await write('f')).status).toBe(201)
    await succeeds('info')
  })

  test('removes it, with all that belongs to it', async () => {
    const { Bucket } = await outputs()
    // A bucket that holds objects is not deleted with its stack, there as here.
    const full = await tool('remove')
    expect(full.code).toBe(1)
    expect(full.out + full.err).toMatch(/BucketNotEmpty|not empty/)
    await emptyBucket(node, Bucket!)
    await succeeds('remove')
    await expect(outputs()).rejects.toThrow(/does not exist/)
    expect((await node.client(S3Client).send(new ListBucketsCommand())).Buckets ?? []).toEqual([])
  })

  test('deploys with the direct method too', async () => {
    const file = join(service.path, 'serverless.yml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('name: aws', 'name: aws\n  deploymentMethod: direct'))
    await succeeds('deploy')
    await succeeds('deploy', '--force')
    expect((await write('g')).status).toBe(201)
  })
})

/** The node keeps its port over the restart: the URLs of queues, which functions have in their environment, name it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function emptyBucket(node: TestNode, Bucket: string): Promise<void> {
  const { DeleteObjectCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  const s3 = node.client(S3Client)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
}
