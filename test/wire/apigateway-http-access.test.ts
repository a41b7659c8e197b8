import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateAuthorizerCommand,
  type CreateAuthorizerCommandInput,
  CreateIntegrationCommand,
  type CreateIntegrationCommandInput,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateStageCommand,
  ResetAuthorizersCacheCommand,
  UpdateApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { ask, callable, functionArn, invocation } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'
import { signed } from './signed-fetch.ts'

let node: TestNode
let client: ApiGatewayV2Client
let server: Server
let base: string
let fetched = 0

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = (kid: string, key: KeyObject) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })

const echo =
  'exports.handler = async (event) => ({ statusCode: 200, headers: { "x-a": "b" }, body: JSON.stringify(event) })'
const guard = `exports.handler = async (event) => {
  const token = event.headers.token
  if (token === 'broken') throw new Error('broken')
  const at = String(process.hrtime.bigint())
  if (event.version === '2.0') return { isAuthorized: token === 'yes', context: { at, n: 1, identity: event.identitySource } }
  return { principalId: 'ann', context: { at }, policyDocument: { Version: '2012-10-17', Statement: [
    { Action: 'execute-api:Invoke', Effect: token === 'yes' ? 'Allow' : 'Deny', Resource: event.methodArn }] } }
}`

