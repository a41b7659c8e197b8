import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  CreateUsagePlanCommand,
  CreateVpcLinkCommand,
  DeleteDeploymentCommand,
  DeleteResourceCommand,
  DeleteStageCommand,
  GetAccountCommand,
  GetApiKeyCommand,
  GetApiKeysCommand,
  GetDeploymentCommand,
  GetDeploymentsCommand,
  GetMethodCommand,
  GetResourceCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  GetStagesCommand,
  GetTagsCommand,
  GetUsagePlanKeysCommand,
  ImportApiKeysCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  type PutMethodCommandInput,
  PutMethodResponseCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountCommand,
  UpdateIntegrationCommand,
  UpdateMethodCommand,
  UpdateResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { functionArn, invocation, makeRestApi, type TestRestApi } from './apigateway-support.ts'

let node: TestNode
let client: APIGatewayClient

beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
})
afterAll(async () => {
  client?.destroy()
  await node?.close()
})

const replace = (path: string, value: string) => ({ op: 'replace' as const, path, value })
const add = (path: string, value?: string) => ({ op: 'add' as const, path, value })
const remove = (path: string) => ({ op: 'remove' as const, path })

/** An API with a mock on its root, so that it can be deployed. */
async function deployable(name: string): Promise<TestRestApi> {
  const api = await makeRestApi(client, name)
  const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
  await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
  await client.send(new PutIntegrationCommand({ ...target, type: 'MOCK' }))
  return api
}

describe('APIs', () => {
  test('are made, found, changed by patches', async () => {
    const made = await client.send(
      new CreateRestApiCommand({
        name: 'pets',
        description: 'of all kinds',
        binaryMediaTypes: ['image/png'],
        endpointConfiguration: { types: ['REGIONAL'] },
        tags: { team: 'a' },
      }),
    )
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[a-z0-9]{10}$/),
      rootResourceId: expect.stringMatching(/^[a-z0-9]{10}$/),
      name: 'pets',
      apiKeySource: 'HEADER',
      endpointConfiguration: { types: ['REGIONAL'] },
      disableExecuteApiEndpoint: false,
      tags: { team: 'a' },
    })
    expect(made.createdDate?.getTime()).toBeGreaterThan(0)
    const restApiId = made.id
    const changed = await client.send(
      new UpdateRestApiCommand({
        restApiId,
        patchOperations: [
          replace('/name', 'animals'),
          remove('/description'),
          add('/binaryMediaTypes/application~1zip'),
          remove('/binaryMediaTypes/image~1png'),
          replace('/endpointConfiguration/types/REGIONAL', 'EDGE'),
        ],
      }),
    )
    expect(changed).toMatchObject({
      name: 'animals',
      binaryMediaTypes: ['application/zip'],
      endpointConfiguration: { types: ['EDGE'] },
    })
    expect(changed.description).toBeUndefined()
    const { $metadata: _, ...found } = await client.send(new GetRestApiCommand({ restApiId }))
    expect(changed).toMatchObject(found)
  })

  test('are listed in pages', async () => {
    for (const name of ['a', 'b', 'c']) await client.send(new CreateRestApiCommand({ name }))
    const ids: (string | undefined)[] = []
    let position: string | undefined
    do {
      const answer = await client.send(new GetRestApisCommand({ limit: 2, position }))
      ids.push(...(answer.items ?? []).map(({ id }) => id))
      position = answer.position
    } while (position !== undefined)
    const all = await client.send(new GetRestApisCommand({ limit: 500 }))
    expect(ids).toEqual(all.items?.map(({ id }) => id))
    expect(new Set(ids).size).toBeGreaterThanOrEqual(3)
  })

  test.each([
    [{ name: 'x', policy: '{"Version":"2012-10-17"}' }, 'policy'],
    [{ name: 'x', minimumCompressionSize: 10 }, 'minimumCompressionSize'],
    [{ name: 'x', cloneFrom: 'abc' }, 'cloneFrom'],
    [{ name: 'x', endpointConfiguration: { types: ['PRIVATE' as const] } }, 'PRIVATE'],
    [{ name: 'x', binaryMediaTypes: ['png'] }, 'binaryMediaTypes'],
  ])('refuse %j by name', async (input, word) => {
    await expect(client.send(new CreateRestApiCommand(input))).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining(word),
    })
  })

  test('that are not there are not found, in the words of the service', async () => {
    await expect(client.send(new GetRestApiCommand({ restApiId: 'nothing' }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid API identifier specified 000000000000:nothing',
      $metadata: { httpStatusCode: 404 },
    })
  })

  test('patches that are not understood are refused, and change nothing', async () => {
    const api = await makeRestApi(client, 'patched')
    for (const operation of [
      replace('/nothing', 'x'),
      replace('/policy', '{"a":1}'),
      { op: 'copy' as const, path: '/name', from: '/description' },
      replace('/disableExecuteApiEndpoint', 'maybe'),
    ]) {
      const patchOperations = [replace('/name', 'changed'), operation]
      await expect(client.send(new UpdateRestApiCommand({ restApiId: api.id, patchOperations }))).rejects.toMatchObject(
        { name: 'BadRequestException' },
      )
    }
    expect((await client.send(new GetRestApiCommand({ restApiId: api.id }))).name).toBe('patched')
  })
})

