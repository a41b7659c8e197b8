import { createServer, type Server } from 'node:http'
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateAuthorizerCommand,
  type CreateAuthorizerCommandInput,
  CreateDeploymentCommand,
  CreateModelCommand,
  CreateRequestValidatorCommand,
  CreateUsagePlanCommand,
  type CreateUsagePlanCommandInput,
  CreateUsagePlanKeyCommand,
  FlushStageAuthorizersCacheCommand,
  GetGatewayResponsesCommand,
  GetModelsCommand,
  GetUsageCommand,
  PutGatewayResponseCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  type PutMethodCommandInput,
  TestInvokeMethodCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
  UpdateUsageCommand,
  UpdateUsagePlanCommand,
} from '@aws-sdk/client-api-gateway'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { earlyInTheHour, type KeyPair, patiently, startNode, type TestNode } from '../harness.ts'
import { ask, callable, functionArn, invocation, makeRestApi, type TestRestApi } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'
import { signed } from './signed-fetch.ts'

let node: TestNode
let client: APIGatewayClient
let server: Server
let serverUrl: string
let asked = 0

const echo = 'exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })'
const guard = `exports.handler = async (event) => {
  const token = event.authorizationToken ?? event.headers.token
  if (token === 'nobody') throw new Error('Unauthorized')
  if (token === 'broken') throw new Error('broken')
  if (token === 'odd') return { principalId: 'x', policyDocument: { Statement: [] }, context: { a: { b: 1 } } }
  return {
    principalId: 'ann',
    policyDocument: { Version: '2012-10-17', Statement: [{
      Action: 'execute-api:Invoke', Effect: token === 'deny' ? 'Deny' : 'Allow',
      Resource: token === 'other' ? event.methodArn + '/other' : event.methodArn.replace(/\\/[^/]*$/, '/*') }] },
    context: { at: String(process.hrtime.bigint()), number: 7, type: event.type },
    usageIdentifierKey: 'key-of-the-authorizer-01',
  }
}`

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  client = node.client(APIGatewayClient)
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'gateway-role')
  await callable(lambda, 'echo', role, echo)
  await callable(lambda, 'guard', role, guard)
  lambda.destroy()
  server = createServer((req, res) => {
    asked++
    if (req.url?.startsWith('/slow')) return
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      res.writeHead(req.url?.startsWith('/teapot') ? 418 : 200, { 'x-from': 'server', 'www-authenticate': 'Basic' })
      res.end(JSON.stringify({ url: req.url, headers: req.headers, body: Buffer.concat(chunks).toString() }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  serverUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  client?.destroy()
  server?.closeAllConnections()
  server?.close()
  await node?.close()
})

const url = (api: TestRestApi, path: string, stage = 'dev') =>
  `${node.endpoint}/_aws/execute-api/${api.id}/${stage}${path}`

async function method(api: TestRestApi, path: string, more: Partial<PutMethodCommandInput> = {}, httpMethod = 'GET') {
  const target = { restApiId: api.id, resourceId: await api.path(path), httpMethod }
  await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE', ...more }))
  const uri = invocation(functionArn('echo'))
  await client.send(new PutIntegrationCommand({ ...target, type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri }))
  return target
}

async function authorizer(api: TestRestApi, more: Partial<CreateAuthorizerCommandInput> = {}): Promise<string> {
  const { id = '' } = await client.send(
    new CreateAuthorizerCommand({
      restApiId: api.id,
      name: 'guard',
      type: 'TOKEN',
      authorizerUri: invocation(functionArn('guard')),
      identitySource: 'method.request.header.Auth',
      ...more,
    }),
  )
  return id
}

describe('Lambda authorizers', () => {
  let api: TestRestApi
  beforeAll(async () => {
    api = await makeRestApi(client, 'guarded')
    const authorizerId = await authorizer(api, { identityValidationExpression: '[a-z]+' })
    await method(api, '/token', { authorizationType: 'CUSTOM', authorizerId })
    await method(api, '/second', { authorizationType: 'CUSTOM', authorizerId })
    const whole = await authorizer(api, {
      name: 'whole',
      type: 'REQUEST',
      identitySource: 'method.request.header.token,method.request.querystring.q',
    })
    await method(api, '/request', { authorizationType: 'CUSTOM', authorizerId: whole })
    const endless = await authorizer(api, { name: 'endless', identityValidationExpression: '(a+)+' })
    await method(api, '/endless', { authorizationType: 'CUSTOM', authorizerId: endless })
    await api.deploy('dev')
  })
  const get = (path: string, headers: Record<string, string>) => ask(url(api, path), { headers })

  test('a token on which the expression never comes to an end is none, and others do not wait for it', async () => {
    const hostile = get('/endless', { auth: `${'a'.repeat(60)}!` })
    expect((await get('/token', { auth: '123' })).status).toBe(401)
    expect((await hostile).status).toBe(401)
  })

  test('who has no token, or not one of the form, is not authorized, and the function is not asked', async () => {
    for (const headers of [{}, { auth: '123' }]) {
      const answer = await get('/token', headers)
      expect([answer.status, answer.text]).toEqual([401, '{"message":"Unauthorized"}'])
      expect(answer.headers['x-amzn-errortype']).toBe('UnauthorizedException')
    }
  })

  test.each([
    ['nobody', 401, '{"message":"Unauthorized"}', 'UnauthorizedException'],
    ['broken', 500, '{"message":null}', 'AuthorizerFailureException'],
    ['odd', 500, '{"message":null}', 'AuthorizerConfigurationException'],
    [
      'deny',
      403,
      '{"Message":"User is not authorized to access this resource with an explicit deny"}',
      'AccessDeniedException',
    ],
    ['other', 403, '{"Message":"User is not authorized to access this resource"}', 'AccessDeniedException'],
  ])('the token %s is answered %i', async (token, status, text, type) => {
    const answer = await get('/token', { auth: token })
    expect([answer.status, answer.text, answer.headers['x-amzn-errortype']]).toEqual([status, text, type])
  })

  test('who is let in is told of in the event, in texts', async () => {
    const { requestContext } = (await get('/token', { auth: 'fine' })).json<{
      requestContext: { authorizer: Record<string, unknown> }
    }>()
    expect(requestContext.authorizer).toMatchObject({ principalId: 'ann', number: '7', type: 'TOKEN' })
  })

  test('an answer is kept for a token and all methods, until its time has passed or it is flushed', async () => {
    const at = async (path = '/token') =>
      (await get(path, { auth: 'kept' })).json<{ requestContext: { authorizer: { at: string } } }>().requestContext
        .authorizer.at
    const first = await at()
    expect(await at()).toBe(first)
    expect(await at('/second')).toBe(first)
    node.clock.advance(301_000)
    const second = await at()
    expect(second).not.toBe(first)
    await client.send(new FlushStageAuthorizersCacheCommand({ restApiId: api.id, stageName: 'dev' }))
    expect(await at()).not.toBe(second)
  })

  test('a REQUEST authorizer sees the request; all of its identity sources must be there', async () => {
    expect((await get('/request', { token: 'fine' })).status).toBe(401)
    const answer = await get('/request?q=1', { token: 'fine' })
    expect(answer.json<{ requestContext: { authorizer: object } }>().requestContext.authorizer).toMatchObject({
      type: 'REQUEST',
    })
  })

  test('pools of Cognito are refused by name, and an authorizer in use is not deleted', async () => {
    await expect(authorizer(api, { name: 'pool', type: 'COGNITO_USER_POOLS' })).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining('COGNITO_USER_POOLS'),
    })
    await expect(method(api, '/wrong', { authorizationType: 'CUSTOM', authorizerId: 'nosuch' })).rejects.toMatchObject({
      name: 'BadRequestException',
    })
  })
})

