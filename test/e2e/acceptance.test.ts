import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2'
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListExportsCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import {
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListTagsCommand,
} from '@aws-sdk/client-lambda'
import { DeleteObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { copyOfService, type Folder, temporaryFolder } from './folder.ts'
import { lastingPort } from './lasting-port.ts'
import { type Background, background, osls } from './process.ts'

const minutesMs = 60_000
const region = 'eu-central-1'
const soon = { timeout: 45_000, interval: 100 }

/** A service with most of what services have, from the first deployment to the last trace of it. One story, in order. */
describe('a service of eight functions', { timeout: 3 * minutesMs }, () => {
  let service: Folder
  let data: Folder
  let node: Background
  let endpoint: string
  let port: string

  beforeAll(async () => {
    service = await copyOfService('test/e2e/parcels')
    data = await temporaryFolder()
    port = await lastingPort()
    await startNode()
  })

  afterAll(async () => {
    await node?.[Symbol.asyncDispose]()
    await service?.[Symbol.asyncDispose]()
    await data?.[Symbol.asyncDispose]()
  })

  async function startNode(): Promise<void> {
    node = background(['start', '--dev', '--no-isolation', '--port', port, '--data', data.path], { outlivesTest: true })
    endpoint = (await node.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint!
  }

  function client<C>(ctor: new (config: object) => C): C {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    return new ctor({ endpoint, region, credentials, forcePathStyle: true })
  }

  const tool = async (...args: string[]) => {
    const { code, out, err } = await osls(args, endpoint, service.path)
    return { code, said: out + err }
  }
  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, said } = await tool(...args)
    expect([code, said]).toEqual([0, said])
    return said
  }

  async function stack() {
    const { Stacks } = await client(CloudFormationClient).send(new DescribeStacksCommand({ StackName: 'parcels-dev' }))
    return Stacks![0]!
  }
  async function output(name: string): Promise<string> {
    return (await stack()).Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? ''
  }
  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const url = `${endpoint}/_aws/execute-api/${await output('HttpApiId')}${path}`
    const sent =
      body === undefined || body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body)
    return await fetch(url, { method, headers, ...(sent === undefined ? {} : { body: sent as string }) })
  }
  /** The stage's URL, which osls shows as the service's endpoint. */
  async function restUrl(): Promise<string> {
    const [, id, stage] = /^https:\/\/(\w+)\.execute-api\.[^/]+\/(\w+)$/.exec(await output('ServiceEndpoint'))!
    return `${endpoint}/_aws/execute-api/${id}/${stage}`
  }
  /** Past the visibility timeout of every queue here. */
  const advanceClock = () => fetch(`${endpoint}/_landfall/clock`, { method: 'POST', body: '{"advanceMs":65000}' })
  const register = async (id: string, more: Record<string, unknown> = {}) => {
    const response = await call('POST', '/parcels', { id, customer: 'ada', ...more })
    return { status: response.status, ...((await response.json()) as Record<string, unknown>) }
  }
  const lookup = async (id: string) =>
    (await (await call('GET', `/parcels/${encodeURIComponent(id)}`)).json()) as Record<string, unknown>
  const labelled = (id: string) =>
    vi.waitFor(async () => expect(await lookup(id)).toMatchObject({ status: 'labelled' }), soon)

  async function edit(file: string, from: string, to: string): Promise<() => Promise<void>> {
    const path = join(service.path, file)
    const before = await readFile(path, 'utf8')
    expect(before).toContain(from)
    await writeFile(path, before.replace(from, to))
    return () => writeFile(path, before)
  }

  test('deploys, with exports, tags, retention and reserved concurrency', async () => {
    expect(await succeeds('deploy')).toContain('Service deployed to stack parcels-dev')
    expect(await output('Everything')).toBe(
      `parcels-dev|${region}|arn:aws:dynamodb:${region}:000000000000:table/parcels-dev-register`,
    )
    const { Exports } = await client(CloudFormationClient).send(new ListExportsCommand({}))
    expect(Exports).toContainEqual(
      expect.objectContaining({ Name: 'parcels-dev-table', Value: 'parcels-dev-register' }),
    )
    const lambda = client(LambdaClient)
    const { FunctionName, FunctionArn } = (await lambda.send(new ListFunctionsCommand())).Functions!.find((each) =>
      each.FunctionName?.endsWith('-route'),
    )!
    expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).toMatchObject({
      ReservedConcurrentExecutions: 2,
    })
    expect((await lambda.send(new ListTagsCommand({ Resource: FunctionArn }))).Tags).toMatchObject({
      team: 'logistics',
      costCentre: '4711',
    })
    const { logGroups } = await client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand())
    expect(logGroups?.map(({ retentionInDays }) => retentionInDays)).toEqual(Array(8).fill(14))
  })

  test('what is registered goes through queues to bucket, table and an ordered ledger', async () => {
    expect(await register('p1', { at: 1 })).toEqual({ status: 201, id: 'p1', version: 'one', carrier: 'ground' })
    expect((await register('p1')).status).toBe(409)
    expect((await call('POST', '/parcels', {})).status).toBe(400)
    for (const n of [2, 3, 4]) expect((await register(`p${n}`, { at: n })).status).toBe(201)
    for (const n of [1, 2, 3, 4]) await labelled(`p${n}`)
    await vi.waitFor(async () => expect((await lookup('ledger#ada')).entries).toHaveLength(4), soon)
    expect(await (await call('GET', '/files/labels/')).json()).toEqual([1, 2, 3, 4].map((n) => `labels/p${n}.txt`))
    expect(await (await call('GET', '/customers/ada/parcels?since=2')).json()).toEqual(['p4', 'p3', 'p2'])
  })

  test('greedy paths carry any bytes, $default takes the rest, and Python counts', async () => {
    const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)
    const type = { 'content-type': 'application/octet-stream' }
    expect(await (await call('PUT', '/files/a/b%20c.bin', bytes, type)).json()).toEqual({
      stored: 'a/b c.bin',
      sizeBytes: 5_000,
    })
    const read = await call('GET', '/files/a/b%20c.bin')
    expect(read.headers.get('content-type')).toBe('application/octet-stream')
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes)
    const other = await call('DELETE', '/some/where?q=1&q=2', undefined, { cookie: 'x=1' })
    expect([other.status, other.headers.get('set-cookie'), await other.json()]).toEqual([
      404,
      'seen=1; Path=/',
      { routeKey: '$default', rawPath: '/some/where', rawQueryString: 'q=1&q=2', cookies: ['x=1'], method: 'DELETE' },
    ])
    const report = await call('POST', '/reports', 'customer,kg\nada,1.5\nada,2\nbob,7\n')
    expect(await report.json()).toMatchObject({
      kg: { ada: 3.5, bob: 7 },
      function: 'parcels-dev-report',
      inTime: true,
    })
    expect((await call('POST', '/reports', 'customer,kg\nada,much\n')).status).toBe(500)
  })

  test('the REST API reaches the same function, in its stage, and answers preflights', async () => {
    const url = `${await restUrl()}/old/reports/2026`
    const report = await fetch(url, { method: 'POST', body: 'customer,kg\nada,2\n' })
    expect([report.status, report.headers.get('x-report')]).toEqual([200, 'kg'])
    expect(await report.json()).toMatchObject({ kg: { ada: 2 }, function: 'parcels-dev-report' })
    const preflight = await fetch(url, { method: 'OPTIONS' })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    expect((await fetch(`${await restUrl()}/old/reports`)).status).toBe(403)
  })

  test('a function has a URL of its own', async () => {
    const [, id] = /^https?:\/\/(?:[^/]*\/_aws\/lambda-url\/)?(\w+)/.exec(await output('FallbackLambdaFunctionUrl'))!
    const answer = await fetch(`${endpoint}/_aws/lambda-url/${id}/by/url?q=1`)
    expect([answer.status, await answer.json()]).toMatchObject([404, { rawPath: '/by/url', rawQueryString: 'q=1' }])
  })

  test('CORS answers the origin that is configured, and no other', async () => {
    const ask = (origin: string) =>
      call('OPTIONS', '/parcels', undefined, { origin, 'access-control-request-method': 'POST' })
    const allowed = (await ask('https://parcels.example')).headers
    expect(allowed.get('access-control-allow-origin')).toBe('https://parcels.example')
    expect(allowed.get('access-control-allow-methods')).toBe('GET,POST,PUT')
    expect(allowed.get('access-control-max-age')).toBe('600')
    expect((await ask('https://else.example')).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('what fails again and again ends in the queue for it, and nothing else does', async () => {
    expect((await register('bad', { customer: 'bob', kind: 'cursed' })).status).toBe(201)
    await succeeds('invoke', '-f', 'notify', '-d', '{"customer":"nobody"}', '--type', 'Event')
    await succeeds('invoke', '-f', 'notify', '-d', '{"customer":"ada"}', '--type', 'Event')
    const sqs = client(SQSClient)
    const received = async (name: string) => {
      const QueueUrl = await output(name)
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }))
      return Messages.map(({ Body }) => JSON.parse(Body!))
    }
    const moved = async () => {
      await advanceClock()
      return [...(await received('FailedUrl')), ...(await received('UndeliveredUrl'))]
    }
    await vi.waitFor(async () => expect(await moved()).toHaveLength(2), soon)
    const [failed] = await received('FailedUrl')
    expect(failed).toMatchObject({ id: 'bad', kind: 'cursed' })
    const [undelivered] = await received('UndeliveredUrl')
    expect(undelivered).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { customer: 'nobody' },
      responsePayload: { errorMessage: 'nobody to notify' },
    })
  })

  test('osls shows results, logs, figures and what is deployed', async () => {
    const said = await succeeds('invoke', '-f', 'report', '-d', '{"csv":"customer,kg\\nada,1"}', '--log')
    expect(said).toContain('report on 1 customers')
    const failed = await tool('invoke', '-f', 'report', '-d', '{"csv":"customer,kg\\nada,x"}')
    expect(failed.code).toBe(1)
    expect(failed.said).toContain('"errorType": "ValueError"')
    await vi.waitFor(async () => expect(await succeeds('logs', '-f', 'ledger')).toContain('entered p4 for ada'), soon)
    expect(await succeeds('info')).toMatch(/POST - .*\/parcels\n[\s\S]*notify: parcels-dev-notify/)
    expect(await succeeds('metrics')).toMatch(/invocations: [1-9]\d*\n[\s\S]*errors: [1-9]/)
    expect(await succeeds('metrics', '-f', 'fallback')).toMatch(/invocations: 2\n[\s\S]*errors: 0/)
    expect(await succeeds('deploy', 'list', 'functions')).toMatch(/register\n {2}All versions: \$LATEST, 1\n/)
  })

  test('code and settings that changed are deployed, and data stays', async () => {
    await edit('src/shared.js', `'one'`, `'two'`)
    await succeeds('deploy', '--param', 'carrier=sea', '--param', 'retentionDays=30')
    expect(await register('q1')).toMatchObject({ version: 'two', carrier: 'sea' })
    expect(await lookup('p1')).toMatchObject({ carrier: 'ground', status: 'labelled' })
    const { logGroups } = await client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand())
    expect(logGroups?.[0]?.retentionInDays).toBe(30)
    await edit('src/shared.js', `'two'`, `'three'`)
    await succeeds('deploy', 'function', '-f', 'register')
    expect(await register('q2')).toMatchObject({ version: 'three' })
  })

  test('rolls back to the first deployment', async () => {
    const timestamps = [...(await succeeds('deploy', 'list')).matchAll(/Timestamp: (\d+)/g)]
    await succeeds('rollback', '--timestamp', timestamps[0]![1]!)
    expect(await register('s1')).toMatchObject({ version: 'one', carrier: 'ground' })
  })

  const wrong: [what: string, from: string, to: string, reason: RegExp][] = [
    ['a property has a bad value', 'VisibilityTimeout: 60', 'VisibilityTimeout: 99999', /VisibilityTimeout.*43200/],
    ['a property is unknown', 'BillingMode:', 'Bogus: 1\n        BillingMode:', /Parcels.*unsupported property Bogus/],
    [
      'a type is not here',
      'Undelivered:\n',
      'Cluster: { Type: AWS::MSK::Cluster, Properties: { ClusterName: c } }\n    Undelivered:\n',
      /\[AWS::MSK::Cluster\]/,
    ],
    [
      'an event is not here',
      '    events:\n',
      "    events:\n      - iot: { sql: SELECT * FROM 'some_topic' }\n",
      /\[AWS::IoT::TopicRule\]/,
    ],
    [
      'a role is not there',
      '  fallback:\n',
      '  fallback:\n    role: arn:aws:iam::000000000000:role/not-there\n',
      /FallbackLambdaFunction[\s\S]*role defined for the function cannot be assumed/,
    ],
  ]
  test.each(wrong)('a deployment in which %s says so and changes nothing', async (_, from, to, reason) => {
    const undo = await edit('serverless.yml', from, to)
    const { code, said } = await tool('deploy')
    await undo()
    expect(code).toBe(1)
    expect(said).toMatch(reason)
    // osls ends with the first error; the stack is then still on its way back.
    await vi.waitFor(async () => expect((await stack()).StackStatus).toMatch(/^UPDATE(_ROLLBACK)?_COMPLETE$/), soon)
    expect((await call('GET', '/parcels/p1')).status).toBe(200)
  })

  test('after one that failed half way the same code can be deployed', async () => {
    const undo = await edit('serverless.yml', 'reservedConcurrency: 2', 'reservedConcurrency: 5000')
    const { code, said } = await tool('deploy', '--force')
    await undo()
    expect([code, said]).toEqual([1, expect.stringContaining('UnreservedConcurrentExecution')])
    await vi.waitFor(async () => expect((await stack()).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE'), soon)
    await succeeds('deploy', '--force')
    expect(await register('r1')).toMatchObject({ status: 201, version: 'three' })
  })

  test('a node that was killed goes on where it was', async () => {
    expect((await register('k1')).status).toBe(201)
    await node.stop('SIGKILL')
    await startNode()
    // Whoever had the message when the node died has it until its visibility timeout ends.
    await advanceClock()
    await labelled('k1')
    expect((await register('k2')).status).toBe(201)
    await labelled('k2')
  })

  test('is removed, and nothing of it is left', async () => {
    const Bucket = await output('Bucket')
    const full = await tool('remove')
    expect([full.code, full.said]).toEqual([1, expect.stringMatching(/Labels[\s\S]*not empty/)])
    const s3 = client(S3Client)
    for (const { Key } of (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    }
    expect(await succeeds('remove')).toContain('successfully removed')
    const { StackSummaries } = await client(CloudFormationClient).send(new ListStacksCommand({}))
    expect(StackSummaries?.map(({ StackStatus }) => StackStatus)).toEqual(['DELETE_COMPLETE'])
    expect(await leftovers()).toEqual({})
  })

  /** Everything of a region that a stack makes, by kind; kinds of which there is nothing left out. */
  async function leftovers(): Promise<Record<string, unknown>> {
    const lambda = client(LambdaClient)
    const found = {
      queues: (await client(SQSClient).send(new ListQueuesCommand({}))).QueueUrls,
      tables: (await client(DynamoDBClient).send(new ListTablesCommand({}))).TableNames,
      buckets: (await client(S3Client).send(new ListBucketsCommand({}))).Buckets,
      logGroups: (await client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand())).logGroups,
      functions: (await lambda.send(new ListFunctionsCommand())).Functions,
      mappings: (await lambda.send(new ListEventSourceMappingsCommand())).EventSourceMappings,
      roles: (await client(IAMClient).send(new ListRolesCommand())).Roles,
      apis: (await client(ApiGatewayV2Client).send(new GetApisCommand())).Items,
      restApis: (await client(APIGatewayClient).send(new GetRestApisCommand({}))).items,
      exports: (await client(CloudFormationClient).send(new ListExportsCommand({}))).Exports,
    }
    return Object.fromEntries(Object.entries(found).filter(([, items]) => items !== undefined && items.length > 0))
  }
})
