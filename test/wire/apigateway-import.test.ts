import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  GetAuthorizersCommand,
  GetExportCommand,
  GetMethodCommand,
  GetModelsCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway'
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { ask, callable, functionArn, invocation } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'

let node: TestNode
let client: APIGatewayClient
beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
  const lambda = node.client(LambdaClient)
  const source = 'exports.handler = async (event) => ({ statusCode: 200, body: event.resource })'
  await callable(lambda, 'echo', await makeRole(node, 'r'), source)
  lambda.destroy()
})
afterAll(async () => {
  client?.destroy()
  await node?.close()
})

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const proxy = { type: 'aws_proxy', httpMethod: 'POST', uri: invocation(functionArn('echo')) }
const item = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
const first = {
  openapi: '3.0.1',
  info: { title: 'imported', description: 'told', version: '7' },
  'x-amazon-apigateway-request-validators': { body: { validateRequestBody: true, validateRequestParameters: false } },
  'x-amazon-apigateway-gateway-responses': { BAD_REQUEST_BODY: { statusCode: 422 } },
  'x-amazon-apigateway-binary-media-types': ['image/png'],
  components: {
    schemas: { Item: item, Items: { type: 'array', items: { $ref: '#/components/schemas/Item' } } },
    securitySchemes: {
      key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
      guard: {
        type: 'apiKey',
        name: 'Auth',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': { type: 'token', authorizerUri: invocation(functionArn('echo')) },
      },
    },
  },
  paths: {
    '/items': {
      post: {
        'x-amazon-apigateway-request-validator': 'body',
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Items' } } } },
        'x-amazon-apigateway-integration': proxy,
      },
      get: {
        security: [{ key: [] }],
        responses: {
          200: {
            headers: { 'X-A': { schema: { type: 'string' } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Items' } } },
          },
        },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: {
            default: { statusCode: '200', responseParameters: { 'method.response.header.X-A': "'b'" } },
          },
        },
      },
    },
    '/items/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true }],
      'x-amazon-apigateway-any-method': { security: [{ guard: [] }], 'x-amazon-apigateway-integration': proxy },
    },
  },
}

test('a document becomes an API that answers as it says', async () => {
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytes(first) }))
  expect(await client.send(new GetRestApiCommand({ restApiId }))).toMatchObject({
    name: 'imported',
    description: 'told',
    version: '7',
    binaryMediaTypes: ['image/png'],
  })
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
  const url = `${node.endpoint}/_aws/execute-api/${restApiId}/dev`
  const post = (body: unknown) =>
    ask(`${url}/items`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  expect(await post([{ name: 'a' }])).toMatchObject({ status: 200, text: '/items' })
  expect((await post([{}])).status).toBe(422)
  expect((await ask(`${url}/items`)).status).toBe(403)
  expect((await ask(`${url}/items/7`)).status).toBe(401)
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId }))
  const resourceId = items.find(({ path }) => path === '/items/{id}')?.id
  const authorizers = await client.send(new GetAuthorizersCommand({ restApiId }))
  expect(authorizers.items).toMatchObject([{ name: 'guard', identitySource: 'method.request.header.Auth' }])
  expect(await client.send(new GetMethodCommand({ restApiId, resourceId, httpMethod: 'ANY' }))).toMatchObject({
    authorizationType: 'CUSTOM',
    authorizerId: authorizers.items?.[0]?.id,
    requestParameters: { 'method.request.path.id': true },
  })
  const above = items.find(({ path }) => path === '/items')?.id
  const get = await client.send(new GetMethodCommand({ restApiId, resourceId: above, httpMethod: 'GET' }))
  expect(get.methodResponses?.['200']).toMatchObject({ responseModels: { 'application/json': 'Items' } })

  const yaml = `swagger: '2.0'
info: { title: second }
definitions: { Thing: { type: object } }
paths:
  /other:
    get:
      responses: { 200: { schema: { $ref: '#/definitions/Thing' } } }
      x-amazon-apigateway-integration: ${JSON.stringify(proxy)}
`
  await client.send(new PutRestApiCommand({ restApiId, mode: 'merge', body: bytes(yaml) }))
  const paths = async () =>
    (await client.send(new GetResourcesCommand({ restApiId }))).items?.map(({ path }) => path).sort()
  expect(await paths()).toEqual(['/', '/items', '/items/{id}', '/other'])
  await client.send(new PutRestApiCommand({ restApiId, mode: 'overwrite', body: bytes(yaml) }))
  expect(await paths()).toEqual(['/', '/other'])
  const models = await client.send(new GetModelsCommand({ restApiId }))
  expect(models.items?.map(({ name }) => name)).toEqual(['Empty', 'Error', 'Thing'])
})

