import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateStageCommand,
  DeleteRestApiCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { ask, callable, functionArn, invocation, makeRestApi, namesIn, type TestRestApi } from './apigateway-support.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let client: APIGatewayClient
let lambda: LambdaClient
let role: string
let api: TestRestApi

const url = (path: string, of = api) => `${node.endpoint}/_aws/execute-api/${of.id}${path}`

const echo = `exports.handler = async (event) => ({
  statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) })`
/** Answers what the request's body says it should. */
const puppet = 'exports.handler = async (event) => JSON.parse(event.body)'
const fails = "exports.handler = async () => { throw new Error('no') }"
const never = 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))'

beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'gateway-role')
  api = await makeRestApi(client, 'rest')
  for (const [name, source] of Object.entries({ echo, puppet, fails, never }))
    await callable(lambda, name, role, source)
  await makeFunction(lambda, 'closed', role, echo)
  await callable(lambda, 'fenced', role, echo, `arn:aws:execute-api:us-east-1:000000000000:${api.id}/live/GET/fenced/*`)
  await api.proxy('GET', '/items/{id}', 'echo')
  await api.proxy('ANY', '/files/{proxy+}', 'echo')
  await api.proxy('POST', '/say', 'puppet')
  await api.proxy('GET', '/fails', 'fails')
  await api.proxy('GET', '/never', 'never', 200)
  await api.proxy('GET', '/closed', 'closed')
  await api.proxy('GET', '/fenced/{id}', 'fenced')
  await api.proxy('GET', '/missing', 'nothing-of-this-name')
  await api.deploy('live', { colour: 'red' })
})
afterAll(async () => {
  client?.destroy()
  lambda?.destroy()
  await node?.close()
})

describe('a function behind a REST API', () => {
  test('gets an event of the published form', async () => {
    const answer = await ask(url('/live/files/hello/world?name=me&name=you'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', headerName: 'headerValue' },
      body: '{"a":1}',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
    const event = answer.json()
    expect(event).toMatchObject({
      resource: '/files/{proxy+}',
      path: '/files/hello/world',
      httpMethod: 'POST',
      headers: { headerName: 'headerValue', 'Content-Type': 'application/json', 'X-Forwarded-Proto': 'http' },
      multiValueHeaders: { headerName: ['headerValue'] },
      queryStringParameters: { name: 'you' },
      multiValueQueryStringParameters: { name: ['me', 'you'] },
      pathParameters: { proxy: 'hello/world' },
      stageVariables: { colour: 'red' },
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: api.id,
        stage: 'live',
        path: '/live/files/hello/world',
        resourcePath: '/files/{proxy+}',
        httpMethod: 'POST',
        protocol: 'HTTP/1.1',
        identity: { sourceIp: '127.0.0.1', userAgent: null },
      },
    })
    if (hasPublishedEvents) {
      const published = publishedEvent('apigw-request')
      // Only what an authorizer, an API key or a client certificate would add is not there.
      const absent = namesIn(published).filter((name) => !namesIn(event).includes(name))
      expect(absent.filter((name) => !/authorizer|apiKey|clientCert/.test(name))).toEqual([])
    }
  })

  test('gets null for what a request does not have', async () => {
    const event = (await ask(url('/live/items/a%20b'))).json()
    expect(event).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
      pathParameters: { id: 'a b' },
    })
  })

  test('answers with its status, headers (several of a name too) and body', async () => {
    const body = JSON.stringify({
      statusCode: 418,
      headers: { 'X-One': 'a' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'], 'x-one': ['b'] },
      body: 'short and stout',
    })
    const answer = await ask(url('/live/say'), { method: 'POST', body })
    expect(answer).toMatchObject({ status: 418, text: 'short and stout' })
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-one': 'a, b' })
  })

  test.each([
    ['no object', '"text"'],
    ['no status code', '{"body":"x"}'],
    ['an impossible status code', '{"statusCode":"abc"}'],
    ['a body that is no text', '{"statusCode":200,"body":{"a":1}}'],
    ['headers that are no map', '{"statusCode":200,"headers":["a"]}'],
    ['a header with a line break', '{"statusCode":200,"headers":{"a":"b\\r\\nc: d"}}'],
  ])('answers 502 when it returns %s', async (_, body) => {
    const answer = await ask(url('/live/say'), { method: 'POST', body })
    expect(answer).toMatchObject({ status: 502, text: '{"message":"Internal server error"}' })
    expect(answer.headers['x-amzn-errortype']).toBe('InternalServerErrorException')
  })

  test('answers 502 when it fails and 504 when it takes too long', async () => {
    expect(await ask(url('/live/fails'))).toMatchObject({ status: 502, text: '{"message":"Internal server error"}' })
    expect(await ask(url('/live/never'))).toMatchObject({
      status: 504,
      text: '{"message":"Endpoint request timed out"}',
    })
  })

  test('answers 500 when its policy does not let the API call it, or there is none', async () => {
    expect((await ask(url('/live/closed'))).status).toBe(500)
    expect((await ask(url('/live/missing'))).status).toBe(500)
    expect((await ask(url('/live/fenced/7'))).status).toBe(200)
    await api.deploy('other')
    expect((await ask(url('/other/fenced/7'))).status).toBe(500)
    await lambda.send(new RemovePermissionCommand({ FunctionName: 'fenced', StatementId: 'gateway' }))
    expect((await ask(url('/live/fenced/7'))).status).toBe(500)
  })
})

