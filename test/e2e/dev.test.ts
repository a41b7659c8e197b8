import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyOfService, temporaryFolder } from './folder.ts'
import { background, landfall } from './process.ts'

interface Event {
  readonly event: string
  readonly endpoint: string
  readonly routes: readonly { readonly method: string; readonly url: string }[]
  readonly functions: readonly string[]
  readonly message: string
  readonly error: string
  readonly group: string
}

const twoMinutesMs = 120_000

test('landfall dev deploys, follows the logs, and updates functions as their source changes', {
  timeout: twoMinutesMs,
}, async () => {
  await using service = await copyOfService('examples/orders')
  await using data = await temporaryFolder()
  await using dev = background(['dev', service.path, '--port', '0', '--no-isolation', '--data', data.path])
  const deployed = await dev.line<Event>(({ event }) => event === 'deployed')
  const { url } = deployed.routes.find(({ method }) => method === 'POST')!
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/\w+\/orders$/)

  const place = async () => {
    const body = JSON.stringify({ customer: 'Ada', lines: [{ product: 'tea', quantity: 2, priceCents: 450 }] })
    const response = await fetch(url, { method: 'POST', body })
    return { status: response.status, order: (await response.json()) as Record<string, unknown> }
  }
  const { status, order } = await place()
  expect(status).toBe(202)
  expect(order.totalCents).toBe(900)
  await dev.line<Event>(({ event, message }) => event === 'log' && message.includes(`order fulfilled ${order.id}`))

  // A module that two functions share: both are updated, the third is not.
  const file = join(service.path, 'src/order.ts')
  const source = await readFile(file, 'utf8')
  await writeFile(file, source.replace('sum + quantity * priceCents', 'sum + 2 * quantity * priceCents'))
  const updated = await dev.line<Event>(({ event }) => event === 'updated')
  expect(updated.functions).toEqual(['place', 'fulfil'])
  expect((await place()).order.totalCents).toBe(1800)

  // What does not compile leaves the code that runs, and says where it is wrong.
  await writeFile(file, 'export const =')
  const failed = await dev.line<Event>(({ event }) => event === 'failed')
  expect(failed.error).toContain('src/order.ts:1:13')
  expect((await place()).status).toBe(202)

  // The other commands find this node by its data folder.
  const found = ['--data', data.path, '--json']
  const info = JSON.parse((await landfall(['info', service.path, ...found])).out)
  expect(info.stack).toBe('orders-dev')
  const invoked = await landfall(
    ['invoke', 'show', '--payload', `{"pathParameters":{"id":"${order.id}"}}`, '--tail', ...found],
    {
      cwd: service.path,
    },
  )
  const answer = JSON.parse(invoked.out)
  expect(JSON.parse(answer.payload.body)).toMatchObject({ id: order.id, customer: 'Ada' })
  expect(answer.log).toMatch(/REPORT RequestId/)
  const logs = await landfall(['logs', 'place', ...found], { cwd: service.path })
  expect(logs.out).toContain(`order placed ${order.id}`)

  expect(await dev.stop('SIGINT')).toBe(0)
})
