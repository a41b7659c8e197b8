/**
 * Places orders over HTTP and follows them through queue, table and bucket, on a node of its own: what a team would
 * run in CI for a service like this.
 */
import { join } from 'node:path'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, test, vi } from 'vitest'
import { deployedService, soon } from '../../deployed.ts'
import type { Order } from '../src/order.ts'

const service = deployedService(join(import.meta.dirname, '..'))

type Answer = Order & { readonly message?: string }

const place = async (order: object) => {
  const response = await fetch(service.url('POST /orders'), { method: 'POST', body: JSON.stringify(order) })
  return { status: response.status, body: (await response.json()) as Answer }
}
const show = async (id: string) => (await fetch(service.url('GET /orders/{id}', { id }))).json() as Promise<Answer>
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

    const table = service.client(DynamoDBClient)
    const { Item } = await table.send(
      new GetItemCommand({ TableName: service.outputs.OrdersTable, Key: { id: { S: body.id } } }),
    )
    expect(Item?.customer).toEqual({ S: 'Ada' })

    const bucket = service.client(S3Client)
    const receipt = await bucket.send(
      new GetObjectCommand({ Bucket: service.outputs.ReceiptsBucket, Key: order.receipt }),
    )
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

    // Past the visibility timeout each time, so that none of its three attempts need be waited for.
    const failed = await service.firstMessage(service.outputs.FailedOrdersUrl!, 61)
    expect(JSON.parse(failed.Body!).id).toBe(failing.body.id)
    expect((await show(failing.body.id)).status).toBe('placed')
  })
})
