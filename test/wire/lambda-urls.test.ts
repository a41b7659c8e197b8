import { request } from 'node:http'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { makeFunction, makeRole } from './lambda-support.ts'
import { signed } from './signed-fetch.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const echo = 'exports.handler = async (event) => event'

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'url-role')
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

async function open(FunctionName: string, Qualifier?: string): Promise<void> {
  const common = { FunctionName, Qualifier, Principal: '*' }
  await lambda.send(
    new AddPermissionCommand({
      ...common,
      StatementId: 'url',
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
    }),
  )
  await lambda.send(
    new AddPermissionCommand({
      ...common,
      StatementId: 'call',
      Action: 'lambda:InvokeFunction',
      InvokedViaFunctionUrl: true,
    }),
  )
}
/** A function with a public URL, which is answered. */
async function publicUrl(name: string, source: string, more: object = {}): Promise<string> {
  await makeFunction(lambda, name, role, source)
  await open(name)
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: 'NONE', ...more }))
  return made.FunctionUrl ?? ''
}

test('URLs are made, changed, listed and deleted', async () => {
  await makeFunction(lambda, 'configured', role, echo)
  const FunctionName = 'configured'
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }))
  expect(made.FunctionUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/lambda-url\/[a-z0-9]{32}\/$/)
  expect(made).toMatchObject({
    AuthType: 'AWS_IAM',
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:configured',
  })
  await expect(
    lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })),
  ).rejects.toMatchObject({
    name: 'ResourceConflictException',
  })
  const Cors = { AllowOrigins: ['https://a.example'], AllowMethods: ['GET'], MaxAge: 60 }
  await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Cors }))
  const got = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))
  expect(got).toMatchObject({ AuthType: 'NONE', Cors, FunctionUrl: made.FunctionUrl, InvokeMode: 'BUFFERED' })
  const streaming = await lambda.send(
    new UpdateFunctionUrlConfigCommand({ FunctionName, InvokeMode: 'RESPONSE_STREAM' }),
  )
  expect(streaming).toMatchObject({ AuthType: 'NONE', Cors, InvokeMode: 'RESPONSE_STREAM' })
  await expect(
    lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, Cors: { AllowMethods: ['TRACE'] } })),
  ).rejects.toMatchObject({ name: 'ValidationException' })

  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }))
  await expect(
    lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Qualifier: Version })),
  ).rejects.toMatchObject({ name: 'ValidationException' })
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }))
  await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Qualifier: 'live' }))
  const { FunctionUrlConfigs } = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }))
  expect(FunctionUrlConfigs?.map(({ FunctionArn }) => FunctionArn?.split(':')[7])).toEqual([undefined, 'live'])

  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }))
  await expect(lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  expect((await fetch(made.FunctionUrl ?? '')).status).toBe(404)
})

test.runIf(hasPublishedEvents)('the event has the form of the published sample', async () => {
  const url = await publicUrl('sample', echo)
  const sample = publishedEvent<{ requestContext: { http: object; authorizer?: object } }>('lambda-urls-request')
  const response = await fetch(`${url}my/path?parameter1=value1&parameter1=value2&parameter2=value`, {
    method: 'POST',
    headers: { cookie: 'cookie1; cookie2', header1: 'value1', header2: 'value1,value2', 'content-type': 'text/plain' },
    body: 'Hello from client!',
  })
  const event = (await response.json()) as typeof sample & Record<string, unknown>
  for (const key of Object.keys(sample)) expect(event).toHaveProperty(key)
  for (const key of Object.keys(sample.requestContext)) {
    if (key !== 'authorizer') expect(event.requestContext).toHaveProperty(key)
  }
  for (const key of Object.keys(sample.requestContext.http)) expect(event.requestContext.http).toHaveProperty(key)
  const id = url.split('/').at(-2)
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
    cookies: ['cookie1', 'cookie2'],
    headers: { header1: 'value1', header2: 'value1,value2' },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
    requestContext: {
      accountId: 'anonymous',
      apiId: id,
      domainName: `${id}.lambda-url.us-east-1.on.aws`,
      domainPrefix: id,
      http: { method: 'POST', path: '/my/path' },
      stage: '$default',
    },
    body: 'Hello from client!',
    isBase64Encoded: false,
  })
})

