/** A shop on loopback whose orders come to the table, whether it is up all the time or not, on a node of its own. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deployedService, soon } from '../../deployed.ts'
import { createShop } from '../shop.mjs'

let asked = 0
let isDown = false
const shop = createShop(() => {
  asked += 1
  return isDown
})
let shopUrl: string

beforeAll(async () => {
  await once(shop.listen(0, '127.0.0.1'), 'listening')
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/orders`
})
afterAll(() => void shop.close())

const service = deployedService(join(import.meta.dirname, '..'), () => ({ SHOP_URL: shopUrl }))

const place = async (order: object) => {
  expect((await fetch(shopUrl, { method: 'POST', body: JSON.stringify(order) })).status).toBe(201)
}
/** Has five minutes pass, and the poll that is due then ask the shop. */
const poll = async () => {
  const before = asked
  await service.passes(300)
  await vi.waitFor(() => expect(asked).toBeGreaterThan(before), soon)
}
const kept = async () => {
  const table = new ScanCommand({ TableName: service.outputs.OrdersTable })
  const { Items = [] } = await service.client(DynamoDBClient).send(table)
  return Items.map(({ id }) => Number(id?.N)).sort((a, b) => a - b)
}
const comes = (ids: number[]) => vi.waitFor(async () => expect(await kept()).toEqual(ids), soon)

test('orders come page by page, and after the shop was down as if it had not been', async () => {
  for (let number = 1; number <= 12; number++) await place({ customer: 'Ada', cents: number * 100 })
  await poll()
  await comes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])

  await place({ customer: 'Grace', cents: 500 })
  isDown = true
  await poll()
  await poll()
  expect(await kept()).toHaveLength(12)
  isDown = false
  await poll()
  await comes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
})

test('an order that cannot be kept is with the refused ones, with the reason, and holds up no other', async () => {
  await place({ customer: 'Edsger' })
  await place({ customer: 'Barbara', cents: 700 })
  await poll()
  await vi.waitFor(async () => expect(await kept()).toContain(15), soon)
  // Past the waits between the attempts of an asynchronous invocation.
  const refused = JSON.parse((await service.firstMessage(service.outputs.RefusedUrl!, 120)).Body!)
  expect(refused.requestPayload.detail).toEqual({ id: 14, customer: 'Edsger' })
  expect(refused.responsePayload.errorMessage).toBe('Order 14 has no price.')
  expect(refused.requestContext).toMatchObject({ condition: 'RetriesExhausted', approximateInvokeCount: 3 })
})
