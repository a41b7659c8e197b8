import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
} from '@aws-sdk/client-eventbridge'
import { CreatePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'
import { bodies, makeQueue, take, unique } from './scheduler-support.ts'

interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let node: TestNode
/** When it is, for a test in which time stands still but for what it is moved by. */
let standsAtMs: number | undefined
let server: Server
let base = ''
let RoleArn: string
let pipeRole: string
const got: Got[] = []
/** What paths answer, one after the other: 200 when there is nothing left. */
const answers = new Map<string, { status: number; body?: string }[]>()
const events = () => node.client(EventBridgeClient)
const at = (path: string) => got.filter((one) => one.path.startsWith(path))

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    got.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
    const { status, body = '' } = answers.get(url.split('?')[0]!)?.shift() ?? { status: 200 }
    response.writeHead(status).end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  node = await startNode({ isolation: false, hostMs: () => standsAtMs ?? Date.now() })
  const Statement = [{ Effect: 'Allow', Action: ['events:InvokeApiDestination', 'sqs:*'], Resource: '*' }]
  RoleArn = await makeRole(node, 'calling', Statement, 'events.amazonaws.com')
  pipeRole = await makeRole(node, 'piping', Statement, 'pipes.amazonaws.com')
})
afterAll(async () => {
  await node?.close()
  server?.close()
})

const apiKey = { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'sesame' } }

async function connect(more: Partial<CreateConnectionCommandInput> = {}) {
  const Name = unique('connection')
  const given = { Name, AuthorizationType: 'API_KEY' as const, AuthParameters: apiKey, ...more }
  const { ConnectionArn } = await events().send(new CreateConnectionCommand(given))
  return { Name, ConnectionArn: ConnectionArn! }
}

async function destination(path: string, ConnectionArn: string, InvocationRateLimitPerSecond?: number) {
  const Name = unique('destination')
  const made = await events().send(
    new CreateApiDestinationCommand({
      ...{ Name, ConnectionArn, InvocationEndpoint: `${base}${path}`, HttpMethod: 'POST' },
      ...(InvocationRateLimitPerSecond && { InvocationRateLimitPerSecond }),
    }),
  )
  return { Name, Arn: made.ApiDestinationArn! }
}

/** Sends events of a source of their own to a destination; answers how to put one. */
async function ruleTo(Arn: string, more: Partial<Target> = {}) {
  const Source = unique('shop')
  await events().send(new PutRuleCommand({ Name: Source, EventPattern: JSON.stringify({ source: [Source] }) }))
  await events().send(new PutTargetsCommand({ Rule: Source, Targets: [{ Id: 'api', Arn, RoleArn, ...more }] }))
  return (detail: object) =>
    events().send(new PutEventsCommand({ Entries: [{ Source, DetailType: 'Order', Detail: JSON.stringify(detail) }] }))
}

const seen = (path: string, count: number) =>
  vi.waitFor(
    () => {
      node.clock.advance(1_000)
      expect(at(path)).toHaveLength(count)
      return at(path)
    },
    { timeout: 45_000, interval: 50 },
  )

test('an event goes to an endpoint, with the key and what connection and target add, over a restart too', async () => {
  const { Name, ConnectionArn } = await connect({
    AuthParameters: {
      ...apiKey,
      InvocationHttpParameters: {
        HeaderParameters: [{ Key: 'x-app', Value: 'hidden', IsValueSecret: true }],
        QueryStringParameters: [{ Key: 'v', Value: '2' }],
        BodyParameters: [{ Key: 'tenant', Value: 'acme' }],
      },
    },
  })
  const { Arn } = await destination('/orders/*/lines', ConnectionArn)
  const put = await ruleTo(Arn, {
    InputPath: '$.detail',
    HttpParameters: { PathParameterValues: ['$.detail.id'], HeaderParameters: { 'X-Kind': 'order', 'x-key': 'mine' } },
  })
  await put({ id: 'a/1' })
  const [first] = await seen('/orders/a%2F1/lines', 1)
  expect(first).toMatchObject({ method: 'POST', path: '/orders/a%2F1/lines?v=2' })
  expect(first!.headers).toMatchObject({ 'x-key': 'sesame', 'x-app': 'hidden', 'x-kind': 'order' })
  expect(JSON.parse(first!.body)).toEqual({ id: 'a/1', tenant: 'acme' })

  const described = await events().send(new DescribeConnectionCommand({ Name }))
  expect(described).toMatchObject({ ConnectionState: 'AUTHORIZED', AuthorizationType: 'API_KEY' })
  expect(JSON.stringify(described)).not.toMatch(/sesame|hidden/)
  const secret = await node
    .client(SecretsManagerClient)
    .send(new GetSecretValueCommand({ SecretId: described.SecretArn! }))
  expect(secret.Name).toMatch(new RegExp(`^events!connection/${Name}/`))

  await node.restart()
  await put({ id: 'b' })
  expect((await seen('/orders/b/lines', 1))[0]!.headers['x-key']).toBe('sesame')
})

