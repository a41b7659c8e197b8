import {
  ApiGatewayV2Client,
  CreateDeploymentCommand,
  CreateStageCommand,
  ExportApiCommand,
  type ExportApiCommandInput,
  GetApiCommand,
  GetAuthorizersCommand,
  GetRoutesCommand,
  ImportApiCommand,
  ReimportApiCommand,
} from '@aws-sdk/client-apigatewayv2'
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { startNode, type TestNode } from '../harness.ts'
import { ask, callable, functionArn, invocation } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'

let node: TestNode
let client: ApiGatewayV2Client
beforeAll(async () => {
  node = await startNode()
  client = node.client(ApiGatewayV2Client)
  const lambda = node.client(LambdaClient)
  const source = 'exports.handler = async (event) => ({ key: event.routeKey, at: event.pathParameters })'
  await callable(lambda, 'echo', await makeRole(node, 'r'), source)
  lambda.destroy()
})
afterAll(async () => {
  client?.destroy()
  await node?.close()
})

const proxy = {
  type: 'aws_proxy',
  httpMethod: 'POST',
  uri: invocation(functionArn('echo')),
  payloadFormatVersion: '2.0',
}
const document = (paths: object) => ({
  openapi: '3.0.1',
  info: { title: 'imported', version: '7' },
  paths,
  'x-amazon-apigateway-cors': { allowOrigins: ['https://app.example'], allowMethods: ['GET'] },
  components: {
    'x-amazon-apigateway-integrations': { echo: proxy },
    securitySchemes: {
      tokens: {
        type: 'oauth2',
        'x-amazon-apigateway-authorizer': {
          type: 'jwt',
          jwtConfiguration: { issuer: 'https://issuer.example', audience: ['me'] },
          identitySource: '$request.header.Authorization',
        },
      },
    },
  },
})
const shared = { $ref: '#/components/x-amazon-apigateway-integrations/echo' }
const first = document({
  '/things/{id}': { get: { operationId: 'getThing', 'x-amazon-apigateway-integration': shared } },
  '/closed': { get: { security: [{ tokens: ['read'] }], 'x-amazon-apigateway-integration': proxy } },
  '/$default': { 'x-amazon-apigateway-any-method': { 'x-amazon-apigateway-integration': proxy } },
})

test('a document becomes an API, and another one its routes anew', async () => {
  const { ApiId } = await client.send(new ImportApiCommand({ Body: JSON.stringify(first) }))
  await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }))
  const url = `${node.endpoint}/_aws/execute-api/${ApiId}`
  expect(await client.send(new GetApiCommand({ ApiId }))).toMatchObject({
    Name: 'imported',
    Version: '7',
    CorsConfiguration: { AllowOrigins: ['https://app.example'] },
  })
  expect((await ask(`${url}/things/7`)).json()).toEqual({ key: 'GET /things/{id}', at: { id: '7' } })
  expect((await ask(`${url}/else`, { method: 'PUT' })).json()).toEqual({ key: '$default' })
  expect((await ask(`${url}/closed`)).status).toBe(401)
  const { Items } = await client.send(new GetAuthorizersCommand({ ApiId }))
  expect(Items).toMatchObject([{ Name: 'tokens', AuthorizerType: 'JWT', JwtConfiguration: { Audience: ['me'] } }])

  const second = document({ '/only': { get: { 'x-amazon-apigateway-integration': shared } } })
  await client.send(new ReimportApiCommand({ ApiId, Body: JSON.stringify(second) }))
  const routes = await client.send(new GetRoutesCommand({ ApiId }))
  expect(routes.Items?.map(({ RouteKey }) => RouteKey)).toEqual(['GET /only'])
  expect([(await ask(`${url}/only`)).status, (await ask(`${url}/things/7`)).status]).toEqual([200, 404])
})

test.each([
  ['{', 'parse'],
  ['{"openapi":"3.1.0"}', '3.1.0'],
  ['{"swagger":"2.0","info":{"title":"a"}}', 'OpenAPI 3.0'],
  ['{"openapi":"3.0.1"}', 'title'],
  [JSON.stringify({ ...first, paths: { '/a': { get: { security: [{ nosuch: [] }] } } } }), 'nosuch'],
  [JSON.stringify({ ...first, paths: { '/a': { $ref: '#/nowhere' } } }), 'nowhere'],
])('%s is refused', async (Body, word) => {
  await expect(client.send(new ImportApiCommand({ Body }))).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringContaining(word),
  })
})