test('a URL is found by its host as well', async () => {
  const url = await publicUrl('by-host', 'exports.handler = async (event) => event.rawPath')
  const { port } = new URL(url)
  const host = `${url.split('/').at(-2)}.lambda-url.us-east-1.localhost:${port}`
  const text = await new Promise<string>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/a%20b', headers: { host } }, (response) => {
      let all = ''
      response.on('data', (chunk) => (all += chunk))
      response.on('end', () => resolve(all))
    })
      .on('error', reject)
      .end()
  })
  expect(text).toBe('/a b')
})

test('answers: status, headers, cookies, bodies; failures and limits', async () => {
  const url = await publicUrl(
    'answers',
    `exports.handler = async ({ rawPath }) => {
      if (rawPath === '/full') return { statusCode: 201, headers: { 'X-A': 'b' }, cookies: ['a=1', 'b=2'], body: 'aGk=', isBase64Encoded: true }
      if (rawPath === '/plain') return { statusCode: 200, body: '{}' }
      if (rawPath === '/bad') return { statusCode: 'no' }
      if (rawPath === '/throw') throw new Error('no')
      return { hello: 'world' }
    }`,
  )
  const full = await fetch(`${url}full`)
  expect(full.status).toBe(201)
  expect(full.headers.get('x-a')).toBe('b')
  expect(full.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(await full.text()).toBe('hi')
  expect((await fetch(`${url}plain`)).headers.get('content-type')).toBe('application/json')
  expect(await (await fetch(url)).json()).toEqual({ hello: 'world' })
  for (const path of ['bad', 'throw']) {
    const failed = await fetch(url + path)
    expect([failed.status, await failed.text()]).toEqual([502, 'Internal Server Error'])
  }
  const big = await fetch(url, { method: 'POST', body: 'x'.repeat(6_300_000) })
  expect(big.status).toBe(413)
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'answers', ReservedConcurrentExecutions: 0 }))
  expect((await fetch(url)).status).toBe(429)
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'answers' }))
  expect((await fetch(url)).status).toBe(404)
})

test('cross-origin requests are answered as configured, over what the function says', async () => {
  const url = await publicUrl(
    'cors',
    `exports.handler = async () => ({ statusCode: 200, headers: { 'access-control-allow-origin': 'https://evil.example' }, body: '' })`,
    { Cors: { AllowOrigins: ['https://a.example'], AllowMethods: ['PUT'], AllowHeaders: ['x-a'], MaxAge: 60 } },
  )
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
  })
  expect(preflight.status).toBe(204)
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    'access-control-allow-origin': 'https://a.example',
    'access-control-allow-methods': 'PUT',
    'access-control-allow-headers': 'x-a',
    'access-control-max-age': '60',
  })
  const simple = await fetch(url, { headers: { origin: 'https://a.example' } })
  expect(simple.headers.get('access-control-allow-origin')).toBe('https://a.example')
})