test('what an endpoint does not take is tried again, or given up with its dead letter', async () => {
  const { ConnectionArn } = await connect({
    AuthorizationType: 'BASIC',
    AuthParameters: { BasicAuthParameters: { Username: 'ann', Password: 'pw' } },
  })
  answers.set('/flaky', [{ status: 503 }, { status: 429 }])
  const put = await ruleTo((await destination('/flaky', ConnectionArn)).Arn)
  await put({})
  const tries = await seen('/flaky', 3)
  expect(tries[2]!.headers.authorization).toBe(`Basic ${Buffer.from('ann:pw').toString('base64')}`)

  const dead = await deadLetters()
  answers.set('/bad', [{ status: 400 }])
  const { Arn } = await destination('/bad', ConnectionArn)
  await (await ruleTo(Arn, { DeadLetterConfig: { Arn: dead.arn } }))({})
  const [letter] = await take(node, dead.url, 1)
  expect(letter!.MessageAttributes).toMatchObject({ TARGET_ARN: { StringValue: Arn } })
  expect(at('/bad')).toHaveLength(1)

  const narrow = await makeRole(node, 'narrow', [], 'events.amazonaws.com')
  const { Arn: closed } = await destination('/closed', ConnectionArn)
  await (await ruleTo(closed, { DeadLetterConfig: { Arn: dead.arn }, RoleArn: narrow }))({})
  const [denied] = await take(node, dead.url, 1)
  expect(denied!.MessageAttributes).toMatchObject({
    ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
    ERROR_MESSAGE: { StringValue: expect.stringContaining('events:InvokeApiDestination') },
  })
  expect(at('/closed')).toEqual([])
})

/** A queue for what rules give up. */
async function deadLetters() {
  const dead = await makeQueue(node)
  const Principal = { Service: 'events.amazonaws.com' }
  const Statement = { Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: dead.arn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: dead.url, Attributes: { Policy } }))
  return dead
}

test('what an event makes of a request does not lead elsewhere, nor keep other events from the endpoint', async () => {
  const { ConnectionArn } = await connect({
    AuthParameters: { ...apiKey, InvocationHttpParameters: { BodyParameters: [{ Key: 'tenant', Value: 'acme' }] } },
  })
  const dead = await deadLetters()
  const { Arn } = await destination('/held/*/in', ConnectionArn)
  const put = await ruleTo(Arn, {
    DeadLetterConfig: { Arn: dead.arn },
    HttpParameters: { PathParameterValues: ['$.detail.path'], HeaderParameters: { 'x-name': '$.detail.name' } },
    InputTransformer: { InputPathsMap: { of: '$.detail.path' }, InputTemplate: '{of <of>' },
  })
  await put({ path: '..', name: 'a' })
  for (let n = 0; n < 12; n++) await put({ path: 'b', name: 'a\r\nx-key: mine' })
  const letters = await take(node, dead.url, 13)
  const codes = letters.map(({ MessageAttributes }) => MessageAttributes!.ERROR_CODE!.StringValue)
  expect(new Set(codes)).toEqual(new Set(['INVALID_PARAMETER']))
  await put({ path: 'c', name: 'a' })
  await vi.waitFor(() => expect(at('/held/')).toMatchObject([{ path: '/held/c/in', body: '{of "c"' }]), patiently)
  expect(at('/in')).toEqual([])
  const anywhere = { Name: 'anywhere', ConnectionArn, InvocationEndpoint: 'https://*.example.com/' }
  await expect(
    events().send(new CreateApiDestinationCommand({ ...anywhere, HttpMethod: 'POST' })),
  ).rejects.toMatchObject({ name: 'ValidationException' })
})

