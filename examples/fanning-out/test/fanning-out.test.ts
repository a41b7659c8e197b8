/** Uploads files and sees what each of those interested made of them, on a node of its own. */
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { expect, test, vi } from 'vitest'
import { deployedService, soon } from '../../deployed.ts'

const service = deployedService(join(import.meta.dirname, '..'))

const upload = (Key: string, Body: string | Buffer) =>
  service.client(S3Client).send(new PutObjectCommand({ Bucket: service.outputs.UploadsBucket, Key, Body }))
const item = async (TableName: string | undefined, Key: object) => {
  const table = DynamoDBDocumentClient.from(service.client(DynamoDBClient))
  return (await table.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item
}
const file = (key: string) => item(service.outputs.FilesTable, { key })
const total = (id: string) => item(service.outputs.TotalsTable, { id })

/** The beginning of a PNG, as far as its size. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(24)
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header
}

test('each kind of file comes to those that are interested in it, and is counted once', async () => {
  await upload('notes to self.txt', 'Buy tea\nand cups')
  await upload('cup.png', png(640, 480))
  await upload('other.bin', 'x')
  await vi.waitFor(async () => {
    expect(await file('notes to self.txt')).toMatchObject({ kind: 'text', firstLine: 'Buy tea' })
    expect(await file('cup.png')).toMatchObject({ kind: 'image', width: 640, height: 480 })
    expect(await total('text')).toEqual({ id: 'text', files: 1, sizeBytes: 16 })
    expect(await total('image')).toEqual({ id: 'image', files: 1, sizeBytes: 24 })
  }, soon)
  expect(await file('other.bin')).toBeUndefined()

  // The same key again is the same file, larger.
  await upload('notes to self.txt', 'Buy tea, cups, and a pot')
  await vi.waitFor(async () => expect(await total('text')).toEqual({ id: 'text', files: 1, sizeBytes: 24 }), soon)
})

test('what is no image is with the failed ones after three attempts, and holds up no other', async () => {
  await upload('broken.png', 'not at all')
  await upload('pot.png', png(20, 30))
  await vi.waitFor(async () => expect(await file('pot.png')).toMatchObject({ width: 20, height: 30 }), soon)
  // Past the visibility timeout each time, so that none of the three attempts need be waited for.
  const failed = await service.firstMessage(service.outputs.FailedUrl!, 61)
  expect(JSON.parse(failed.Body!)).toMatchObject({ key: 'broken.png', kind: 'image' })
  expect(await file('broken.png')).toBeUndefined()
  expect(await total('image')).toEqual({ id: 'image', files: 2, sizeBytes: 48 })
})
