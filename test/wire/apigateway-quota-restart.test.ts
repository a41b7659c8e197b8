import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  GetUsageCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { expect, test, vi } from 'vitest'
import { earlyInTheHour, patiently, startNode } from '../harness.ts'
import { ask, makeRestApi } from './apigateway-support.ts'

test('what a key has used of its quota is known after a restart, and many requests at once do not exceed it', async () => {
  await using node = await startNode({ hostMs: earlyInTheHour() })
  const client = node.client(APIGatewayClient)
  const api = await makeRestApi(client, 'counted')
  const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
  await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE', apiKeyRequired: true }))
  await client.send(new PutMethodResponseCommand({ ...target, statusCode: '200' }))
  const requestTemplates = { 'application/json': '{"statusCode": 200}' }
  await client.send(new PutIntegrationCommand({ ...target, type: 'MOCK', requestTemplates }))
  await client.send(new PutIntegrationResponseCommand({ ...target, statusCode: '200' }))
  await api.deploy('dev')
  const plan = {
    name: 'p',
    apiStages: [{ apiId: api.id, stage: 'dev' }],
    quota: { limit: 20, period: 'MONTH' as const },
  }
  const { id: usagePlanId = '' } = await client.send(new CreateUsagePlanCommand(plan))
  const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ enabled: true }))
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }))
  const get = async () =>
    (await ask(`${node.endpoint}/_aws/execute-api/${api.id}/dev`, { headers: { 'x-api-key': value } })).status

  const statuses = await Promise.all(Array.from({ length: 30 }, get))
  const allowed = statuses.filter((status) => status === 200).length
  expect(allowed).toBe(20)
  const day = new Date(node.clock.nowMs()).toISOString().slice(0, 10)
  await vi.waitFor(async () => {
    const { items } = await client.send(new GetUsageCommand({ usagePlanId, startDate: day, endDate: day }))
    expect(items?.[keyId]).toEqual([[20, 0]])
  }, patiently)
  client.destroy()
  await node.restart()
  expect(await get()).toBe(429)
})