beforeAll(async () => {
  node = await startNode()
  client = node.client(ApiGatewayV2Client)
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'gateway-role')
  await callable(lambda, 'echo', role, echo)
  await callable(lambda, 'guard', role, guard)
  lambda.destroy()
  server = createServer((req, res) => {
    res.setHeader('content-type', 'application/json')
    if (req.url === '/.well-known/openid-configuration') return res.end(JSON.stringify({ jwks_uri: `${base}/keys` }))
    if (req.url === '/keys') {
      fetched++
      return res.end(JSON.stringify({ keys: [jwk('rsa', rsa.publicKey), jwk('ec', ec.publicKey)] }))
    }
    res.setHeader('x-old', 'old')
    return res.writeHead(201).end(JSON.stringify({ url: req.url, headers: req.headers }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  client?.destroy()
  server?.closeAllConnections()
  server?.close()
  await node?.close()
})

const url = (id: string, path = '') => `${node.endpoint}/_aws/execute-api/${id}${path}`

async function makeApi(more: Partial<CreateApiCommandInput> = {}): Promise<string> {
  const { ApiId = '' } = await client.send(new CreateApiCommand({ Name: 'http', ProtocolType: 'HTTP', ...more }))
  if (!more.Target) await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }))
  return ApiId
}
async function route(
  ApiId: string,
  RouteKey: string,
  more: Partial<CreateRouteCommandInput> = {},
  integration: Partial<CreateIntegrationCommandInput> = {},
): Promise<void> {
  const { IntegrationId } = await client.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      ...(integration.IntegrationType !== 'HTTP_PROXY' &&
        !integration.IntegrationSubtype && { IntegrationUri: functionArn('echo'), PayloadFormatVersion: '2.0' }),
      ...integration,
    }),
  )
  await client.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}`, ...more }))
}
async function authorizer(ApiId: string, more: Partial<CreateAuthorizerCommandInput>): Promise<string> {
  const { AuthorizerId = '' } = await client.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: 'guard',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: invocation(functionArn('guard')),
      AuthorizerPayloadFormatVersion: '2.0',
      IdentitySource: ['$request.header.token'],
      ...more,
    }),
  )
  return AuthorizerId
}

function token(claims: object, { alg = 'RS256', kid = 'rsa', key = rsa.privateKey } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg, kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

describe('JWT authorizers', () => {
  let id: string
  beforeAll(async () => {
    id = await makeApi()
    const AuthorizerId = await authorizer(id, {
      AuthorizerType: 'JWT',
      AuthorizerUri: undefined,
      AuthorizerPayloadFormatVersion: undefined,
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: base, Audience: ['me'] },
    })
    await route(id, 'GET /open', { AuthorizationType: 'JWT', AuthorizerId })
    await route(id, 'GET /scoped', { AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['read', 'write'] })
  })
  const nowSec = () => Math.floor(node.clock.nowMs() / 1000)
  const good = (more: object = {}) => ({ iss: base, aud: 'me', sub: 'ann', exp: nowSec() + 3_600, ...more })
  const get = (path: string, bearer?: string) =>
    ask(url(id, path), { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } })

  test('let in who has a good token, by RSA or an elliptic curve, and say what it claims', async () => {
    const answer = await get('/open', token(good({ groups: ['a', 'b'], n: 1 })))
    expect(answer.status).toBe(200)
    const event = answer.json<{ requestContext: { authorizer: { jwt: { claims: object; scopes: unknown } } } }>()
    expect(event.requestContext.authorizer.jwt).toMatchObject({
      claims: { sub: 'ann', groups: '[a b]', n: '1' },
      scopes: null,
    })
    expect((await get('/open', token(good(), { alg: 'ES256', kid: 'ec', key: ec.privateKey }))).status).toBe(200)
    expect(fetched).toBe(1)
  })

  test.each([
    ['no token', () => undefined],
    ['what is no token', () => 'x'],
    ['another issuer', () => token(good({ iss: 'http://127.0.0.1:1' }))],
    ['another audience', () => token(good({ aud: 'you' }))],
    ['a token whose time has passed', () => token(good({ exp: nowSec() - 1 }))],
    ['a token whose time has not come', () => token(good({ nbf: nowSec() + 100 }))],
    ['a token without an end', () => token(good({ exp: undefined }))],
    ["a stranger's key", () => token(good(), { key: stranger.privateKey })],
    ['an unknown key', () => token(good(), { kid: 'nosuch' })],
    ['another way of signing than the key is for', () => token(good(), { alg: 'ES256' })],
    ['no signature', () => token(good(), { alg: 'none' })],
  ])('%s is not authorized', async (_what, make) => {
    const answer = await get('/open', make())
    expect([answer.status, answer.text]).toEqual([401, '{"message":"Unauthorized"}'])
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
  })

  test('one of the scopes of the route is asked for', async () => {
    const without = await get('/scoped', token(good({ scope: 'other' })))
    expect([without.status, without.text]).toEqual([403, '{"message":"Forbidden"}'])
    expect(without.headers['www-authenticate']).toContain('insufficient_scope')
    const answer = await get('/scoped', token(good({ scope: 'write more' })))
    const event = answer.json<{ requestContext: { authorizer: { jwt: { scopes: unknown } } } }>()
    expect(event.requestContext.authorizer.jwt.scopes).toEqual(['write', 'more'])
  })
})

describe('Lambda authorizers', () => {
  test('answer yes or no, are kept, and can be forgotten', async () => {
    const id = await makeApi()
    const AuthorizerId = await authorizer(id, { EnableSimpleResponses: true, AuthorizerResultTtlInSeconds: 60 })
    await route(id, 'GET /a', { AuthorizationType: 'CUSTOM', AuthorizerId })
    const get = (value?: string) => ask(url(id, '/a'), { headers: value === undefined ? {} : { token: value } })
    const refused = async (value?: string) => {
      const { status, text } = await get(value)
      return [status, text]
    }
    expect(await refused()).toEqual([401, '{"message":"Unauthorized"}'])
    expect(await refused('no')).toEqual([403, '{"message":"Forbidden"}'])
    expect(await refused('broken')).toEqual([500, '{"message":"Internal Server Error"}'])
    const context = async () =>
      (await get('yes')).json<{
        requestContext: { authorizer: { lambda: { at: string; n: number; identity: string[] } } }
      }>().requestContext.authorizer.lambda
    const first = await context()
    expect(first).toMatchObject({ n: 1, identity: ['yes'] })
    expect(await context()).toEqual(first)
    node.clock.advance(61_000)
    const second = await context()
    expect(second).not.toEqual(first)
    await client.send(new ResetAuthorizersCacheCommand({ ApiId: id, StageName: '$default' }))
    expect(await context()).not.toEqual(second)
  })

  test('answer with a policy in format 1.0', async () => {
    const id = await makeApi()
    const more = { AuthorizerPayloadFormatVersion: '1.0', AuthorizerResultTtlInSeconds: 0 }
    const AuthorizerId = await authorizer(id, more)
    await route(id, 'GET /a', { AuthorizationType: 'CUSTOM', AuthorizerId }, { PayloadFormatVersion: '1.0' })
    expect((await ask(url(id, '/a'), { headers: { token: 'no' } })).status).toBe(403)
    const answer = await ask(url(id, '/a'), { headers: { token: 'yes' } })
    expect(answer.json<{ requestContext: object }>().requestContext).toMatchObject({
      authorizer: { principalId: 'ann', at: expect.any(String) },
    })
  })
})

test('AWS_IAM asks for a signature, and the event says whose it is', async () => {
  const id = await makeApi()
  await route(id, 'GET /a', { AuthorizationType: 'AWS_IAM' })
  expect(await ask(url(id, '/a'))).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' })
  const answer = await signed(url(id, '/a'), { accessKeyId: 'test', secretAccessKey: 'test' }, {}, 'execute-api')
  expect(answer.status).toBe(200)
  const event = (await answer.json()) as { requestContext: { authorizer: { iam: object } } }
  expect(event.requestContext.authorizer.iam).toMatchObject({ accessKey: 'test', cognitoIdentity: null })
})

describe('stages', () => {
  test('throttle their routes, and one by itself', async () => {
    const id = await makeApi()
    await route(id, 'GET /a')
    await route(id, 'GET /b')
    await client.send(
      new UpdateStageCommand({
        ApiId: id,
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0.001 },
        RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100 } },
      }),
    )
    expect((await ask(url(id, '/a'))).status).toBe(200)
    expect(await ask(url(id, '/a'))).toMatchObject({ status: 429, text: '{"message":"Too Many Requests"}' })
    for (let n = 0; n < 3; n++) expect((await ask(url(id, '/b'))).status).toBe(200)
  })

  test('write an access log', async () => {
    const id = await makeApi()
    await route(id, 'GET /a/{x}')
    const DestinationArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/http/access'
    const Format = '$context.requestId $context.routeKey $context.status $context.identity.sourceIp'
    const AccessLogSettings = { DestinationArn, Format }
    await client.send(new UpdateStageCommand({ ApiId: id, StageName: '$default', AccessLogSettings }))
    const answer = await ask(url(id, '/a/1'))
    const logs = node.client(CloudWatchLogsClient)
    await vi.waitFor(async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/http/access' }))
      expect(events.map(({ message }) => message)).toEqual([
        `${answer.headers['apigw-requestid']} GET /a/{x} 200 127.0.0.1`,
      ])
    }, patiently)
    logs.destroy()
  })
})

describe('integrations', () => {
  test('with servers pass on requests and answers, parameters mapped on both ways', async () => {
    const id = await makeApi()
    await route(
      id,
      'ANY /to/{proxy+}',
      {},
      {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: `${base}/in/{proxy}`,
        RequestParameters: {
          'append:header.x-added': '$request.querystring.q',
          'overwrite:querystring.stage': 'at-${context.stage}',
          'remove:header.x-gone': "''",
        },
        ResponseParameters: {
          '201': {
            'overwrite:statuscode': '202',
            'append:header.x-new': '$response.body.url',
            'remove:header.x-old': "''",
          },
        },
      },
    )
    const answer = await ask(url(id, '/to/a/b?q=1'), { headers: { 'x-gone': 'x', 'x-added': '0' } })
    expect(answer.status).toBe(202)
    const seen = answer.json<{ url: string; headers: Record<string, string> }>()
    expect(seen.url).toBe('/in/a/b?q=1&stage=at-%24default')
    expect(seen.headers).toMatchObject({ 'x-added': '0,1', via: 'HTTP/1.1 AmazonAPIGateway' })
    expect(seen.headers).not.toHaveProperty('x-gone')
    expect(answer.headers['x-new']).toBe(seen.url)
    expect(answer.headers).not.toHaveProperty('x-old')
  })

  test('that send messages do so as their role, and not beyond it', async () => {
    const sqs = node.client(SQSClient)
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'taken' }))
    const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }
    const role = await makeRole(node, 'sender', [statement], 'apigateway.amazonaws.com')
    const none = await makeRole(node, 'idle', [], 'apigateway.amazonaws.com')
    const id = await makeApi()
    for (const [path, CredentialsArn] of [
      ['/send', role],
      ['/idle', none],
    ] as const) {
      await route(
        id,
        `POST ${path}`,
        {},
        {
          IntegrationSubtype: 'SQS-SendMessage',
          PayloadFormatVersion: '1.0',
          CredentialsArn,
          RequestParameters: { QueueUrl, MessageBody: '$request.body.text' },
        },
      )
    }
    const post = (path: string) => ask(url(id, path), { method: 'POST', body: '{"text":"hello"}' })
    expect((await post('/idle')).status).toBe(403)
    const answer = await post('/send')
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<MessageId>')])
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    expect(Messages?.map(({ Body }) => Body)).toEqual(['hello'])
    await expect(
      route(id, 'POST /x', {}, { IntegrationSubtype: 'StepFunctions-StartExecution', CredentialsArn: role }),
    ).rejects.toMatchObject({ message: expect.stringContaining('StepFunctions-StartExecution') })
    sqs.destroy()
  })
})

test('an API can be made with its target, and be given another', async () => {
  const id = await makeApi({ Target: functionArn('echo'), RouteKey: 'GET /quick' })
  expect((await ask(url(id, '/quick'))).json()).toMatchObject({ routeKey: 'GET /quick' })
  await client.send(new UpdateApiCommand({ ApiId: id, Target: `${base}/other`, RouteKey: '$default' }))
  expect((await ask(url(id, '/anything'))).json()).toMatchObject({ url: '/other' })
})