describe('resources', () => {
  test('form a tree that can be moved and cut', async () => {
    const api = await makeRestApi(client, 'tree')
    const restApiId = api.id
    const leaf = await api.path('/a/b/{id}')
    const a = await api.path('/a')
    await client.send(
      new UpdateResourceCommand({ restApiId, resourceId: a, patchOperations: [replace('/pathPart', 'z')] }),
    )
    expect(await client.send(new GetResourceCommand({ restApiId, resourceId: leaf }))).toMatchObject({
      path: '/z/b/{id}',
      pathPart: '{id}',
    })
    await expect(
      client.send(
        new UpdateResourceCommand({ restApiId, resourceId: a, patchOperations: [replace('/parentId', leaf)] }),
      ),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
    await client.send(new DeleteResourceCommand({ restApiId, resourceId: a }))
    const { items } = await client.send(new GetResourcesCommand({ restApiId }))
    expect(items?.map(({ path }) => path)).toEqual(['/'])
  })

  test.each([
    ['a b', 'BadRequestException'],
    ['a/b', 'BadRequestException'],
    ['{a', 'BadRequestException'],
    ['taken', 'ConflictException'],
    ['{other}', 'BadRequestException'],
  ])('%s beside taken and {id} is refused', async (pathPart, name) => {
    const api = await makeRestApi(client, 'places')
    await api.path('/taken')
    await api.path('/{id}')
    const input = { restApiId: api.id, parentId: api.rootId, pathPart }
    await expect(client.send(new CreateResourceCommand(input))).rejects.toMatchObject({ name })
  })

  test('have no children under a greedy one, and the root stays', async () => {
    const api = await makeRestApi(client, 'greedy')
    const parentId = await api.path('/{proxy+}')
    await expect(
      client.send(new CreateResourceCommand({ restApiId: api.id, parentId, pathPart: 'x' })),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
    await expect(
      client.send(new DeleteResourceCommand({ restApiId: api.id, resourceId: api.rootId })),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
  })
})

describe('methods and integrations', () => {
  test('are described with all that belongs to them', async () => {
    const api = await makeRestApi(client, 'methods')
    const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
    await client.send(
      new PutMethodCommand({
        ...target,
        authorizationType: 'NONE',
        operationName: 'list',
        requestParameters: { 'method.request.querystring.page': false },
      }),
    )
    const uri = invocation(functionArn('f'))
    const proxy = { ...target, type: 'AWS_PROXY' as const, integrationHttpMethod: 'POST', uri }
    await client.send(new PutIntegrationCommand(proxy))
    const whole = {
      httpMethod: 'GET',
      authorizationType: 'NONE',
      apiKeyRequired: false,
      operationName: 'list',
      requestParameters: { 'method.request.querystring.page': false },
      methodIntegration: { type: 'AWS_PROXY', httpMethod: 'POST', uri, timeoutInMillis: 29_000 },
    }
    expect(await client.send(new GetMethodCommand(target))).toMatchObject(whole)
    const { items } = await client.send(new GetResourcesCommand({ restApiId: api.id, embed: ['methods'] }))
    expect(items?.[0]?.resourceMethods?.GET).toMatchObject(whole)
    const { items: bare } = await client.send(new GetResourcesCommand({ restApiId: api.id }))
    expect(bare?.[0]?.resourceMethods).toEqual({ GET: {} })
    const patchOperations = [replace('/timeoutInMillis', '1000')]
    expect(await client.send(new UpdateIntegrationCommand({ ...target, patchOperations }))).toMatchObject({
      timeoutInMillis: 1000,
      uri,
    })
    await expect(client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
  })

  test.each<[Partial<PutMethodCommandInput>, string]>([
    [{ authorizationType: 'COGNITO_USER_POOLS' }, 'COGNITO_USER_POOLS'],
    [{ authorizationType: 'CUSTOM', authorizerId: 'abc' }, 'authorizer'],
    [{ authorizationScopes: ['a'] }, 'authorizationScopes'],
    [{ requestValidatorId: 'abc' }, 'Request Validator'],
    [{ requestModels: { 'application/json': 'Pet' } }, 'Pet'],
    [{ requestParameters: { nonsense: true } }, 'nonsense'],
    [{ httpMethod: 'FETCH' }, 'HttpMethod'],
  ])('a method with %j is refused by name', async (more, word) => {
    const api = await makeRestApi(client, 'refusals')
    const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
    await expect(
      client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE', ...more })),
    ).rejects.toMatchObject({ name: 'BadRequestException', message: expect.stringContaining(word) })
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    const patchOperations = [replace('/authorizationType', 'CUSTOM')]
    await expect(client.send(new UpdateMethodCommand({ ...target, patchOperations }))).rejects.toMatchObject({
      message: expect.stringContaining('CUSTOM'),
    })
  })

  const uri = invocation(functionArn('f'))
  test.each<[Partial<PutIntegrationCommandInput>, string]>([
    [{ type: 'HTTP' }, 'HTTP'],
    [{ type: 'HTTP_PROXY' }, 'Invalid HTTP endpoint'],
    [{ type: 'AWS' }, 'AWS'],
    [{ uri: functionArn('f') }, 'uri'],
    [{ uri: uri.replace('2015-03-31', '2021-11-15') }, 'uri'],
    [{ integrationHttpMethod: 'GET' }, 'integrationHttpMethod'],
    [{ credentials: 'arn:aws:iam::*:user/*' }, 'credentials'],
    [{ connectionType: 'VPC_LINK' }, 'connectionType'],
    [{ requestParameters: { 'integration.request.header.a': "'b'" } }, 'requestParameters'],
    [{ contentHandling: 'CONVERT_TO_BINARY' }, 'contentHandling'],
    [{ responseTransferMode: 'STREAM' }, 'responseTransferMode'],
    [{ timeoutInMillis: 29_001 }, 'Timeout'],
  ])('an integration with %j is refused by name', async (more, word) => {
    const api = await makeRestApi(client, 'refusals')
    const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    await expect(
      client.send(
        new PutIntegrationCommand({ ...target, type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri, ...more }),
      ),
    ).rejects.toMatchObject({ name: 'BadRequestException', message: expect.stringContaining(word) })
  })
})

describe('deployments and stages', () => {
  test('an API without methods, or a method without integration, cannot be deployed', async () => {
    const api = await makeRestApi(client, 'empty')
    const deploy = () => client.send(new CreateDeploymentCommand({ restApiId: api.id, stageName: 'dev' }))
    await expect(deploy()).rejects.toMatchObject({ message: "The REST API doesn't contain any methods" })
    const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    await expect(deploy()).rejects.toMatchObject({ message: 'No integration defined for method' })
  })

  test('a stage is made by a deployment, changed by patches, and keeps its deployment from deletion', async () => {
    const api = await deployable('stages')
    const restApiId = api.id
    const id = await api.deploy('dev', { a: '1' })
    const target = { restApiId, stageName: 'dev' }
    expect(await client.send(new GetStageCommand(target))).toMatchObject({ deploymentId: id, variables: { a: '1' } })
    const changed = await client.send(
      new UpdateStageCommand({
        ...target,
        patchOperations: [
          replace('/tracingEnabled', 'true'),
          replace('/*/*/metrics/enabled', 'true'),
          replace('/~1pets/GET/logging/loglevel', 'INFO'),
          replace('/variables/b', '2'),
          remove('/variables/a'),
        ],
      }),
    )
    expect(changed).toMatchObject({
      tracingEnabled: true,
      methodSettings: { '*/*': { metricsEnabled: true }, '~1pets/GET': { loggingLevel: 'INFO' } },
    })
    expect(changed.variables).toEqual({ b: '2' })
    await expect(client.send(new DeleteDeploymentCommand({ restApiId, deploymentId: id }))).rejects.toMatchObject({
      message: 'Active stages pointing to this deployment must be moved or deleted',
    })
    await client.send(new DeleteStageCommand(target))
    await client.send(new DeleteDeploymentCommand({ restApiId, deploymentId: id }))
    await expect(client.send(new GetStageCommand(target))).rejects.toMatchObject({ name: 'NotFoundException' })
  })

  test.each([
    replace('/*/*/throttling/rateLimit', 'x'),
    replace('/canarySettings/percentTraffic', '101'),
    replace('/*/*/caching/enabled', 'true'),
    replace('/accessLogSettings/format', 'x'),
    replace('/variables/a b', 'x'),
    replace('/deploymentId', 'nothing'),
  ])('a stage refuses the patch %j', async (operation) => {
    const api = await deployable('refusing')
    await api.deploy('dev')
    await expect(
      client.send(new UpdateStageCommand({ restApiId: api.id, stageName: 'dev', patchOperations: [operation] })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: expect.toSatisfy((status) => status === 400 || status === 404) },
    })
  })

  test('are listed, and a deployment says what it holds', async () => {
    const api = await deployable('lists')
    const restApiId = api.id
    const first = await api.deploy('dev')
    const second = await api.deploy('dev')
    await client.send(new CreateStageCommand({ restApiId, stageName: 'prod', deploymentId: first }))
    await expect(
      client.send(new CreateStageCommand({ restApiId, stageName: 'prod', deploymentId: first })),
    ).rejects.toMatchObject({ name: 'ConflictException' })
    const { items } = await client.send(new GetDeploymentsCommand({ restApiId, limit: 500 }))
    expect(items?.map(({ id }) => id).sort()).toEqual([first, second].sort())
    const { item } = await client.send(new GetStagesCommand({ restApiId, deploymentId: first }))
    expect(item?.map(({ stageName }) => stageName)).toEqual(['prod'])
    expect(
      await client.send(new GetDeploymentCommand({ restApiId, deploymentId: first, embed: ['apisummary'] })),
    ).toMatchObject({ apiSummary: { '/': { GET: { authorizationType: 'NONE', apiKeyRequired: false } } } })
  })
})

test('tags are on APIs and stages', async () => {
  const api = await deployable('tagged')
  await api.deploy('dev')
  for (const path of [`restapis/${api.id}`, `restapis/${api.id}/stages/dev`]) {
    const resourceArn = `arn:aws:apigateway:us-east-1::/${path}`
    await client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }))
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ b: '2' })
  }
  const resourceArn = 'arn:aws:apigateway:us-east-1::/restapis/nothing'
  await expect(client.send(new GetTagsCommand({ resourceArn }))).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('the account keeps the role for its logs', async () => {
  expect((await client.send(new GetAccountCommand({}))).cloudwatchRoleArn).toBeUndefined()
  const role = 'arn:aws:iam::000000000000:role/logs'
  await client.send(new UpdateAccountCommand({ patchOperations: [replace('/cloudwatchRoleArn', role)] }))
  expect((await client.send(new GetAccountCommand({}))).cloudwatchRoleArn).toBe(role)
  await expect(
    client.send(new UpdateAccountCommand({ patchOperations: [replace('/cloudwatchRoleArn', 'me')] })),
  ).rejects.toMatchObject({ name: 'BadRequestException' })
})

