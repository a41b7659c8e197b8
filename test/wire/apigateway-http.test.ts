import {
  ApiGatewayV2Client,
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  type CreateStageCommandInput,
  DeleteApiCommand,
  DeleteCorsConfigurationCommand,
  DeleteIntegrationCommand,
  GetApiCommand,
  GetRoutesCommand,
  UpdateApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { ask, callable, functionArn, namesIn } from './apigateway-support.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let client: ApiGatewayV2Client
let lambda: LambdaClient

const echo = 'exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })'
const puppet = 'exports.handler = async (event) => JSON.parse(event.body)'
const fails = "exports.handler = async () => { throw new Error('no') }"
const never = 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))'

let role: string
beforeAll(async () => {
  node = await startNode()
  client = node.client(ApiGatewayV2Client)
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'gateway-role')
  for (const [name, source] of Object.entries({ echo, puppet, fails, never }))
    await callable(lambda, name, role, source)
  await makeFunction(lambda, 'closed', role, echo)
})
afterAll(async () => {
  client?.destroy()
  lambda?.destroy()
  await node?.close()
})

interface Target {
  readonly fn: string
  readonly format?: '1.0' | '2.0'
  readonly timeoutMs?: number
}

/** An HTTP API with these routes and a stage; answers its id. */
async function makeApi(
  routes: Readonly<Record<string, Target>>,
  more: Partial<CreateApiCommandInput> = {},
  stage: Partial<CreateStageCommandInput> = {},
): Promise<string> {
  const { ApiId = '' } = await client.send(new CreateApiCommand({ Name: 'http', ProtocolType: 'HTTP', ...more }))
  for (const [RouteKey, { fn, format = '2.0', timeoutMs }] of Object.entries(routes)) {
    const { IntegrationId } = await client.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: functionArn(fn),
        PayloadFormatVersion: format,
        ...(timeoutMs !== undefined && { TimeoutInMillis: timeoutMs }),
      }),
    )
    await client.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}` }))
  }
  await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true, ...stage }))
  return ApiId
}
const url = (id: string, path = '') => `${node.endpoint}/_aws/execute-api/${id}${path}`

describe('a function behind an HTTP API', () => {
  test('gets an event of payload format 2.0', async () => {
    const id = await makeApi({ $default: { fn: 'echo' } })
    const bare = (await ask(url(id, '/'), { headers: { 'user-agent': 'curl/7.58.0', accept: '*/*' } })).json()
    if (hasPublishedEvents) {
      const published = namesIn(publishedEvent('apigw-v2-request-no-authorizer'))
      expect(namesIn(bare).sort()).toEqual(published.filter((name) => !/authentication/.test(name)).sort())
    }
    expect(bare).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/',
      headers: { 'content-length': '0' },
      requestContext: { apiId: id, stage: '$default', http: { method: 'GET', userAgent: 'curl/7.58.0' } },
    })

    const full = await ask(url(id, '/a%20b/c?x=1&x=2&y='), {
      method: 'PUT',
      headers: { Cookie: 'k=v; l=w', 'X-Thing': 'Ä', 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(full.json()).toMatchObject({
      rawPath: '/a b/c',
      rawQueryString: 'x=1&x=2&y=',
      queryStringParameters: { x: '1,2', y: '' },
      cookies: ['k=v', 'l=w'],
      headers: { 'content-type': 'application/json', 'content-length': '7' },
      body: '{"a":1}',
      isBase64Encoded: false,
    })
    expect(full.json<{ headers: object }>().headers).not.toHaveProperty('cookie')
  })

  test('gets an event of payload format 1.0 where so set', async () => {
    const id = await makeApi({ 'GET /things/{id}': { fn: 'echo', format: '1.0' } })
    expect((await ask(url(id, '/things/7?a=1&a=2'))).json()).toMatchObject({
      version: '1.0',
      resource: '/things/{id}',
      path: '/things/7',
      httpMethod: 'GET',
      pathParameters: { id: '7' },
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      requestContext: { resourcePath: '/things/{id}', stage: '$default' },
    })
  })

  test('can answer with anything in format 2.0', async () => {
    const id = await makeApi({ 'POST /say': { fn: 'puppet' } })
    const headers = { 'content-type': 'application/json' }
    const say = (value: unknown) => ask(url(id, '/say'), { method: 'POST', headers, body: JSON.stringify(value) })
    expect(await say('text')).toMatchObject({ status: 200, text: 'text' })
    expect(await say({ a: 1 })).toMatchObject({ status: 200, text: '{"a":1}' })
    const full = await say({ statusCode: 201, headers: { 'X-A': 'b' }, cookies: ['c=1', 'd=2'], body: 'made' })
    expect(full).toMatchObject({ status: 201, text: 'made' })
    expect(full.headers).toMatchObject({ 'x-a': 'b', 'set-cookie': ['c=1', 'd=2'] })
    expect(full.headers['apigw-requestid']).toBeDefined()
  })

  test('answers 500 when it fails, answers in the wrong form or may not be called, and 503 when it takes too long', async () => {
    const id = await makeApi({
      'GET /fails': { fn: 'fails' },
      'GET /closed': { fn: 'closed' },
      'GET /missing': { fn: 'nothing-of-this-name' },
      'GET /never': { fn: 'never', timeoutMs: 200 },
      'POST /wrong': { fn: 'puppet', format: '1.0' },
    })
    for (const path of ['/fails', '/closed', '/missing'])
      expect(await ask(url(id, path))).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' })
    expect((await ask(url(id, '/wrong'), { method: 'POST', body: '"text"' })).status).toBe(500)
    expect(await ask(url(id, '/never'))).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' })
  })

  test('gets bytes as base64 and answers with them', async () => {
    const back = `exports.handler = async (event) => ({ statusCode: 200, isBase64Encoded: true,
      headers: { 'content-type': 'image/png', 'x-was': String(event.isBase64Encoded) }, body: event.body })`
    await callable(lambda, 'back', role, back)
    const id = await makeApi({ 'POST /back': { fn: 'back' } })
    const body = Buffer.from([0x89, 0x50, 0, 255, 254])
    const answer = await ask(url(id, '/back'), { method: 'POST', headers: { 'content-type': 'image/png' }, body })
    expect(answer.bytes).toEqual(body)
    expect(answer.headers['x-was']).toBe('true')
  })

  test.each([
    ['text/csv', false],
    ['application/json; charset=utf-8', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/x-www-form-urlencoded', true],
    ['application/problem+json', true],
    [undefined, true],
  ])('gets a body of the type %s as base64: %s', async (type, isBase64Encoded) => {
    const id = await makeApi({ 'POST /echo': { fn: 'echo' } })
    const headers = type === undefined ? {} : { 'content-type': type }
    const event = (await ask(url(id, '/echo'), { method: 'POST', headers, body: 'a=1' })).json()
    expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'YT0x' : 'a=1' })
  })
})

describe('routes', () => {
  test('the most specific one answers, and $default what is left', async () => {
    const keys = ['GET /a/{id}', 'GET /a/fixed', 'ANY /files/{proxy+}', '$default']
    const id = await makeApi(Object.fromEntries(keys.map((key) => [key, { fn: 'echo' }])))
    const key = async (path: string, method = 'GET') =>
      (await ask(url(id, path), { method })).json<{ routeKey: string }>().routeKey
    expect(await key('/a/fixed')).toBe('GET /a/fixed')
    expect(await key('/a/7')).toBe('GET /a/{id}')
    expect(await key('/a/7', 'POST')).toBe('$default')
    // What no stage can be called may be a token.
    expect(await key(`/${'t'.repeat(4_000)}`)).toBe('$default')
    expect(await key('/files/x/y', 'DELETE')).toBe('ANY /files/{proxy+}')
    expect((await ask(url(id, '/files/x/y'))).json()).toMatchObject({ pathParameters: { proxy: 'x/y' } })
  })

  test('that are not there are 404', async () => {
    expect((await ask(url('a'.repeat(4_000), '/x'))).status).toBe(404)
    const id = await makeApi({ 'GET /a': { fn: 'echo' } })
    expect(await ask(url(id, '/b'))).toMatchObject({ status: 404, text: '{"message":"Not Found"}' })
    expect((await ask(url(id, '/a'), { method: 'POST' })).status).toBe(404)
  })

  test('of one key cannot be two, and an integration in use stays', async () => {
    const ApiId = await makeApi({ 'GET /a': { fn: 'echo' } })
    await expect(client.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /a' }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
    const { Items } = await client.send(new GetRoutesCommand({ ApiId }))
    const IntegrationId = Items?.[0]?.Target?.split('/')[1]
    await expect(client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
  })
})

describe('stages', () => {
  test('with a name stand in the path, by path and by host', async () => {
    const id = await makeApi({ 'GET /a': { fn: 'echo' } }, {}, { StageName: 'dev', StageVariables: { v: '1' } })
    const expected = { rawPath: '/dev/a', stageVariables: { v: '1' }, requestContext: { stage: 'dev' } }
    expect((await ask(url(id, '/dev/a'))).json()).toMatchObject(expected)
    const host = `${id}.execute-api.us-east-1.localhost`
    const byHost = await ask(`${node.endpoint}/dev/a`, { headers: { Host: host } })
    expect(byHost.json()).toMatchObject({ ...expected, requestContext: { domainName: host, domainPrefix: id } })
    expect((await ask(url(id, '/a'))).status).toBe(404)
  })

  test('without AutoDeploy serve what was deployed to them', async () => {
    const ApiId = await makeApi({ 'GET /a': { fn: 'echo' } }, {}, { AutoDeploy: false })
    expect((await ask(url(ApiId, '/a'))).status).toBe(404)
    await client.send(new CreateDeploymentCommand({ ApiId, StageName: '$default' }))
    expect((await ask(url(ApiId, '/a'))).status).toBe(200)
    const { Items } = await client.send(new GetRoutesCommand({ ApiId }))
    await client.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /b', Target: Items?.[0]?.Target }))
    expect((await ask(url(ApiId, '/b'))).status).toBe(404)
    await client.send(new UpdateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }))
    expect((await ask(url(ApiId, '/b'))).status).toBe(200)
  })

  test('are gone with their API', async () => {
    const ApiId = await makeApi({ 'GET /a': { fn: 'echo' } })
    expect((await ask(url(ApiId, '/a'))).status).toBe(200)
    await client.send(new DeleteApiCommand({ ApiId }))
    expect((await ask(url(ApiId, '/a'))).status).toBe(404)
    await expect(client.send(new GetApiCommand({ ApiId }))).rejects.toMatchObject({ name: 'NotFoundException' })
  })
})

describe('CORS', () => {
  const preflight = (id: string, origin: string) =>
    ask(url(id, '/a'), { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' } })

  test('is answered by the API for the origins it names, and added to answers', async () => {
    const ApiId = await makeApi(
      { 'GET /a': { fn: 'echo' } },
      {
        CorsConfiguration: {
          AllowOrigins: ['https://app.example'],
          AllowMethods: ['GET'],
          AllowHeaders: ['x-a'],
          MaxAge: 60,
          AllowCredentials: true,
        },
      },
    )
    const allowed = await preflight(ApiId, 'https://app.example')
    expect(allowed.status).toBe(204)
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'x-a',
      'access-control-max-age': '60',
      'access-control-allow-credentials': 'true',
    })
    const foreign = await preflight(ApiId, 'https://evil.example')
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
    const real = await ask(url(ApiId, '/a'), { headers: { Origin: 'https://app.example' } })
    expect(real.headers['access-control-allow-origin']).toBe('https://app.example')

    await client.send(new UpdateApiCommand({ ApiId, CorsConfiguration: { AllowOrigins: ['*'] } }))
    expect((await preflight(ApiId, 'https://evil.example')).headers['access-control-allow-origin']).toBe('*')
    await client.send(new DeleteCorsConfigurationCommand({ ApiId }))
    expect((await preflight(ApiId, 'https://app.example')).status).toBe(404)
  })
})

test('a body over 10 MB is refused with 413', async () => {
  const id = await makeApi({ $default: { fn: 'echo' } })
  expect((await ask(url(id, '/'), { method: 'POST', body: Buffer.alloc(10_485_761) })).status).toBe(413)
})

test('a restart keeps APIs', async () => {
  const id = await makeApi({ 'GET /a': { fn: 'echo' } })
  await node.restart()
  expect((await ask(url(id, '/a'))).status).toBe(200)
})
