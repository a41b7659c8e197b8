import {
  APIGatewayClient,
  CreateDeploymentCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  PutIntegrationResponseCommand,
  type PutIntegrationResponseCommandInput,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { ask, makeRestApi, type TestRestApi } from './apigateway-support.ts'

let node: TestNode
let client: APIGatewayClient
let api: TestRestApi
let count = 0

beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
  api = await makeRestApi(client, 'mocks')
})
afterAll(async () => {
  client?.destroy()
  await node?.close()
})

const header = (name: string) => `method.response.header.${name}`

/** Deploys a mock on a path of its own and answers its URL. */
async function mock(
  responses: readonly (Partial<PutIntegrationResponseCommandInput> & { statusCode: string })[],
  integration: Partial<PutIntegrationCommandInput> = {},
): Promise<string> {
  const path = `m${count++}`
  const target = { restApiId: api.id, resourceId: await api.path(path), httpMethod: 'ANY' }
  await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
  const requestTemplates = { 'application/json': '{statusCode:200}' }
  await client.send(new PutIntegrationCommand({ ...target, type: 'MOCK', requestTemplates, ...integration }))
  for (const response of responses) {
    const declared = Object.keys(response.responseParameters ?? {}).map((name) => [name, true])
    const responseParameters = Object.fromEntries(declared)
    await client.send(new PutMethodResponseCommand({ ...target, statusCode: response.statusCode, responseParameters }))
    await client.send(new PutIntegrationResponseCommand({ ...target, ...response }))
  }
  await client.send(new CreateDeploymentCommand({ restApiId: api.id, stageName: 'dev' }))
  return `${node.endpoint}/_aws/execute-api/${api.id}/dev/${path}`
}

/** As osls writes it for several origins. */
const corsTemplate = (conditions: string) => `#set($origin = $input.params("Origin"))
#if($origin == "") #set($origin = $input.params("origin")) #end
#if(${conditions}) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end`

const preflight = (url: string, origin?: string) =>
  ask(url, {
    method: 'OPTIONS',
    headers: { 'Access-Control-Request-Method': 'POST', ...(origin !== undefined && { Origin: origin }) },
  })

describe('CORS as osls makes it', () => {
  test('answers a preflight with the headers it was given', async () => {
    const url = await mock([
      {
        statusCode: '200',
        responseParameters: {
          [header('Access-Control-Allow-Origin')]: "'*'",
          [header('Access-Control-Allow-Headers')]: "'Content-Type,X-Amz-Date'",
          [header('Access-Control-Allow-Methods')]: "'OPTIONS,GET'",
          [header('Access-Control-Max-Age')]: "'600'",
        },
        responseTemplates: { 'application/json': '' },
      },
    ])
    const answer = await preflight(url, 'https://app.example')
    expect(answer).toMatchObject({ status: 200, text: '' })
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'Content-Type,X-Amz-Date',
      'access-control-allow-methods': 'OPTIONS,GET',
      'access-control-max-age': '600',
    })
  })

  test('answers each of several origins with itself, and others with the first', async () => {
    const url = await mock([
      {
        statusCode: '200',
        responseParameters: { [header('Access-Control-Allow-Origin')]: "'https://one.example'" },
        responseTemplates: {
          'application/json': corsTemplate(
            '$origin.matches("https://one[.]example") || $origin.matches("https://.+[.]two[.]example")',
          ),
        },
      },
    ])
    const origin = async (given?: string) => (await preflight(url, given)).headers['access-control-allow-origin']
    expect(await origin('https://a.two.example')).toBe('https://a.two.example')
    expect(await origin('https://a.b.two.example')).toBe('https://a.b.two.example')
    expect(await origin('https://.two.example')).toBe('https://one.example')
    expect(await origin('https://oneXexample')).toBe('https://one.example')
    expect(await origin('https://a.two.example.evil')).toBe('https://one.example')
    expect(await origin()).toBe('https://one.example')
  })
})

