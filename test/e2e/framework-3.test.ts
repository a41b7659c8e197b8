import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { copyOfService, type Folder } from './folder.ts'
import { framework3, packageOf } from './framework-3.ts'
import { landfallAt } from './landfall.ts'
import { osls as runOsls4 } from './process.ts'

const root = join(import.meta.dirname, '../..')

/** The last versions that use version 2 of the AWS SDK, each in one story. */
describe.each(['serverless', 'osls'] as const)('%s 3 with an unmodified service', { timeout: 180_000 }, (name) => {
  let node: TestNode
  let service: Folder

  beforeAll(async () => {
    const tool = await packageOf(name)
    node = await startNode({ isolation: false })
    service = await copyOfService('test/e2e/notes', { [name]: tool })
  }, 180_000)
  afterAll(async () => {
    await node?.close()
    await service?.[Symbol.asyncDispose]()
  })

  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await framework3(name, args, node, service.path)
    expect([code, out + err]).toEqual([0, expect.not.stringContaining('Error:')])
    return out + err
  }
  async function url(): Promise<string> {
    const { Stacks } = await node
      .client(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName: 'notes-dev' }))
    const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'HttpApiUrl')?.OutputValue
    const id = /\/\/([a-z0-9]+)\.|execute-api\/([a-z0-9]+)/.exec(value ?? '')
    return `${node.endpoint}/_aws/execute-api/${id?.[2] ?? id?.[1]}`
  }
  const writes = async (id: string) => {
    const body = JSON.stringify({ id, text: `note ${id}` })
    return (await (await fetch(`${await url()}/notes`, { method: 'POST', body })).json()) as { version: string }
  }

  test("landfall deploy runs the service's own tool", async () => {
    const { code, err } = await landfallAt(node, 'deploy', service.path)
    expect(code, err).toBe(0)
    expect(await writes('a')).toEqual({ id: 'a', version: 'one' })
  })

  test('deploys again what changed', async () => {
    const file = join(service.path, 'notes.js')
    await writeFile(file, (await readFile(file, 'utf8')).replace(`version = 'one'`, `version = 'two'`))
    expect(await succeeds('deploy')).toContain('Service deployed to stack notes-dev')
    expect(await writes('b')).toEqual({ id: 'b', version: 'two' })
  })

  test('invokes a function, shows its log and what is deployed', async () => {
    const said = await succeeds('invoke', '-f', 'python', '--data', '{"items":[1,2,3]}', '--log')
    expect(said).toContain('"count": 3')
    expect(said).toMatch(/counting notes-dev-python/)
    const logs = async () => await succeeds('logs', '-f', 'write', '--startTime', '10m')
    await vi.waitFor(async () => expect(await logs()).toContain('written'), { timeout: 45_000 })
    expect(await succeeds('info')).toMatch(/POST - .*\/notes/)
  })

  test('rolls back to an earlier deployment', async () => {
    const listed = await succeeds('deploy', 'list')
    const [first] = /(?<=Timestamp: )\d+/.exec(listed) ?? []
    await succeeds('rollback', '--timestamp', first!)
    expect(await writes('c')).toEqual({ id: 'c', version: 'one' })
  })

  test('finds the node by the plugin too, when only AWS_ENDPOINT_URL says where it is', async () => {
    // As npm lays it out; the package's own map of names is looked at in package.test.ts.
    const plugin = join(service.path, 'node_modules', 'landfall')
    await mkdir(plugin)
    await symlink(join(root, 'src/cli/serverless-plugin.cjs'), join(plugin, 'serverless-plugin.js'))
    const file = join(service.path, 'serverless.yml')
    const before = await readFile(file, 'utf8')
    await writeFile(file, `${before}\nplugins: [landfall/serverless-plugin]\n`)
    const info = await framework3(name, ['info'], node, service.path, [])
    expect(info.code, info.out + info.err).toBe(0)
    expect(info.out + info.err).toContain('write: notes-dev-write')
    // osls 4 needs no plugin, and is not disturbed by it.
    const four = await runOsls4(['info'], node.endpoint, service.path)
    expect(four.code, four.out + four.err).toBe(0)
    await writeFile(file, before)
  })

  test('removes it, with all that belongs to it', async () => {
    await rm(join(service.path, '.serverless'), { recursive: true })
    await emptyArchive()
    await succeeds('remove')
    expect((await node.client(S3Client).send(new ListBucketsCommand())).Buckets ?? []).toEqual([])
  })

  async function emptyArchive(): Promise<void> {
    const s3 = node.client(S3Client)
    const { DeleteObjectCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3')
    const { Buckets = [] } = await s3.send(new ListBucketsCommand())
    const Bucket = Buckets.find((bucket) => bucket.Name!.includes('archive'))!.Name!
    // What the queue brings is written a little later.
    await vi.waitFor(
      async () => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
        expect(Contents.map(({ Key }) => Key)).toEqual(['a.txt', 'b.txt', 'c.txt'])
      },
      { timeout: 45_000 },
    )
    for (const Key of ['a.txt', 'b.txt', 'c.txt']) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  }
})