test('a template can have the document as its Body', async () => {
  const cfn = node.client(CloudFormationClient)
  const Resources = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Body: first, Tags: { a: 'b' }, Description: 'told' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
  }
  const Outputs = { Id: { Value: { Ref: 'Api' } } }
  await cfn.send(new CreateStackCommand({ StackName: 'doc', TemplateBody: JSON.stringify({ Resources, Outputs }) }))
  const stack = await vi.waitFor(async () => {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'doc' }))
    expect(Stacks?.[0]?.StackStatus).toBe('CREATE_COMPLETE')
    return Stacks?.[0]
  })
  const ApiId = stack?.Outputs?.[0]?.OutputValue ?? ''
  expect(await client.send(new GetApiCommand({ ApiId }))).toMatchObject({
    Name: 'imported',
    Description: 'told',
    Tags: { a: 'b' },
  })
  expect((await ask(`${node.endpoint}/_aws/execute-api/${ApiId}/things/1`)).status).toBe(200)
  cfn.destroy()
})

test('what is exported, of the API as it is or of a stage, makes the same API again', async () => {
  const { ApiId } = await client.send(new ImportApiCommand({ Body: JSON.stringify(first) }))
  await client.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: false }))
  const exported = async (more: Partial<ExportApiCommandInput> = {}) => {
    const asked = { ApiId, Specification: 'OAS30', OutputType: 'JSON', ...more }
    return Buffer.from((await client.send(new ExportApiCommand(asked))).body!).toString()
  }
  const text = await exported()
  const again = await client.send(new ImportApiCommand({ Body: text }))
  expect(again).toMatchObject({
    ...{ Name: 'imported', Version: '7' },
    CorsConfiguration: { AllowOrigins: ['https://app.example'], AllowMethods: ['GET'] },
  })
  const routes = async (id: string | undefined) =>
    (await client.send(new GetRoutesCommand({ ApiId: id })))
      .Items!.map(({ RouteKey, OperationName, AuthorizationType, AuthorizationScopes }) => ({
        ...{ RouteKey, OperationName, AuthorizationType, AuthorizationScopes },
      }))
      .sort((a, b) => (a.RouteKey! < b.RouteKey! ? -1 : 1))
  expect(await routes(again.ApiId)).toEqual(await routes(ApiId))
  const { Items: guards } = await client.send(new GetAuthorizersCommand({ ApiId: again.ApiId }))
  expect(guards).toMatchObject([
    { Name: 'tokens', JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['me'] } },
  ])
  expect(parse(await exported({ OutputType: 'YAML' }))).toEqual(JSON.parse(text))
  expect(await exported({ IncludeExtensions: false })).not.toMatch(/x-amazon-apigateway-(integration|authorizer|cors)/)
  // Nothing was deployed to the stage.
  expect(JSON.parse(await exported({ StageName: 'live' })).paths).toEqual({})
  const { DeploymentId } = await client.send(new CreateDeploymentCommand({ ApiId, StageName: 'live' }))
  expect(DeploymentId).toBeDefined()
  expect(JSON.parse(await exported({ StageName: 'live' })).paths).toEqual(JSON.parse(text).paths)
  for (const wrong of [{ StageName: 'none' }, { OutputType: 'XML' }, { Specification: 'OAS20' }])
    await expect(exported(wrong)).rejects.toMatchObject({ name: expect.stringMatching(/NotFound|BadRequest/) })
})

test('an authorizer is exported whatever its name', async () => {
  const Body = JSON.stringify(first).replaceAll('"tokens"', '"__proto__"')
  const { ApiId } = await client.send(new ImportApiCommand({ Body }))
  for (const OutputType of ['JSON', 'YAML']) {
    const asked = new ExportApiCommand({ ApiId, Specification: 'OAS30', OutputType })
    const document = parse(Buffer.from((await client.send(asked)).body!).toString())
    expect(Object.keys(document.components.securitySchemes)).toEqual(['__proto__'])
    const again = await client.send(new ImportApiCommand({ Body: JSON.stringify(document) }))
    const { Items } = await client.send(new GetAuthorizersCommand({ ApiId: again.ApiId }))
    expect(Items).toMatchObject([{ Name: '__proto__', JwtConfiguration: { Issuer: 'https://issuer.example' } }])
  }
})