test('what is not here yet says so', async () => {
  await expect(client.send(new CreateVpcLinkCommand({ name: 'p', targetArns: ['a'] }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 501 },
  })
})

test('a user can do what the policy says, to the API that it names', async () => {
  const iam = node.client(IAMClient)
  const mine = await makeRestApi(client, 'mine')
  const other = await makeRestApi(client, 'other')
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const Statement = [
    {
      Effect: 'Allow',
      Action: ['apigateway:GET', 'apigateway:POST'],
      Resource: `arn:aws:apigateway:us-east-1::/restapis/${mine.id}*`,
    },
  ]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const ann = node.client(APIGatewayClient, { credentials })
  await ann.send(new GetRestApiCommand({ restApiId: mine.id }))
  await ann.send(new CreateResourceCommand({ restApiId: mine.id, parentId: mine.rootId, pathPart: 'a' }))
  const target = { restApiId: mine.id, resourceId: mine.rootId, httpMethod: 'GET', authorizationType: 'NONE' }
  await expect(ann.send(new PutMethodCommand(target))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      new RegExp(`apigateway:PUT on resource: \\S+::/restapis/${mine.id}/resources/${mine.rootId}/methods/GET`),
    ),
  })
  await expect(ann.send(new GetRestApiCommand({ restApiId: other.id }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  ann.destroy()
  iam.destroy()
})

describe('too much of it', () => {
  test('stages, and patches, are refused over the quota', async () => {
    const api = await deployable('many')
    for (let i = 0; i < 10; i++) await api.deploy(`stage${i}`)
    await expect(api.deploy('stage10')).rejects.toMatchObject({ name: 'LimitExceededException' })
    await api.deploy('stage0')
    const patchOperations = Array.from({ length: 1_001 }, () => replace('/name', 'x'))
    await expect(client.send(new UpdateRestApiCommand({ restApiId: api.id, patchOperations }))).rejects.toMatchObject({
      name: 'BadRequestException',
    })
  })

  test('a method that grows past what can be stored is refused, and stays', async () => {
    const api = await makeRestApi(client, 'large')
    const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
    await client.send(new PutIntegrationCommand({ ...target, type: 'MOCK' }))
    const responseTemplates = { 'text/plain': 'x'.repeat(600_000) }
    const put = async (statusCode: string) => {
      await client.send(new PutMethodResponseCommand({ ...target, statusCode }))
      await client.send(new PutIntegrationResponseCommand({ ...target, statusCode, responseTemplates }))
    }
    await put('200')
    await expect(put('201')).rejects.toMatchObject({ name: 'LimitExceededException' })
    await api.deploy('dev')
    const { methodIntegration } = await client.send(new GetMethodCommand(target))
    expect(Object.keys(methodIntegration?.integrationResponses ?? {})).toEqual(['200'])
  })
})

describe('a file of API keys', () => {
  const value = (name: string) => `value-of-the-key-${name}`
  const load = (lines: string[], failOnWarnings = false) =>
    client.send(new ImportApiKeysCommand({ body: Buffer.from(lines.join('\n')), format: 'csv', failOnWarnings }))

  test('makes keys, puts them into plans, and takes the place of those with the same value', async () => {
    const plan = async (name: string) => (await client.send(new CreateUsagePlanCommand({ name }))).id ?? ''
    const [one, two] = [await plan('one'), await plan('two')]
    const { ids = [], warnings } = await load([
      'Enabled,UsagePlanIds,colour,KEY,Name,description',
      `,"${one}, ${two}",red,${value('key-a')},a,"one, ""first"""`,
      `FALSE,${one},red,${value('key-b')},b,`,
    ])
    expect([ids.length, warnings]).toEqual([2, []])
    const a = await client.send(new GetApiKeyCommand({ apiKey: ids[0], includeValue: true }))
    expect(a).toMatchObject({ name: 'a', value: value('key-a'), enabled: true, description: 'one, "first"' })
    expect((await client.send(new GetApiKeyCommand({ apiKey: ids[1] }))).enabled).toBe(false)
    const keysOf = async (usagePlanId: string) =>
      (await client.send(new GetUsagePlanKeysCommand({ usagePlanId }))).items?.map(({ name }) => name).sort()
    expect([await keysOf(one), await keysOf(two)]).toEqual([['a', 'b'], ['a']])
    const again = await load(['name,key,usageplanids', `renamed,${value('key-a')},${one}`])
    expect(again).toMatchObject({ ids: [ids[0]], warnings: [] })
    expect((await client.send(new GetApiKeyCommand({ apiKey: ids[0] }))).name).toBe('renamed')
  })

  test('tells which lines it could not take, or takes none when asked to', async () => {
    const lines = ['name,key,usageplanids', `good,${value('key-c')},`, 'short,abc,', `lost,${value('key-d')},missing`]
    await expect(load(lines, true)).rejects.toMatchObject({ name: 'BadRequestException' })
    const named = async () => (await client.send(new GetApiKeysCommand({ nameQuery: 'good' }))).items
    expect(await named()).toEqual([])
    const { ids, warnings } = await load(lines)
    expect([ids?.length, warnings?.map((text) => text.slice(0, 7))]).toEqual([2, ['Line 3:', 'Line 4:']])
    expect(await named()).toHaveLength(1)
    await expect(load(['name,colour', 'a,red'])).rejects.toThrow('key')
  })
})