test('a secret that somebody has put something else into is told to nobody', async () => {
  const { Name, ConnectionArn } = await connect()
  const { SecretArn } = await events().send(new DescribeConnectionCommand({ Name }))
  const changed = new PutSecretValueCommand({ SecretId: SecretArn, SecretString: 'hunter2' })
  await node.client(SecretsManagerClient).send(changed)
  const dead = await deadLetters()
  const { Arn } = await destination('/mended', ConnectionArn)
  const put = await ruleTo(Arn, { DeadLetterConfig: { Arn: dead.arn }, RetryPolicy: { MaximumRetryAttempts: 0 } })
  await put({})
  const [letter] = await take(node, dead.url, 1)
  expect(letter!.MessageAttributes!.ERROR_MESSAGE!.StringValue).toContain('does not hold its parameters')
  expect(JSON.stringify(letter)).not.toContain('hunter2')
  await events().send(new UpdateConnectionCommand({ Name, AuthParameters: apiKey }))
  await put({})
  await seen('/mended', 1)
})

test('no more requests a second than were asked for', async () => {
  const { ConnectionArn } = await connect()
  const put = await ruleTo((await destination('/slow', ConnectionArn, 1)).Arn)
  // However slow the machine, no second passes.
  standsAtMs = Date.now()
  for (const n of [1, 2, 3]) await put({ n })
  await vi.waitFor(() => expect(at('/slow')).toHaveLength(1), patiently)
  await new Promise((done) => setTimeout(done, 300))
  expect(at('/slow')).toHaveLength(1)
  standsAtMs = undefined
  await seen('/slow', 3)
})

test('a token is fetched, used, and fetched again when it expires or is refused', async () => {
  const token = (access_token: string) => ({ status: 200, body: JSON.stringify({ access_token, expires_in: 600 }) })
  answers.set('/token', [token('t-1'), token('t-2'), token('t-3')])
  const { Name, ConnectionArn } = await connect({
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'me', ClientSecret: 'shh' },
        AuthorizationEndpoint: `${base}/token`,
        HttpMethod: 'POST',
        OAuthHttpParameters: { BodyParameters: [{ Key: 'audience', Value: 'shop' }] },
      },
    },
  })
  const state = async () => (await events().send(new DescribeConnectionCommand({ Name }))).ConnectionState
  await vi.waitFor(async () => expect(await state()).toBe('AUTHORIZED'), patiently)
  const [asked] = at('/token')
  expect(asked!.headers.authorization).toBe(`Basic ${Buffer.from('me:shh').toString('base64')}`)
  expect(asked!.body).toBe('grant_type=client_credentials&audience=shop')
  const put = await ruleTo((await destination('/guarded', ConnectionArn)).Arn)
  const used = () => at('/guarded').map(({ headers }) => headers.authorization)
  await put({})
  await seen('/guarded', 1)
  node.clock.advance(580_000)
  await put({})
  await seen('/guarded', 2)
  answers.set('/guarded', [{ status: 401 }])
  await put({})
  await seen('/guarded', 4)
  expect(used()).toEqual(['Bearer t-1', 'Bearer t-2', 'Bearer t-2', 'Bearer t-3'])

  // Those that find the token expired together get the same one.
  node.clock.advance(580_000)
  const asks = at('/token').length
  answers.set('/token', [token('t-4')])
  await Promise.all(Array.from({ length: 8 }, () => put({})))
  await seen('/guarded', 12)
  expect(at('/token').length).toBe(asks + 1)
  expect(used().slice(4)).toEqual(Array(8).fill('Bearer t-4'))
})

test('a page of connections that few belong on ends, and says where the next begins', async () => {
  const names = Array.from({ length: 3 }, (_, i) => `paged-${i}`)
  for (const Name of names) {
    const ApiKeyAuthParameters = { ApiKeyName: 'k', ApiKeyValue: 'v' }
    await connect({ Name, AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters } })
  }
  const list = (more: object) => events().send(new ListConnectionsCommand({ NamePrefix: 'paged-', ...more }))
  const first = await list({ Limit: 2, ConnectionState: 'AUTHORIZED' })
  const rest = await list({ NextToken: first.NextToken })
  expect([...first.Connections!, ...rest.Connections!].map(({ Name }) => Name)).toEqual(names)
  expect(rest.NextToken).toBeUndefined()
  expect((await list({ ConnectionState: 'DEAUTHORIZED' })).Connections).toEqual([])
})

