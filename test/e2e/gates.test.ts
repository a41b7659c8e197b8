import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test, vi } from 'vitest'
import { patiently } from '../harness.ts'
import { serviceOnNode } from './service-on-node.ts'

const service = serviceOnNode('test/e2e/gates', 'gates-dev')

test('authorizers, keys, usage plans, schemas and logs of osls guard its APIs', { timeout: 180_000 }, async () => {
  await service.succeeds('deploy')
  const { node } = service
  const { Stacks } = await node.client(CloudFormationClient).send(new DescribeStacksCommand({ StackName: 'gates-dev' }))
  const address = (name: string) => {
    const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? ''
    return `${node.endpoint}/_aws/execute-api/${/\/\/([a-z0-9]+)\.|execute-api\/([a-z0-9]+)/.exec(value)?.slice(1).find(Boolean)}`
  }
  const rest = `${address('ServiceEndpoint')}/dev`
  const http = address('HttpApiUrl')
  const status = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status

  const order = (body: object, query = '?shop=1', key = 'a-key-of-a-customer-0001') =>
    status(`${rest}/orders${query}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
    })
  expect(await order({ item: 1 }, '', '')).toBe(403)
  expect([await order({ item: 1 }), await order({}), await order({ item: 1 }, ''), await order({ item: 1 })]).toEqual([
    200, 400, 400, 429,
  ])
  expect(await status(`${rest}/mine`)).toBe(401)
  expect(await status(`${rest}/mine`, { headers: { token: 'no' } })).toBe(403)
  const mine = await fetch(`${rest}/mine`, { headers: { token: 'yes' } })
  expect(await mine.json()).toMatchObject({ principalId: 'ann' })
  expect(await status(`${rest}/signed`)).toBe(403)

  const jwt = await fetch(`${http}/jwt`, { headers: { origin: 'https://app.example' } })
  expect([jwt.status, jwt.headers.get('access-control-allow-origin')]).toEqual([401, 'https://app.example'])
  expect(await status(`${http}/asked`, { headers: { token: 'no' } })).toBe(403)
  const asked = await fetch(`${http}/asked`, { headers: { token: 'yes' } })
  expect(await asked.json()).toEqual({ lambda: { by: 'guard' } })
  const logs = node.client(CloudWatchLogsClient)
  await vi.waitFor(async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/http-api/gates-dev' }))
    expect(events.map(({ message = '' }) => JSON.parse(message).status)).toEqual(['401', '403', '200'])
  }, patiently)
  await service.succeeds('remove')
})