describe('who may call', () => {
  let ann: KeyPair
  const allow = async (...Statement: object[]) => {
    const iam = node.client(IAMClient)
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
    iam.destroy()
  }
  beforeAll(async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    ann = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    iam.destroy()
  })

  test('nobody without permissions for everybody, although the URL asks for no signature', async () => {
    await makeFunction(lambda, 'closed', role, echo)
    const { FunctionUrl = '' } = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: 'closed', AuthType: 'NONE' }),
    )
    const refused = await fetch(FunctionUrl)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ Message: expect.stringMatching(/^Forbidden\./) })
    await open('closed')
    expect((await fetch(FunctionUrl)).status).toBe(200)
    // The permission is for the URL alone.
    const anonymousInvoke = await fetch(`${node.endpoint}/2015-03-31/functions/closed/invocations`, { method: 'POST' })
    expect(anonymousInvoke.status).toBeGreaterThanOrEqual(400)
    await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'closed', AuthType: 'AWS_IAM' }))
    expect((await fetch(FunctionUrl)).status).toBe(403)
  })

  test('with AWS_IAM: those whose policies allow it, by their signature', async () => {
    await makeFunction(lambda, 'signed', role, echo)
    const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'signed', AuthType: 'AWS_IAM' }))
    const url = `${made.FunctionUrl}a/b?c=d%20e`
    expect((await fetch(url)).status).toBe(403)
    expect((await signed(url, ann, { method: 'POST', body: 'hi' })).status).toBe(403)
    const Resource = made.FunctionArn
    await allow({ Effect: 'Allow', Action: 'lambda:InvokeFunctionUrl', Resource })
    expect((await signed(url, ann)).status).toBe(403)
    const Condition = { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } }
    await allow(
      { Effect: 'Allow', Action: 'lambda:InvokeFunctionUrl', Resource, Condition },
      {
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource,
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      },
    )
    const response = await signed(url, ann, { method: 'POST', body: 'hi' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      body: 'hi',
      requestContext: {
        accountId: '000000000000',
        authorizer: {
          iam: { accessKey: ann.accessKeyId, accountId: '000000000000', userArn: 'arn:aws:iam::000000000000:user/ann' },
        },
      },
    })
    const forged = await signed(url, { ...ann, secretAccessKey: 'wrong' })
    expect(forged.status).toBe(403)
    expect(JSON.stringify(await forged.json())).toMatch(/signature/i)
    expect((await signed(url, ann, {}, 's3')).status).toBe(403)
  })
})

test('a template makes a URL and its permissions, and removes them', async () => {
  const stacks = node.client(CloudFormationClient)
  const template = (AllowOrigins: string[] | undefined) =>
    JSON.stringify({
      Resources: {
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'stacked',
            Role: role,
            Runtime: 'nodejs22.x',
            Handler: 'index.handler',
            Code: { ZipFile: echo },
          },
        },
        Url: {
          Type: 'AWS::Lambda::Url',
          Properties: {
            AuthType: 'NONE',
            TargetFunctionArn: { 'Fn::GetAtt': ['Function', 'Arn'] },
            ...(AllowOrigins && { Cors: { AllowOrigins } }),
          },
        },
        OpenUrl: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            FunctionName: { Ref: 'Function' },
            Action: 'lambda:InvokeFunctionUrl',
            Principal: '*',
            FunctionUrlAuthType: 'NONE',
          },
        },
        OpenCall: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            FunctionName: { Ref: 'Function' },
            Action: 'lambda:InvokeFunction',
            Principal: '*',
            InvokedViaFunctionUrl: true,
          },
        },
      },
      Outputs: { Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } }, Arn: { Value: { Ref: 'Url' } } },
    })
  await stacks.send(new CreateStackCommand({ StackName: 'urls', TemplateBody: template(['*']) }))
  const stack = async () => (await stacks.send(new DescribeStacksCommand({ StackName: 'urls' }))).Stacks?.[0]
  await expect.poll(async () => (await stack())?.StackStatus).toBe('CREATE_COMPLETE')
  const outputs = Object.fromEntries(
    (await stack())?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [],
  )
  expect(outputs.Arn).toBe('arn:aws:lambda:us-east-1:000000000000:function:stacked')
  const response = await fetch(outputs.Url ?? '', { headers: { origin: 'https://a.example' } })
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  await stacks.send(new DeleteStackCommand({ StackName: 'urls' }))
  await expect.poll(async () => (await fetch(outputs.Url ?? '')).status).toBe(404)
  stacks.destroy()
})