describe('IAM and the policies of APIs', () => {
  const user = async (name: string, statement: object): Promise<KeyPair> => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: name }))
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'own', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
    iam.destroy()
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  }

  test('AWS_IAM asks for a signature and for execute-api:Invoke on the path', async () => {
    const api = await makeRestApi(client, 'signed')
    await method(api, '/a', { authorizationType: 'AWS_IAM' })
    await api.deploy('dev')
    const missing = await ask(url(api, '/a'))
    expect([missing.status, missing.text]).toEqual([403, '{"message":"Missing Authentication Token"}'])
    const Resource = `arn:aws:execute-api:us-east-1:000000000000:${api.id}/dev/GET/a`
    const may = await user('may', { Effect: 'Allow', Action: 'execute-api:Invoke', Resource })
    const maynt = await user('maynt', { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${Resource}/b` })
    const answer = await signed(url(api, '/a'), may, {}, 'execute-api')
    expect(answer.status).toBe(200)
    const event = (await answer.json()) as { requestContext: { identity: object } }
    expect(event.requestContext.identity).toMatchObject({
      accessKey: may.accessKeyId,
      userArn: 'arn:aws:iam::000000000000:user/may',
    })
    const refused = await signed(url(api, '/a'), maynt, {}, 'execute-api')
    expect([refused.status, await refused.text()]).toEqual([
      403,
      `{"Message":"User: arn:aws:iam::000000000000:user/maynt is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:${api.id}/dev/GET/a"}`,
    ])
    const forged = await signed(url(api, '/a'), { ...may, secretAccessKey: 'x' }, {}, 'execute-api')
    expect([forged.status, forged.headers.get('x-amzn-errortype')]).toEqual([403, 'InvalidSignatureException'])
  })

  test("an API's policy lets in whom it names, once it is deployed", async () => {
    const statement = (Effect: string, Condition: object) => ({
      Effect,
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition,
    })
    const from = (ip: string) => ({ IpAddress: { 'aws:SourceIp': ip } })
    const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
    const api = await makeRestApi(client, 'policed', { policy: policy(statement('Allow', from('10.0.0.0/8'))) })
    await method(api, '/a')
    await api.deploy('dev')
    const refused = await ask(url(api, '/a'))
    expect([refused.status, refused.json().Message]).toEqual([403, expect.stringContaining('User: anonymous')])
    const value = policy(statement('Allow', from('127.0.0.0/8')))
    const patchOperations = [{ op: 'replace' as const, path: '/policy', value }]
    await client.send(new UpdateRestApiCommand({ restApiId: api.id, patchOperations }))
    expect((await ask(url(api, '/a'))).status).toBe(403)
    await api.deploy('dev')
    expect((await ask(url(api, '/a'))).status).toBe(200)
    const broken = { restApiId: api.id, patchOperations: [{ ...patchOperations[0]!, value: '{"Statement":' }] }
    await expect(client.send(new UpdateRestApiCommand(broken))).rejects.toMatchObject({ name: 'BadRequestException' })
  })
})

describe('API keys and usage plans', () => {
  async function planned(
    name: string,
    plan: Partial<CreateUsagePlanCommandInput>,
    value?: string,
    source?: 'AUTHORIZER',
  ) {
    const api = await makeRestApi(client, name, source && { apiKeySource: source })
    const more = source && { authorizationType: 'CUSTOM', authorizerId: await authorizer(api) }
    await method(api, '/a', { apiKeyRequired: true, ...more })
    await api.deploy('dev')
    const made = await client.send(
      new CreateUsagePlanCommand({ name, apiStages: [{ apiId: api.id, stage: 'dev' }], ...plan }),
    )
    const key = await client.send(new CreateApiKeyCommand({ name, enabled: true, value }))
    const usagePlanId = made.id ?? ''
    await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId: key.id, keyType: 'API_KEY' }))
    return { api, usagePlanId, keyId: key.id ?? '', get: get(api, key.value ?? '') }
  }
  const get =
    (api: TestRestApi, key: string, headers: Record<string, string> = {}) =>
    async () => {
      const answer = await ask(url(api, '/a'), { headers: { ...(key && { 'x-api-key': key }), ...headers } })
      return [answer.status, answer.status === 200 ? '' : answer.text]
    }
  const forbidden = [403, '{"message":"Forbidden"}']

  test('a key of a plan of the stage is asked for', async () => {
    const one = await planned('keyed', {})
    const unplanned = await client.send(new CreateApiKeyCommand({ name: 'unplanned', enabled: true }))
    expect(await get(one.api, '')()).toEqual(forbidden)
    expect(await get(one.api, 'nosuchkey-nosuchkey-01')()).toEqual(forbidden)
    expect(await get(one.api, unplanned.value ?? '')()).toEqual(forbidden)
    expect(await one.get()).toEqual([200, ''])
  })

  test('a quota is for its period, is counted, and can be extended', async () => {
    const one = await planned('quota', { quota: { limit: 2, period: 'DAY' } })
    expect([await one.get(), await one.get(), await one.get()]).toEqual([
      [200, ''],
      [200, ''],
      [429, '{"message":"Limit Exceeded"}'],
    ])
    const day = new Date(node.clock.nowMs()).toISOString().slice(0, 10)
    const used = { usagePlanId: one.usagePlanId, startDate: day, endDate: day }
    await vi.waitFor(async () => {
      const { items } = await client.send(new GetUsageCommand(used))
      expect(items).toEqual({ [one.keyId]: [[2, 0]] })
    }, patiently)
    const change = (op: 'add' | 'remove' | 'replace', value: string) =>
      client.send(
        new UpdateUsageCommand({
          ...{ usagePlanId: one.usagePlanId, keyId: one.keyId },
          patchOperations: [{ op, path: '/remaining', value }],
        }),
      )
    for (const [op, value] of [
      ['remove', ''],
      ['add', '1'],
      ['replace', '-1'],
    ] as const)
      await expect(change(op, value)).rejects.toMatchObject({ name: 'BadRequestException' })
    const patchOperations = [{ op: 'replace' as const, path: '/remaining', value: '1' }]
    await client.send(new UpdateUsageCommand({ usagePlanId: one.usagePlanId, keyId: one.keyId, patchOperations }))
    expect([await one.get(), (await one.get())[0]]).toEqual([[200, ''], 429])
    node.clock.advance(86_400_000)
    expect(await one.get()).toEqual([200, ''])
  })

  test('a throttle lets in its burst, and then its rate', async () => {
    const one = await planned('throttled', { throttle: { burstLimit: 2, rateLimit: 0.001 } })
    const answers = [await one.get(), await one.get(), await one.get()]
    expect(answers.at(-1)).toEqual([429, '{"message":"Too Many Requests"}'])
    node.clock.advance(1_000_000)
    expect(await one.get()).toEqual([200, ''])
    const path = `/apiStages/${one.api.id}:dev/throttle/~1a/GET`
    const patchOperations = ['rateLimit', 'burstLimit'].map((name) => ({
      op: 'replace' as const,
      path: `${path}/${name}`,
      value: '1000',
    }))
    await client.send(new UpdateUsagePlanCommand({ usagePlanId: one.usagePlanId, patchOperations }))
    for (let n = 0; n < 5; n++) expect(await one.get()).toEqual([200, ''])
  })

  test('an authorizer can say which key it is', async () => {
    const one = await planned('said', {}, 'key-of-the-authorizer-01', 'AUTHORIZER')
    expect(await get(one.api, '', { auth: 'fine' })()).toEqual([200, ''])
  })

  test("a stage's throttle of a method holds for all", async () => {
    const api = await makeRestApi(client, 'stage-throttle')
    await method(api, '/a')
    await api.deploy('dev')
    const patchOperations = [
      { op: 'replace' as const, path: '/~1a/GET/throttling/rateLimit', value: '0' },
      { op: 'replace' as const, path: '/~1a/GET/throttling/burstLimit', value: '0' },
    ]
    await client.send(new UpdateStageCommand({ restApiId: api.id, stageName: 'dev', patchOperations }))
    const answer = await ask(url(api, '/a'))
    expect([answer.status, answer.text]).toEqual([429, '{"message":"Too Many Requests"}'])
    expect(answer.headers['x-amzn-errortype']).toBe('TooManyRequestsException')
  })
})

describe('requests are validated', () => {
  let api: TestRestApi
  beforeAll(async () => {
    api = await makeRestApi(client, 'validated')
    const restApiId = api.id
    const schema = {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', minLength: 2 },
        age: { type: 'integer', minimum: 0, exclusiveMinimum: true },
        kind: { enum: ['a'] },
      },
      additionalProperties: false,
    }
    await client.send(
      new CreateModelCommand({
        restApiId,
        name: 'Person',
        contentType: 'application/json',
        schema: JSON.stringify(schema),
      }),
    )
    const { id } = await client.send(
      new CreateRequestValidatorCommand({
        restApiId,
        name: 'all',
        validateRequestBody: true,
        validateRequestParameters: true,
      }),
    )
    await method(
      api,
      '/a',
      {
        requestValidatorId: id,
        requestModels: { 'application/json': 'Person' },
        requestParameters: { 'method.request.querystring.q': true, 'method.request.header.h': false },
      },
      'POST',
    )
    await client.send(
      new PutGatewayResponseCommand({
        restApiId,
        responseType: 'BAD_REQUEST_BODY',
        statusCode: '422',
        responseParameters: {
          'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
          'gatewayresponse.header.X-Said': 'method.request.header.said',
        },
        responseTemplates: {
          'application/json':
            '{"m":$context.error.messageString,"e":"$context.error.validationErrorString","s":"$context.stage"}',
        },
      }),
    )
    await api.deploy('dev')
  })
  const post = (body: unknown, query = '?q=1') =>
    ask(url(api, `/a${query}`), {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', said: 'hello' },
    })

  test('a parameter that is missing is named', async () => {
    const answer = await post({ name: 'ann' }, '')
    expect([answer.status, answer.text]).toEqual([400, '{"message":"Missing required request parameters: [q]"}'])
  })
  test('a body of the model is let through', async () => {
    expect((await post({ name: 'ann', age: 1 })).status).toBe(200)
  })
  test.each([
    [{}],
    [{ name: 'a' }],
    [{ name: 'ann', age: 0 }],
    [{ name: 'ann', age: 1.5 }],
    [{ name: 'ann', x: 1 }],
    ['{'],
  ])('%j is refused as the gateway response has it', async (body) => {
    const answer = await post(body)
    expect(answer.status).toBe(422)
    expect(answer.json()).toEqual({ m: 'Invalid request body', e: expect.stringMatching(/^\[.+\]$/), s: 'dev' })
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'x-said': 'hello' })
  })
  test('what is nested without end is refused, as a body and as a model', async () => {
    const lists = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect((await post(`{"name":"ann","kind":${lists(20_000)}}`)).status).toBe(422)
    const model = { restApiId: api.id, name: 'Deep', contentType: 'application/json' }
    await expect(
      client.send(new CreateModelCommand({ ...model, schema: `{"enum":${lists(20_000)}}` })),
    ).rejects.toMatchObject({ name: 'BadRequestException', message: expect.stringContaining('200 levels') })
  })
  test('a body that a pattern of the model would be matched with for ever is refused, and nobody else waits', async () => {
    const schema = { properties: { code: { type: 'string', pattern: '^(a+)+$' } } }
    await client.send(
      new CreateModelCommand({
        ...{ restApiId: api.id, name: 'Endless', contentType: 'application/json' },
        schema: JSON.stringify(schema),
      }),
    )
    const { id } = await client.send(
      new CreateRequestValidatorCommand({ restApiId: api.id, name: 'bodies', validateRequestBody: true }),
    )
    const validated = { requestValidatorId: id, requestModels: { 'application/json': 'Endless' } }
    await method(api, '/endless', validated, 'POST')
    await api.deploy('dev')
    const send = (code: string) =>
      ask(url(api, '/endless'), {
        ...{ method: 'POST', body: JSON.stringify({ code }), headers: { 'content-type': 'application/json' } },
      })
    expect((await send('aaa')).status).toBe(200)
    expect((await send('b')).status).toBe(422)
    const [endless, other] = await Promise.all([send(`${'a'.repeat(60)}!`), post({ name: 'ann', age: 1 })])
    expect([endless.status, other.status]).toEqual([422, 200])
  })
  test('every API has its two models beside its own, and all types of gateway responses', async () => {
    const { items } = await client.send(new GetModelsCommand({ restApiId: api.id }))
    expect(items?.map(({ name }) => name)).toEqual(['Empty', 'Endless', 'Error', 'Person'])
    const responses = await client.send(new GetGatewayResponsesCommand({ restApiId: api.id }))
    expect(responses.items?.length).toBe(21)
    expect(responses.items?.filter(({ defaultResponse }) => !defaultResponse).map((one) => one.responseType)).toEqual([
      'BAD_REQUEST_BODY',
    ])
  })
})

describe('other servers', () => {
  let api: TestRestApi
  beforeAll(async () => {
    api = await makeRestApi(client, 'proxied')
    for (const [path, uri, timeoutInMillis] of [
      ['/x/{proxy+}', `${serverUrl}/to/{proxy}?own=1`, 5_000],
      ['/teapot', `${serverUrl}/teapot`, 5_000],
      ['/slow', `${serverUrl}/slow`, 100],
      ['/gone', 'http://127.0.0.1:1/', 5_000],
    ] as const) {
      const target = { restApiId: api.id, resourceId: await api.path(path), httpMethod: 'ANY' }
      await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
      await client.send(
        new PutIntegrationCommand({
          ...target,
          type: 'HTTP_PROXY',
          integrationHttpMethod: 'ANY',
          uri,
          timeoutInMillis,
          requestParameters: path.startsWith('/x')
            ? {
                'integration.request.path.proxy': 'method.request.path.proxy',
                'integration.request.header.x-static': "'given'",
                'integration.request.querystring.s': 'context.stage',
              }
            : undefined,
        }),
      )
    }
    await api.deploy('dev')
  })

  test('get the request with its path, query, headers and body, and what they answer is answered', async () => {
    const answer = await ask(url(api, '/x/a/b?c=d'), { method: 'POST', body: 'body', headers: { 'x-mine': 'yes' } })
    expect(answer.status).toBe(200)
    const seen = answer.json<{ url: string; headers: Record<string, string>; body: string }>()
    expect([seen.url, seen.body]).toEqual(['/to/a/b?own=1&c=d&s=dev', 'body'])
    expect(seen.headers).toMatchObject({ 'x-mine': 'yes', 'x-static': 'given', host: serverUrl.slice(7) })
    expect(answer.headers).toMatchObject({ 'x-from': 'server', 'x-amzn-remapped-www-authenticate': 'Basic' })
    expect((await ask(url(api, '/teapot'))).status).toBe(418)
  })

  test('that are late or not there are a 504', async () => {
    const late = await ask(url(api, '/slow'))
    expect([late.status, late.text]).toEqual([504, '{"message":"Endpoint request timed out"}'])
    expect((await ask(url(api, '/gone'))).status).toBe(504)
    expect(asked).toBeGreaterThan(0)
  })
})

describe('stages', () => {
  test('write their access log in its format, a line for each request', async () => {
    const api = await makeRestApi(client, 'logged')
    await method(api, '/a')
    await api.deploy('dev')
    const patchOperations = [
      { path: '/accessLogSettings/destinationArn', value: 'arn:aws:logs:us-east-1:000000000000:log-group:/api/access' },
      {
        path: '/accessLogSettings/format',
        value: '{"id":"$context.requestId","path":"$context.path","status":$context.status,"none":"$context.nosuch"}',
      },
    ].map((one) => ({ ...one, op: 'replace' as const }))
    await client.send(new UpdateStageCommand({ restApiId: api.id, stageName: 'dev', patchOperations }))
    const answer = await ask(url(api, '/a'))
    await ask(url(api, '/nosuch'))
    const logs = node.client(CloudWatchLogsClient)
    await vi.waitFor(async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/api/access' }))
      const lines = events.map(({ message = '' }) => JSON.parse(message) as object)
      expect(lines).toMatchObject([
        { id: answer.headers['x-amzn-requestid'], path: '/dev/a', status: 200, none: '-' },
        { path: '/dev/nosuch', status: 403 },
      ])
    }, patiently)
    logs.destroy()
  })

  test('give a canary its part of the requests, with its own variables', async () => {
    const api = await makeRestApi(client, 'canary')
    await method(api, '/a')
    await api.deploy('dev', { v: 'old' })
    const seen = async () =>
      (await ask(url(api, '/a'))).json<{ stageVariables: object; requestContext: { deploymentId: string } }>()
    const before = await seen()
    const { id } = await client.send(
      new CreateDeploymentCommand({
        restApiId: api.id,
        stageName: 'dev',
        canarySettings: { percentTraffic: 100, stageVariableOverrides: { v: 'new' } },
      }),
    )
    expect(await seen()).toMatchObject({ stageVariables: { v: 'new' }, requestContext: { deploymentId: id } })
    const patchOperations = [{ op: 'replace' as const, path: '/canarySettings/percentTraffic', value: '0.0' }]
    await client.send(new UpdateStageCommand({ restApiId: api.id, stageName: 'dev', patchOperations }))
    expect(await seen()).toMatchObject({
      stageVariables: { v: 'old' },
      requestContext: { deploymentId: before.requestContext.deploymentId },
    })
  })
})

test('a method can be tested before it is deployed', async () => {
  const api = await makeRestApi(client, 'tested')
  const target = await method(api, '/things/{id}')
  const answer = await client.send(
    new TestInvokeMethodCommand({ ...target, pathWithQueryString: '/things/7?a=1', stageVariables: { v: 'w' } }),
  )
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body ?? '')).toMatchObject({
    resource: '/things/{id}',
    pathParameters: { id: '7' },
    queryStringParameters: { a: '1' },
    stageVariables: { v: 'w' },
    requestContext: { stage: 'test-invoke-stage' },
  })
  await expect(
    client.send(new TestInvokeMethodCommand({ ...target, pathWithQueryString: '/other' })),
  ).rejects.toMatchObject({ name: 'BadRequestException' })
})
