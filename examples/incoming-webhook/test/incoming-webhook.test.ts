/** Sends webhooks as a provider would, and is the shop that is told, around a node of its own. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deployedService, soon } from '../../deployed.ts'
import { sign } from '../src/signature.mjs'

/** What the shop was told, and with which key. */
const told: { key: unknown; id: string }[] = []
let refusals = 0
let isDown = false
const shop = createServer(async (request, response) => {
  const { id } = JSON.parse(await text(request))
  if (isDown) refusals += 1
  else told.push({ key: request.headers['x-api-key'], id })
  response.writeHead(isDown ? 503 : 204).end()
})
let shopUrl: string

beforeAll(async () => {
  await once(shop.listen(0, '127.0.0.1'), 'listening')
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/payments`
})
afterAll(() => void shop.close())

const service = deployedService(join(import.meta.dirname, '..'), () => ({ SHOP_URL: shopUrl }))

const secret = async (SecretId: string | undefined) => {
  const value = await service.client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId }))
  return value.SecretString!
}
const send = async (webhook: object, signature?: string) => {
  const body = JSON.stringify(webhook)
  const headers = { 'x-signature': signature ?? sign(body, await secret(service.outputs.SigningSecret)) }
  return (await fetch(service.url('POST /webhooks'), { method: 'POST', body, headers })).status
}
const booked = async (id: string) => {
  const table = DynamoDBDocumentClient.from(service.client(DynamoDBClient))
  return (await table.send(new GetCommand({ TableName: service.outputs.PaymentsTable, Key: { id } }))).Item
}
const timesTold = (id: string) => told.filter((one) => one.id === id).length
const payment = (id: string, cents = 900) => ({ id, type: 'payment.succeeded', customer: 'Ada', cents })

test('a payment is booked and the shop told, with its key, once however often it is sent', async () => {
  expect([await send(payment('p1')), await send(payment('p1'))]).toEqual([200, 200])
  await vi.waitFor(async () => {
    expect(await booked('p1')).toEqual({ id: 'p1', customer: 'Ada', cents: 900 })
    expect(told).toEqual([{ id: 'p1', key: await secret(service.outputs.ShopKey) }])
  }, soon)
  // Of another kind: nothing to book.
  expect(await send({ id: 'r1', type: 'refund.requested' })).toBe(200)
  await vi.waitFor(() => expect(timesTold('r1')).toBe(1), soon)
  expect(await booked('r1')).toBeUndefined()
  expect(timesTold('p1')).toBe(1)
})

test('what is not signed, was signed by somebody else or long ago, or is no webhook, is refused', async () => {
  const body = JSON.stringify(payment('p2'))
  const right = await secret(service.outputs.SigningSecret)
  const longAgo = sign(body, right, Math.floor(Date.now() / 1000) - 600)
  for (const signature of ['', sign(body, 'guessed'), sign(`${body} `, right), longAgo]) {
    expect(await send(payment('p2'), signature)).toBe(401)
  }
  expect(await send({ hello: 'there' })).toBe(400)
  expect(await booked('p2')).toBeUndefined()
})

test('a payment that cannot be booked is with the failed ones; the shop is told when it is up again', async () => {
  isDown = true
  expect(await send(payment('p3', -1))).toBe(200)
  expect(await send(payment('p4'))).toBe(200)
  await vi.waitFor(async () => {
    expect(await booked('p4')).toBeDefined()
    expect(refusals).toBeGreaterThanOrEqual(2)
  }, soon)
  isDown = false
  // Past the visibility timeout each time, so that none of the three attempts need be waited for.
  const failed = await service.firstMessage(service.outputs.FailedUrl!, 61)
  expect(JSON.parse(failed.Body!)).toEqual(payment('p3', -1))
  await vi.waitFor(async () => {
    await service.passes(60)
    expect([timesTold('p3'), timesTold('p4')]).toEqual([1, 1])
  }, soon)
})