test.each(['oas30', 'swagger'] as const)(
  'a stage exported as %s becomes an API that answers the same',
  async (exportType) => {
    const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytes(first) }))
    await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
    const stage = { restApiId, stageName: 'dev', exportType }
    const plain = await client.send(new GetExportCommand(stage))
    expect(plain.contentType).toBe('application/json')
    const document = JSON.parse(Buffer.from(plain.body!).toString())
    expect(document).toMatchObject({
      info: { title: 'imported', description: 'told', version: '7' },
      paths: { '/items': { get: { security: [{ api_key: [] }], responses: { 200: { headers: { 'X-A': {} } } } } } },
    })
    expect(Buffer.from(plain.body!).toString()).not.toContain('x-amazon-apigateway-integration')
    const { body, contentType } = await client.send(
      new GetExportCommand({ ...stage, accepts: 'application/yaml', parameters: { extensions: 'apigateway' } }),
    )
    expect(contentType).toBe('application/yaml')
    const again = await client.send(new ImportRestApiCommand({ body: body! }))
    await client.send(new CreateDeploymentCommand({ restApiId: again.id, stageName: 'dev' }))
    const url = `${node.endpoint}/_aws/execute-api/${again.id}/dev`
    const post = (text: string) =>
      ask(`${url}/items`, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } })
    expect(await post('[{"name":"a"}]')).toMatchObject({ status: 200, text: '/items' })
    expect((await post('[{}]')).status).toBe(422)
    expect((await ask(`${url}/items`)).status).toBe(403)
    expect((await ask(`${url}/items/7`)).status).toBe(401)
    for (const wrong of [
      { exportType: 'raml' },
      { accepts: 'text/html' },
      { parameters: { extensions: 'postman' } },
      { stageName: 'none' },
    ])
      await expect(client.send(new GetExportCommand({ ...stage, ...wrong }))).rejects.toMatchObject({
        name: expect.stringMatching(/^(BadRequest|NotFound)Exception$/),
      })
  },
)

test('an authorizer can be tried out, and nothing of that is kept', async () => {
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytes(first) }))
  const lambda = node.client(LambdaClient)
  const source = `let calls = 0
exports.handler = async ({ authorizationToken, methodArn }) => {
  if (authorizationToken === 'no') throw new Error('Unauthorized')
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: methodArn }]
  return { principalId: authorizationToken + ++calls, policyDocument: { Version: '2012-10-17', Statement } }
}`
  await callable(lambda, 'guard', await makeRole(node, 'guards'), source)
  lambda.destroy()
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({
      ...{ restApiId, name: 'own', type: 'TOKEN', authorizerUri: invocation(functionArn('guard')) },
      identitySource: 'method.request.header.Auth',
    }),
  )
  const tryOut = (headers?: Record<string, string>) =>
    client.send(new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers }))
  expect(await tryOut({ Auth: 'ann' })).toMatchObject({ clientStatus: 0, principalId: 'ann1' })
  const again = await tryOut({ Auth: 'ann' })
  expect([again.principalId, JSON.parse(again.policy!).Statement[0].Effect]).toEqual(['ann2', 'Allow'])
  expect((await tryOut({ Auth: 'no' })).clientStatus).toBe(401)
  expect((await tryOut()).clientStatus).toBe(401)
  await expect(client.send(new TestInvokeAuthorizerCommand({ restApiId, authorizerId: 'none' }))).rejects.toMatchObject(
    { name: 'NotFoundException' },
  )
})

test.each([
  ['{', 'parse'],
  ['openapi: 3.1.0', '3.1.0'],
  ['openapi: 3.0.1', 'title'],
  [{ ...first, paths: { '/a': { get: { security: [{ nosuch: [] }] } } } }, 'nosuch'],
  [{ ...first, paths: { '/a': { get: { 'x-amazon-apigateway-integration': { type: 'aws' } } } } }, 'AWS'],
])('%j is refused, and nothing is made', async (body, word) => {
  await expect(client.send(new ImportRestApiCommand({ body: bytes(body) }))).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringContaining(word),
  })
})

test('a template can have the document as its Body', async () => {
  const cfn = node.client(CloudFormationClient)
  const Resources = {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: first, Name: 'mine' } },
    Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'dev' } },
  }
  const Outputs = { Id: { Value: { Ref: 'Api' } } }
  await cfn.send(new CreateStackCommand({ StackName: 'doc', TemplateBody: JSON.stringify({ Resources, Outputs }) }))
  const stack = await vi.waitFor(async () => {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'doc' }))
    expect(Stacks?.[0]?.StackStatus).toBe('CREATE_COMPLETE')
    return Stacks?.[0]
  })
  const restApiId = stack?.Outputs?.[0]?.OutputValue ?? ''
  expect(await client.send(new GetRestApiCommand({ restApiId }))).toMatchObject({ name: 'mine', description: 'told' })
  expect((await ask(`${node.endpoint}/_aws/execute-api/${restApiId}/dev/items/1`)).status).toBe(401)
  cfn.destroy()
})

test('a document that is nested without end is refused, and a reference is no encoding', async () => {
  const sent = (rest: string) =>
    client.send(
      new ImportRestApiCommand({ body: Buffer.from(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},${rest}}`) }),
    )
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const refused = (text: string) => ({ name: 'BadRequestException', message: expect.stringContaining(text) })
  await expect(sent(`"paths":{},"components":{"schemas":{"A":{"enum":${deep}}}}`)).rejects.toMatchObject(
    refused('200 levels'),
  )
  await expect(sent('"paths":{"/x":{"$ref":"#/paths/%"}}')).rejects.toMatchObject(refused('leads nowhere'))
})
