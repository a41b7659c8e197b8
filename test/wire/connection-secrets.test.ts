import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteConnectionCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListConnectionsCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  UpdateConnectionCommand,
} from '@aws-sdk/client-eventbridge'
import { CreatePipeCommand, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { askNode } from '../../src/control.ts'
import { startNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'
import { makeQueue, take } from './scheduler-support.ts'

type Wanted = Pick<CreateConnectionCommandInput, 'AuthorizationType' | 'AuthParameters'>

const patient = { timeout: 45_000 }
/** Each of them is looked for in all that the node says. */
const secrets = ['s3cret-password', 's3cret-key', 's3cret-client', 's3cret-header', 's3cret-query', 's3cret-body']
const [password, key, client, header, query, body] = secrets as [string, string, string, string, string, string]
const token = 's3cret-token'

const InvocationHttpParameters = {
  HeaderParameters: [{ Key: 'x-of-connection', Value: header, IsValueSecret: true }],
  QueryStringParameters: [{ Key: 'q', Value: query, IsValueSecret: true }],
  BodyParameters: [{ Key: 'b', Value: body, IsValueSecret: true }],
}

const kinds = (base: string): Readonly<Record<string, Wanted>> => ({
  basic: {
    AuthorizationType: 'BASIC',
    AuthParameters: { BasicAuthParameters: { Username: 'ann', Password: password }, InvocationHttpParameters },
  },
  key: {
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: key }, InvocationHttpParameters },
  },
  oauth: {
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        AuthorizationEndpoint: `${base}/token`,
        HttpMethod: 'POST',
        ClientParameters: { ClientID: 'id', ClientSecret: client },
      },
      InvocationHttpParameters,
    },
  },
  refused: {
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        AuthorizationEndpoint: `${base}/no-token`,
        HttpMethod: 'POST',
        ClientParameters: { ClientID: 'id', ClientSecret: client },
      },
    },
  },
})

test('secrets of connections are in what endpoints are sent, and in nothing else that the node says or keeps', async () => {
  const sent: string[] = []
  let status = 200
  await using server = createServer(async (request, response) => {
    const text = JSON.stringify([request.url, request.headers, (await buffer(request)).toString()])
    sent.push(text)
    if (request.url === '/token') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }))
      return
    }
    // An endpoint that tells everybody what it was told.
    response.writeHead(request.url === '/no-token' ? 400 : status).end(text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const logged: string[] = []
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => logged.push(String(line)) > 0)
  await using node = await startNode({ logLevel: 'debug' })
  const events = node.client(EventBridgeClient)
  const said: unknown[] = []
  const dead = await makeQueue(node)
  const Statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: '*', Resource: dead.arn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: dead.url, Attributes: { Policy } }))
  const allowed = [{ Effect: 'Allow', Action: ['events:InvokeApiDestination', 'sqs:*'], Resource: '*' }]
  const RoleArn = await makeRole(node, 'caller', allowed, 'events.amazonaws.com')
  const pipeRole = await makeRole(node, 'carrier', allowed, 'pipes.amazonaws.com')

  const wanted = kinds(base)
  for (const [Name, given] of Object.entries(wanted)) {
    said.push(await events.send(new CreateConnectionCommand({ Name, ...given })))
    await vi.waitFor(async () => {
      // What is refused is tried again for a while.
      if (Name === 'refused') node.clock.advance(10_000)
      const found = await events.send(new DescribeConnectionCommand({ Name }))
      said.push(found)
      expect(found.ConnectionState).toBe(Name === 'refused' ? 'DEAUTHORIZED' : 'AUTHORIZED')
    }, patient)
    said.push(await events.send(new UpdateConnectionCommand({ Name, ...given, Description: 'again' })))
    if (Name === 'refused') continue
    const { ConnectionArn } = await events.send(new DescribeConnectionCommand({ Name }))
    const { ApiDestinationArn: Arn } = await events.send(
      new CreateApiDestinationCommand({
        Name,
        ConnectionArn,
        HttpMethod: 'POST',
        InvocationEndpoint: `${base}/${Name}`,
      }),
    )
    await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify({ source: [Name] }) }))
    const retry = { DeadLetterConfig: { Arn: dead.arn }, RetryPolicy: { MaximumRetryAttempts: 0 } }
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 't', Arn, RoleArn, ...retry }] }))
    said.push(await events.send(new ListTargetsByRuleCommand({ Rule: Name })))
  }
  const tell = (Source: string) =>
    events.send(new PutEventsCommand({ Entries: [{ Source, DetailType: 'Order', Detail: '{"n":1}' }] }))
  for (const name of ['basic', 'key', 'oauth']) {
    status = 200
    const before = sent.length
    await tell(name)
    await vi.waitFor(() => expect(sent.slice(before).some((one) => one.includes(`"/${name}?`))).toBe(true), patient)
    status = 400
    await tell(name)
    said.push(await take(node, dead.url, 1))
  }

  const from = await makeQueue(node)
  const [Target] = (await events.send(new ListTargetsByRuleCommand({ Rule: 'key' }))).Targets!.map(({ Arn }) => Arn)
  const pipe = { Name: 'pipe', RoleArn: pipeRole, Source: from.arn, Target }
  await node.client(PipesClient).send(new CreatePipeCommand(pipe))
  await node.client(SQSClient).send(new SendMessageCommand({ QueueUrl: from.url, MessageBody: '{}' }))
  await vi.waitFor(async () => {
    const found = await node.client(PipesClient).send(new DescribePipeCommand({ Name: 'pipe' }))
    said.push(found)
    expect(found.StateReason).toContain('400')
  }, patient)

  // Waits, and says in the list of deliveries why.
  status = 500
  await events.send(new PutTargetsCommand({ Rule: 'key', Targets: [{ Id: 't', Arn: Target, RoleArn }] }))
  await tell('key')
  const asking = {
    endpoint: node.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  await vi.waitFor(async () => {
    const waiting = JSON.stringify(await askNode(asking, '/_landfall/deliveries'))
    said.push(waiting)
    expect(waiting).toContain('api-destination/key')
  }, patient)
  said.push(await events.send(new ListConnectionsCommand({})))
  for (const Name of Object.keys(wanted)) said.push(await events.send(new DeauthorizeConnectionCommand({ Name })))
  for (const Name of Object.keys(wanted)) said.push(await events.send(new DeleteConnectionCommand({ Name })))

  const [basic, oauth] = [`ann:${password}`, `id:${client}`].map((pair) => Buffer.from(pair).toString('base64'))
  const told = sent.join('\n')
  for (const secret of [basic, oauth, key, header, query, body, token]) expect(told).toContain(secret)
  await node.node.close()
  spy.mockRestore()
  const kept = files(node.dataDir).map((path) => readFileSync(path).toString('latin1'))
  expect(kept.some((text) => text.includes('api-destination/basic'))).toBe(true)
  const nowhere = { log: logged.join(''), answers: JSON.stringify(said), store: kept.join('') }
  expect(nowhere.log).not.toBe('')
  for (const [where, text] of Object.entries(nowhere)) {
    const found = [...secrets, token, basic!, oauth!].filter((secret) => text.includes(secret))
    expect(found, where).toEqual([])
  }
})

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}