test('a connection that gets no token, or is deauthorized, says so, and can be mended', async () => {
  const { Name, ConnectionArn } = await connect()
  const { Name: of } = await destination('/off', ConnectionArn)
  const state = async () => (await events().send(new DescribeApiDestinationCommand({ Name: of }))).ApiDestinationState
  expect(await state()).toBe('ACTIVE')
  await events().send(new DeauthorizeConnectionCommand({ Name }))
  expect(await state()).toBe('INACTIVE')
  const described = await events().send(new DescribeConnectionCommand({ Name }))
  expect(described).toMatchObject({ ConnectionState: 'DEAUTHORIZED' })
  expect(described.SecretArn).toBeUndefined()
  answers.set(
    '/none',
    Array.from({ length: 50 }, () => ({ status: 500 })),
  )
  const OAuthParameters = {
    ClientParameters: { ClientID: 'me', ClientSecret: 'shh' },
    AuthorizationEndpoint: `${base}/none`,
    HttpMethod: 'POST' as const,
  }
  const AuthorizationType = 'OAUTH_CLIENT_CREDENTIALS' as const
  await events().send(new UpdateConnectionCommand({ Name, AuthorizationType, AuthParameters: { OAuthParameters } }))
  await vi.waitFor(
    async () => {
      node.clock.advance(10_000)
      const found = await events().send(new DescribeConnectionCommand({ Name }))
      expect(found).toMatchObject({ ConnectionState: 'DEAUTHORIZED', StateReason: expect.stringContaining('500') })
    },
    { timeout: 45_000 },
  )
  const { Connections = [] } = await events().send(new ListConnectionsCommand({ NamePrefix: Name }))
  expect(Connections.map((one) => one.ConnectionArn)).toEqual([ConnectionArn])
  await events().send(new UpdateApiDestinationCommand({ Name: of, HttpMethod: 'PUT', InvocationRateLimitPerSecond: 7 }))
  const { ApiDestinations = [] } = await events().send(new ListApiDestinationsCommand({ ConnectionArn }))
  expect(ApiDestinations).toMatchObject([{ Name: of, HttpMethod: 'PUT', InvocationRateLimitPerSecond: 7 }])
  await events().send(new DeleteApiDestinationCommand({ Name: of }))
  await events().send(new DeleteConnectionCommand({ Name }))
  await expect(state()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(events().send(new DescribeConnectionCommand({ Name }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('a pipe asks an endpoint for more, and calls another', async () => {
  const { ConnectionArn } = await connect()
  const [from, Enrichment, Target] = [
    await makeQueue(node),
    (await destination('/enrich', ConnectionArn)).Arn,
    (await destination('/piped/*', ConnectionArn)).Arn,
  ]
  answers.set('/enrich', [{ status: 200, body: '{"n":8}' }])
  await node.client(PipesClient).send(
    new CreatePipeCommand({
      ...{ Name: unique('pipe'), RoleArn: pipeRole, Source: from.arn, Enrichment, Target },
      EnrichmentParameters: { InputTemplate: '<$.body>' },
      TargetParameters: { HttpParameters: { PathParameterValues: ['$.n'] } },
    }),
  )
  await node.client(SQSClient).send(new SendMessageCommand({ QueueUrl: from.url, MessageBody: '{"n":7}' }))
  expect(await seen('/piped/8', 1)).toMatchObject([{ body: '{"n":8}' }])
  expect(at('/enrich')).toMatchObject([{ body: '{"n":7}' }])
  expect(await bodies(node, from.url, 0)).toEqual([])
})

test('what is refused', async () => {
  const { ConnectionArn, Name } = await connect()
  const { Arn } = await destination('/refused', ConnectionArn)
  await events().send(new PutRuleCommand({ Name: 'refusing', EventPattern: '{"source":["none"]}' }))
  const targets = (more: Partial<Target>) =>
    events().send(new PutTargetsCommand({ Rule: 'refusing', Targets: [{ Id: 'a', Arn, RoleArn, ...more }] }))
  await expect(targets({ RoleArn: undefined })).rejects.toMatchObject({ message: expect.stringContaining('RoleArn') })
  await expect(targets({ Arn: 'arn:aws:sqs:us-east-1:000000000000:q', HttpParameters: {} })).rejects.toMatchObject({
    message: expect.stringContaining('HttpParameters'),
  })
  await expect(connect({ AuthParameters: {} })).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(
    events().send(new CreateConnectionCommand({ Name, AuthorizationType: 'API_KEY', AuthParameters: apiKey })),
  ).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
  await expect(destination('/x', `${ConnectionArn}0`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
