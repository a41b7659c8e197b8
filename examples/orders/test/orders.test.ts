/**
 * Places orders over HTTP and follows them through queue, table and bucket, on a node of its own: what a team would
 * run in CI for a service like this.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Order } from '../src/order.ts'

const service = join(import.meta.dirname, '..')
const landfall = join(service, '../../bin/landfall')
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const soon = { timeout: 30_000, interval: 100 }

let data: string
let node: ReturnType<typeof spawn>
let endpoint: string
let ordersUrl: string
let outputs: Record<string, string>

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'orders-'))
  const options = ['--dev', '--no-isolation', '--port', '0', '--data', data, '--json']
  node = spawn(process.execPath, [landfall, 'start', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [ready] = await once(createInterface({ input: node.stdout! }), 'line')
  endpoint = JSON.parse(ready).endpoint
  const deploy = [landfall, 'deploy', service, '--data', data, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, deploy)
  const deployed = JSON.parse(stdout)
  ordersUrl = deployed.routes.find(({ method }: { method: string }) => method === 'POST').url
  outputs = deployed.outputs
}, 120_000)

afterAll(async () => {
  node.kill('SIGTERM')
  await once(node, 'exit')
  await rm(data, { recursive: true, force: true })
})

type Answer = Order & { readonly message?: string }

const place = async (order: object) => {
  const response = await fetch(ordersUrl, { method: 'POST', body: JSON.stringify(order) })
  return { status: response.status, body: (await response.json()) as Answer }
}
const show = async (id: string) => (await fetch(`${ordersUrl}/${id}`)).json() as Promise<Answer>
const settings = () => ({ endpoint, region: 'us-east-1', credentials })
const tea = { product: 'tea', quantity: 2, priceCents: 450 }

describe('an order', () => {
  test('is accepted, kept in the table, fulfilled by the worker, and has its receipt in the bucket', async () => {
    const { status, body } = await place({
      customer: 'Ada',
      lines: [tea, { product: 'cup', quantity: 1, priceCents: 800 }],
    })
    expect(status).toBe(202)
    expect(body).toMatchObject({ status: 'placed', totalCents: 1700 })

    const order = await vi.waitFor(async () => {
      const shown = await show(body.id)
      expect(shown.status).toBe('fulfilled')
      return shown
    }, soon)

    const table = new DynamoDBClient(settings())
    const { Item } = await table.send(
      new GetItemCommand({ TableName: outputs.OrdersTable, Key: { id: { S: body.id } } }),
    )
    expect(Item?.customer).toEqual({ S: 'Ada' })

    const bucket = new S3Client({ ...settings(), forcePathStyle: true })
    const receipt = await bucket.send(new GetObjectCommand({ Bucket: outputs.ReceiptsBucket, Key: order.receipt }))
    expect(await receipt.Body?.transformToString()).toContain('Total: 17.00 EUR')
  })

  test.each([
    ['without a customer', { lines: [tea] }, 'customer must be a text.'],
    ['without lines', { customer: 'Ada', lines: [] }, 'lines must be a list of at least one line.'],
    ['for less than one', { customer: 'Ada', lines: [{ ...tea, quantity: 0 }] }, 'quantity must be a whole number'],
  ])('%s is refused', async (_what, order, message) => {
    const { status, body } = await place(order)
    expect(status).toBe(400)
    expect(body.message).toContain(message)
  })

  test('that does not exist is not found', async () => {
    expect(await show('none')).toEqual({ message: 'There is no such order.' })
  })

  test('that cannot be fulfilled ends up with the failed ones, and holds up no other', async () => {
    const [failing, good] = await Promise.all([
      place({ customer: 'nobody', lines: [tea] }),
      place({ customer: 'Grace', lines: [tea] }),
    ])
    await vi.waitFor(async () => expect((await show(good.body.id)).status).toBe('fulfilled'), soon)

    const queue = new SQSClient(settings())
    const failed = await vi.waitFor(async () => {
      // Past the visibility timeout, so that the next of its three attempts need not be waited for.
      await fetch(`${endpoint}/_landfall/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: 61_000 }) })
      const { Messages } = await queue.send(new ReceiveMessageCommand({ QueueUrl: outputs.FailedOrdersUrl }))
      expect(Messages).toHaveLength(1)
      return Messages![0]!
    }, soon)
    expect(JSON.parse(failed.Body!).id).toBe(failing.body.id)
    expect((await show(failing.body.id)).status).toBe('placed')
  })
})