describe('addresses', () => {
  test('work by host too', async () => {
    const host = `${api.id}.execute-api.us-east-1.localhost`
    const answer = await ask(`${node.endpoint}/live/items/1`, { headers: { Host: host } })
    expect(answer.json()).toMatchObject({
      path: '/items/1',
      requestContext: { domainName: host, domainPrefix: api.id },
    })
  })

  test.each(['/live/nothing', '/live/items', '/live/', '/live/files/'])('%s has no method: 403', async (path) => {
    expect(await ask(url(path))).toMatchObject({ status: 403, text: '{"message":"Missing Authentication Token"}' })
  })

  test('of no stage, or no API, are 404', async () => {
    expect((await ask(url('/nostage/items/1'))).status).toBe(404)
    expect((await ask(`${node.endpoint}/_aws/execute-api/nothing/live`)).status).toBe(404)
  })

  test('of a deleted API are 404 at once', async () => {
    const short = await makeRestApi(client, 'short')
    await short.proxy('GET', '/', 'echo')
    await short.deploy('dev')
    expect((await ask(url('/dev', short))).status).toBe(200)
    await client.send(new DeleteRestApiCommand({ restApiId: short.id }))
    expect((await ask(url('/dev', short))).status).toBe(404)
  })
})

describe('bodies', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 254])

  test('of declared media types go through as bytes, both ways', async () => {
    const binary = await makeRestApi(client, 'binary', { binaryMediaTypes: ['image/png', 'application/*'] })
    await binary.proxy('POST', '/echo', 'echo')
    const back = `exports.handler = async (event) => ({ statusCode: 200, isBase64Encoded: true,
      headers: { 'content-type': 'image/png' }, body: event.body })`
    await callable(lambda, 'back', role, back)
    await binary.proxy('POST', '/back', 'back')
    await binary.deploy('dev')
    const send = (path: string, type: string, accept: string) =>
      ask(url(`/dev${path}`, binary), { method: 'POST', headers: { 'content-type': type, accept }, body: png })
    expect((await send('/echo', 'image/png', 'text/html')).json()).toMatchObject({
      isBase64Encoded: true,
      body: png.toString('base64'),
    })
    expect((await send('/echo', 'application/zip; x=y', 'text/html')).json().isBase64Encoded).toBe(true)
    expect((await send('/echo', 'text/plain', 'text/html')).json().isBase64Encoded).toBe(false)
    expect((await send('/back', 'image/png', 'image/png')).bytes).toEqual(png)
    // The client does not accept what the API calls binary: it gets the text that the function returned.
    expect((await send('/back', 'image/png', 'text/html')).text).toBe(png.toString('base64'))
  })

  test('over 10 MB are refused with 413', async () => {
    const answer = await ask(url('/live/files/x'), { method: 'POST', body: Buffer.alloc(10_485_761) })
    expect(answer.status).toBe(413)
  })
})

describe('stages', () => {
  test('serve what was deployed, not what was changed since', async () => {
    const staged = await makeRestApi(client, 'staged')
    await staged.proxy('GET', '/one', 'echo')
    const first = await staged.deploy('dev')
    await staged.proxy('GET', '/two', 'echo')
    expect((await ask(url('/dev/two', staged))).status).toBe(403)
    const second = await staged.deploy('dev')
    expect((await ask(url('/dev/two', staged))).json()).toMatchObject({ requestContext: { deploymentId: second } })
    const back = [{ op: 'replace' as const, path: '/deploymentId', value: first }]
    await client.send(new UpdateStageCommand({ restApiId: staged.id, stageName: 'dev', patchOperations: back }))
    expect((await ask(url('/dev/two', staged))).status).toBe(403)
    expect((await ask(url('/dev/one', staged))).status).toBe(200)
  })

  test('name the function by a stage variable', async () => {
    const chosen = await makeRestApi(client, 'chosen')
    const target = { restApiId: chosen.id, resourceId: chosen.rootId, httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    await client.send(
      new PutIntegrationCommand({
        ...target,
        type: 'AWS_PROXY',
        integrationHttpMethod: 'POST',
        uri: invocation(functionArn('${stageVariables.which}')),
      }),
    )
    const { id } = await client.send(new CreateDeploymentCommand({ restApiId: chosen.id }))
    for (const which of ['echo', 'fails']) {
      const input = { restApiId: chosen.id, stageName: which, deploymentId: id, variables: { which } }
      await client.send(new CreateStageCommand(input))
    }
    expect((await ask(url('/echo', chosen))).status).toBe(200)
    expect((await ask(url('/fails', chosen))).status).toBe(502)
    const patchOperations = [{ op: 'replace' as const, path: '/variables/which', value: 'echo' }]
    await client.send(new UpdateStageCommand({ restApiId: chosen.id, stageName: 'fails', patchOperations }))
    expect((await ask(url('/fails', chosen))).status).toBe(200)
  })

  test('answer nothing while the endpoint is disabled', async () => {
    const off = await makeRestApi(client, 'off')
    await off.proxy('GET', '/', 'echo')
    await off.deploy('dev')
    const set = (value: string) =>
      client.send(
        new UpdateRestApiCommand({
          restApiId: off.id,
          patchOperations: [{ op: 'replace', path: '/disableExecuteApiEndpoint', value }],
        }),
      )
    await set('true')
    expect((await ask(url('/dev', off))).status).toBe(404)
    await set('false')
    expect((await ask(url('/dev', off))).status).toBe(200)
  })
})

test('a restart keeps APIs', async () => {
  const id = api.id
  await node.restart()
  const answer = await ask(`${node.endpoint}/_aws/execute-api/${id}/live/items/9`)
  expect(answer.json()).toMatchObject({ pathParameters: { id: '9' } })
})
