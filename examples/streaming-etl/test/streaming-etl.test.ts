/** Posts clicks and reads from the bucket what became of them, on a node of its own. */
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { deployedService } from '../../deployed.ts'

const service = deployedService(join(import.meta.dirname, '..'))

/** What is in the bucket under a prefix, once something is: lines of JSON. */
async function linesUnder(Prefix: string): Promise<Record<string, unknown>[]> {
  const s3 = service.client(S3Client)
  const Bucket = service.outputs.LakeBucket
  const look = async () => {
    await service.passes(60)
    return (await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents ?? []
  }
  await expect.poll(async () => (await look()).length).toBeGreaterThan(0)
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
  const url = service.url('POST /clicks')
  // As curl posts them, which the API gives to the function as base64.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const body of clicks) expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202)
  const kept = await linesUnder('clicks/day=')
  expect(kept).toEqual([{ at: expect.any(String), path: '/tea', agent: 'Firefox' }])
  const [failed] = await linesUnder('failed/processing-failed/')
  expect(failed).toMatchObject({ errorCode: 'Lambda.ProcessingFailedStatus' })
  expect(Buffer.from(String(failed?.rawData), 'base64').toString()).toBe('nonsense')
})

test('another function reads the same stream: where each visitor was last is known', async () => {
  const url = service.url('POST /clicks')
  for (const path of ['/pots', '/spoons', '/till']) {
    const body = JSON.stringify({ visitor: 'cleo', path })
    expect((await fetch(url, { method: 'POST', body })).status).toBe(202)
  }
  const db = service.client(DynamoDBClient)
  const last = async () => {
    const { Items = [] } = await db.send(new ScanCommand({ TableName: service.outputs.VisitorsTable }))
    return Items.find(({ visitor }) => visitor?.S === 'cleo')?.path?.S
  }
  await expect.poll(last).toBe('/till')
})
