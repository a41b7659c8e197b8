import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callable, functionArn } from './apigateway-support.ts'
import { makeRole } from './lambda-support.ts'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

/** Answers with what it was asked, in the form of either version of the event. */
const source = `exports.handler = async (event) => ({
  statusCode: 201,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    version: event.version,
    route: event.routeKey ?? event.resource,
    id: event.pathParameters?.id,
    query: event.multiValueQueryStringParameters ?? event.queryStringParameters,
    body: event.body,
    colour: event.stageVariables?.colour,
  }),
})`

let python: Python
beforeAll(async () => {
  python = await startPython()
  const lambda = python.node.client(LambdaClient)
  await callable(lambda, 'echo', await makeRole(python.node, 'echo-role'), source)
  lambda.destroy()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('makes REST and HTTP APIs that answer at their URLs, changes them, pages and deletes; and publishes a portal', async () => {
    expect(await python.script('apigateway_python', [functionArn('echo')])).toEqual({
      portal: {
        status: ['DISABLED', 'PUBLISHED', 'first'],
        page: true,
        read: [{ team: 'c' }, ['Terms']],
        errors: [
          ['BadRequestException', 400],
          ['NotFoundException', 404],
        ],
      },
      rest: {
        path: '/orders/{id}',
        stage: true,
        post: [201, { route: '/orders', query: { a: ['1', '2'] }, body: '{"n":"ä"}', colour: 'red' }],
        get: [201, { route: '/orders/{id}', id: '7/8', query: null, body: null, colour: 'red' }],
        absent: [403, { message: 'Missing Authentication Token' }],
        method: ['NONE', 'AWS_PROXY'],
        patched: 'blue',
        pages: [
          [3, 1],
          ['more-0', 'more-1', 'more-2', 'shop'],
        ],
        resources: ['/', '/orders', '/orders/{id}'],
        errors: [
          ['NotFoundException', 404],
          ['ConflictException', 409],
        ],
        after: 404,
      },
      http: {
        get: [201, { version: '2.0', route: 'GET /items/{id}', id: '7', query: { a: '1,2' }, colour: 'green' }],
        post: [201, { version: '2.0', route: 'POST /items', body: 'AP8=', colour: 'green' }],
        default: '$default',
        routes: ['$default', 'GET /items/{id}', 'POST /items'],
        read: [{ AllowOrigins: ['https://a.example'] }, { team: 'b' }],
        version: '1.0',
        absent: [404, { message: 'Not Found' }],
        apis: ['other-0', 'other-1', 'web'],
        errors: [
          ['NotFoundException', 404],
          ['ConflictException', 409],
        ],
        after: 404,
      },
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('makes an API, and it answers', async () => {
    const aws = async (...args: string[]) => JSON.parse(await python.aws('apigatewayv2', ...args))
    const { ApiId } = await aws('create-api', '--name', 'cli', '--protocol-type', 'HTTP')
    const api = ['--api-id', ApiId]
    const proxy = ['--integration-type', 'AWS_PROXY', '--payload-format-version', '2.0']
    const { IntegrationId } = await aws(
      'create-integration',
      ...api,
      ...proxy,
      '--integration-uri',
      functionArn('echo'),
    )
    await aws('create-route', ...api, '--route-key', 'GET /cli/{id}', '--target', `integrations/${IntegrationId}`)
    await aws('create-stage', ...api, '--stage-name', 'dev', '--auto-deploy', '--stage-variables', 'colour=red')
    const answer = await fetch(`${python.node.endpoint}/_aws/execute-api/${ApiId}/dev/cli/7`)
    expect(await answer.json()).toMatchObject({ route: 'GET /cli/{id}', id: '7', colour: 'red' })
    expect((await aws('get-apis')).Items).toMatchObject(expect.arrayContaining([expect.objectContaining({ ApiId })]))
  })
})
