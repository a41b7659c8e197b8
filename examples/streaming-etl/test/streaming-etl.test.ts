/** Posts clicks and reads from the bucket what became of them, on a node of its own. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'

const service = join(import.meta.dirname, '..')
const landfall = join(service, '../../bin/landfall')
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

let data: string
let node: ReturnType<typeof spawn>
let endpoint: string
let url: string
let Bucket: string

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'streaming-etl-'))
  const options = ['--dev', '--no-isolation', '--port', '0', '--data', data, '--json']
  node = spawn(process.execPath, [landfall, 'start', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [ready] = await once(createInterface({ input: node.stdout! }), 'line')
  endpoint = JSON.parse(ready).endpoint
  const deploy = [landfall, 'deploy', service, '--data', data, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, deploy)
  const deployed = JSON.parse(stdout)
  url = deployed.routes.find(({ method }: { method: string }) => method === 'POST').url
  Bucket = deployed.outputs.LakeBucket
}, 120_000)

afterAll(async () => {
  node.kill('SIGTERM')
  await once(node, 'exit')
  await rm(data, { recursive: true, force: true })
})

/** What is in the bucket under a prefix, once something is: lines of JSON. */
async function linesUnder(Prefix: string): Promise<Record<string, unknown>[]> {
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  const look = async () => {
    await fetch(`${endpoint}/_landfall/clock`, { method: 'POST', body: '{"advanceMs": 60000}' })
    return (await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents ?? []
  }
  await expect.poll(async () => (await look()).length, { timeout: 30_000 }).toBeGreaterThan(0)
  const lines: string[] = []
  for (const { Key } of await look()) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    lines.push(
      ...gunzipSync(await Body!.transformToByteArray())
        .toString()
        .trim()
        .split('\n'),
    )
  }
  return lines.map((line) => JSON.parse(line))
}

test('clicks come to the lake clean; robots do not, and what is no click is kept with the reason', async () => {
  const clicks = [
    '{"visitor":"ann","path":"/tea","agent":"Firefox"}',
    '{"visitor":"bob","path":"/cups","agent":"Googlebot"}',
    'nonsense',
  ]
  for (const body of clicks) expect((await fetch(url, { method: 'POST', body })).status).toBe(202)
  const kept = await linesUnder('clicks/day=')
  expect(kept).toEqual([{ at: expect.any(String), path: '/tea', agent: 'Firefox' }])
  const [failed] = await linesUnder('failed/processing-failed/')
  expect(failed).toMatchObject({ errorCode: 'Lambda.ProcessingFailedStatus' })
  expect(Buffer.from(String(failed?.rawData), 'base64').toString()).toBe('nonsense')
})