describe('what a mock answers', () => {
  test('is a text with its content type', async () => {
    const url = await mock([{ statusCode: '200', responseTemplates: { 'text/html': '<p>1 & 2 # 3</p>' } }])
    const answer = await ask(url)
    expect(answer).toMatchObject({ status: 200, text: '<p>1 & 2 # 3</p>' })
    expect(answer.headers['content-type']).toBe('text/html')
  })

  test('is chosen by Accept among several texts', async () => {
    const url = await mock([
      { statusCode: '200', responseTemplates: { 'application/json': '{"a":1}', 'text/plain': 'one' } },
    ])
    expect((await ask(url, { headers: { Accept: 'text/plain' } })).text).toBe('one')
    expect((await ask(url, { headers: { Accept: '*/*' } })).text).toBe('{"a":1}')
  })

  test('is the response whose pattern its status matches, else the one without', async () => {
    const url = await mock(
      [
        { statusCode: '200', responseTemplates: { 'text/plain': 'fine' } },
        { statusCode: '404', selectionPattern: '4\\d{2}', responseTemplates: { 'text/plain': 'gone' } },
      ],
      {
        requestTemplates: {
          'application/json': '{"statusCode": 200, "note": "static"}',
          'text/css': '{ "statusCode" : 410 }',
        },
      },
    )
    expect(await ask(url)).toMatchObject({ status: 200, text: 'fine' })
    expect(await ask(url, { headers: { 'Content-Type': 'text/css' } })).toMatchObject({ status: 404, text: 'gone' })
  })

  test('follows the body when no template is for its type, as the passthrough behaviour allows', async () => {
    const open = await mock([{ statusCode: '200', selectionPattern: '2..' }], { requestTemplates: {} })
    const send = (url: string, body: string) =>
      ask(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    expect((await send(open, '{"statusCode":201}')).status).toBe(200)
    expect((await send(open, '{"statusCode":500}')).status).toBe(500)
    // The pattern would be at it for hours.
    const endless = await mock([{ statusCode: '200', selectionPattern: '(((\\d+)+)+)+x' }], { requestTemplates: {} })
    expect((await send(endless, `{"statusCode":${'1'.repeat(21)}}`)).status).toBe(500)
    expect((await send(open, 'no json')).status).toBe(500)
    const never = await mock([{ statusCode: '200' }], { requestTemplates: {}, passthroughBehavior: 'NEVER' })
    expect((await send(never, '{"statusCode":200}')).status).toBe(415)
    for (const type of ['constructor', '__proto__'])
      expect((await ask(never, { headers: { 'Content-Type': type } })).status).toBe(415)
    const some = await mock([{ statusCode: '200' }], {
      requestTemplates: { 'text/css': '{"statusCode":200}' },
      passthroughBehavior: 'WHEN_NO_TEMPLATES',
    })
    expect((await send(some, '{"statusCode":200}')).status).toBe(415)
  })
})

describe('refused by name', () => {
  const refusal = { name: 'BadRequestException' }

  test.each([
    ['#set($a = 1) {"statusCode": 200}', /requestTemplates with Velocity/],
    ['{"statusCode": $input.params("s")}', /requestTemplates with Velocity/],
    ['{"status": 200}', /statusCode/],
    ['{"statusCode": 99}', /statusCode/],
  ])('the request template %s', async (template, message) => {
    const made = mock([], { requestTemplates: { 'application/json': template } })
    await expect(made).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(message) })
  })

  test.each([
    '{"id": "$context.requestId"}',
    corsTemplate('$origin.matches("(a+)+")'),
    corsTemplate('$origin.matches(".+.+x")'),
    corsTemplate('$origin == "x"'),
  ])('the response template %s', async (template) => {
    const made = mock([{ statusCode: '200', responseTemplates: { 'application/json': template } }])
    await expect(made).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(/responseTemplates with Velocity/),
    })
  })

  test.each([
    ['a header that the method does not declare', { undeclared: "'x'" }, /mapping expression parameter/],
    ['a value without quotes', { [header('a')]: 'true' }, /Invalid mapping expression specified: true/],
    ['a mapped header', { [header('a')]: 'integration.response.header.b' }, /not supported by Landfall yet/],
    ['a header with a line break', { [header('a')]: "'b\r\nc: d'" }, /Invalid mapping expression/],
  ])('%s', async (_, responseParameters, message) => {
    const target = { restApiId: api.id, resourceId: await api.path(`r${count++}`), httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    const declared = { [header('a')]: true }
    await client.send(new PutMethodResponseCommand({ ...target, statusCode: '200', responseParameters: declared }))
    await client.send(new PutIntegrationCommand({ ...target, type: 'MOCK' }))
    await expect(
      client.send(new PutIntegrationResponseCommand({ ...target, statusCode: '200', responseParameters })),
    ).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(message) })
  })
})
