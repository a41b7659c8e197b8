import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { APIGatewayClient, PutIntegrationCommand, PutMethodCommand } from '@aws-sdk/client-api-gateway'
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { CreatePipeCommand, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRestApi } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'
import { arnOf, makeQueue, take, unique } from './scheduler-support.ts'

interface Got {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let node: TestNode
let server: Server
let api = ''
const got: Got[] = []
const invoking = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }
const patient = { timeout: 45_000 }

/** A REST API whose `prod` hands on to a server here: `/signed/…` only for who may, `/open/…` for everybody. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    got.push({ method, url, headers, body: (await buffer(request)).toString() })
    response.writeHead(200, { 'content-type': 'application/json' }).end('[{"made":"by the API"}]')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  node = await startNode({ isolation: false })
  const gateway = node.client(APIGatewayClient)
  const rest = await makeRestApi(gateway, 'told')
  for (const [path, authorizationType] of Object.entries({ signed: 'AWS_IAM', open: 'NONE' })) {
    const at = { restApiId: rest.id, resourceId: await rest.path(`/${path}/{proxy+}`), httpMethod: 'ANY' }
    const requestParameters = { 'method.request.path.proxy': true }
    await gateway.send(new PutMethodCommand({ ...at, authorizationType, requestParameters }))
    await gateway.send(
      new PutIntegrationCommand({
        ...at,
        type: 'HTTP_PROXY',
        integrationHttpMethod: 'ANY',
        uri: `${base}/${path}/{proxy}`,
        requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
      }),
    )
  }
  await rest.deploy('prod')
  api = arnOf('execute-api', `${rest.id}/prod`)
})
afterAll(async () => {
  await node?.close()
  server?.close()
})

async function ruleTo(target: Omit<Target, 'Id'>): Promise<string> {
  const events = node.client(EventBridgeClient)
  const Name = unique('rule')
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify({ source: [Name] }) }))
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'api', ...target }] }))
  return Name
}
const tell = (Source: string, detail: object) =>
  node
    .client(EventBridgeClient)
    .send(new PutEventsCommand({ Entries: [{ Source, DetailType: 'Order', Detail: JSON.stringify(detail) }] }))
const arrived = (path: string) =>
  vi.waitFor(() => {
    const found = got.find(({ url }) => url.startsWith(path))
    expect(found).toBeDefined()
    return found!
  }, patient)

test("a rule calls a method of an API's stage as its role, with what the target takes of the event", async () => {
  const RoleArn = await makeRole(node, unique('role'), [invoking], 'events.amazonaws.com')
  const rule = await ruleTo({
    Arn: `${api}/POST/signed/*/paid`,
    RoleArn,
    HttpParameters: {
      PathParameterValues: ['$.detail.id'],
      HeaderParameters: { 'x-kind': '$.detail-type' },
      QueryStringParameters: { from: 'rule' },
    },
  })
  await tell(rule, { id: 'a b' })
  const { method, url, headers, body } = await arrived('/signed/a%20b')
  expect([method, url, headers['x-kind']]).toEqual(['POST', '/signed/a%20b/paid?from=rule', 'Order'])
  expect(JSON.parse(body)).toMatchObject({ source: rule, detail: { id: 'a b' } })
})

test('a rule whose role may not call the method ends in the dead-letter queue, as does what would lead elsewhere; an open one needs no role', async () => {
  const dead = await makeQueue(node)
  const Statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: '*', Resource: dead.arn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: dead.url, Attributes: { Policy } }))
  const RoleArn = await makeRole(node, unique('role'), [], 'events.amazonaws.com')
  const denied = await ruleTo({ Arn: `${api}/POST/signed/no`, RoleArn, DeadLetterConfig: { Arn: dead.arn } })
  await tell(denied, {})
  const [letter] = await take(node, dead.url, 1)
  expect(letter?.MessageAttributes?.ERROR_MESSAGE?.StringValue).toContain('403')
  const HttpParameters = { PathParameterValues: ['$.detail.id'], HeaderParameters: { 'x-id': '$.detail.header' } }
  const filled = await ruleTo({ Arn: `${api}/PUT/open/*/no`, HttpParameters, DeadLetterConfig: { Arn: dead.arn } })
  for (const detail of [{ id: '..' }, { id: 'a', header: 'b\r\nx-other: c' }]) {
    await tell(filled, detail)
    const [refused] = await take(node, dead.url, 1)
    expect(refused?.MessageAttributes?.ERROR_CODE?.StringValue).toBe('INVALID_PARAMETER')
  }
  await tell(await ruleTo({ Arn: `${api}/PUT/open/yes` }), {})
  expect((await arrived('/open/yes')).method).toBe('PUT')
  expect(got.filter(({ url }) => url.endsWith('/no'))).toEqual([])
})

test('what names no method, or not as many values as wildcards, is refused', async () => {
  const refused = { name: 'ValidationException' }
  await expect(ruleTo({ Arn: api })).rejects.toMatchObject(refused)
  await expect(ruleTo({ Arn: `${api}/POST/open/*` })).rejects.toMatchObject(refused)
  const HttpParameters = { PathParameterValues: ['a'] }
  await expect(ruleTo({ Arn: `${api}/POST/open/x`, HttpParameters })).rejects.toMatchObject(refused)
})

test('a pipe is enriched by an API, and goes to one', async () => {
  const from = await makeQueue(node)
  const reading = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
  const RoleArn = await makeRole(node, unique('role'), [invoking, reading], 'pipes.amazonaws.com')
  const Name = unique('pipe')
  await node.client(PipesClient).send(
    new CreatePipeCommand({
      ...{ Name, RoleArn, Source: from.arn, Enrichment: `${api}/GET/signed/more/*`, Target: `${api}/POST/open/piped` },
      EnrichmentParameters: { HttpParameters: { PathParameterValues: ['$.body.id'] } },
    }),
  )
  await vi.waitFor(async () => {
    const { CurrentState } = await node.client(PipesClient).send(new DescribePipeCommand({ Name }))
    expect(CurrentState).toBe('RUNNING')
  }, patient)
  await node.client(SQSClient).send(new SendMessageCommand({ QueueUrl: from.url, MessageBody: '{"id":7}' }))
  expect(await arrived('/signed/more/7')).toMatchObject({ method: 'GET', body: '' })
  expect(JSON.parse((await arrived('/open/piped')).body)).toEqual({ made: 'by the API' })
})
