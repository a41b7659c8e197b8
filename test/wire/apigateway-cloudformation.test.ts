import {
  APIGatewayClient,
  GetAccountCommand,
  GetApiKeysCommand,
  GetDeploymentsCommand,
  GetMethodCommand,
  GetModelCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  GetUsagePlansCommand,
} from '@aws-sdk/client-api-gateway'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { ask } from './apigateway-support.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let client: APIGatewayClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  client = node.client(APIGatewayClient)
})
afterAll(async () => {
  cfn?.destroy()
  client?.destroy()
  await node?.close()
})

const Ref = (name: string) => ({ Ref: name })
const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
const template = (Resources: object) =>
  JSON.stringify({
    Resources,
    Outputs: { Id: { Value: Ref('Api') }, Root: { Value: { 'Fn::GetAtt': ['Api', 'RootResourceId'] } } },
  })
async function create(StackName: string, Resources: object): Promise<string> {
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(Resources) }))
  return settled(StackId!)
}
async function update(StackName: string, Resources: object): Promise<string> {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(Resources) }))
  return settled(StackName)
}
async function remove(StackName: string): Promise<string> {
  const { StackId } = await stackOf(StackName)
  await cfn.send(new DeleteStackCommand({ StackName }))
  return settled(StackId!)
}
async function outputs(StackName: string): Promise<Record<string, string>> {
  const { Outputs = [] } = await stackOf(StackName)
  return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))
}
const reasons = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName })))
    .StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason ?? '')
    .join('\n')
const answer = async (id: string, path: string) => {
  const { status, text } = await ask(`${node.endpoint}/_aws/execute-api/${id}${path}`)
  return status === 200 ? text : status
}

const api = (Properties: object = {}) => ({
  Type: 'AWS::ApiGateway::RestApi',
  Properties: { Name: 'api', ...Properties },
})
const resource = (PathPart: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: Ref('Api'), ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart },
})
/** A mock that answers a text. */
const method = (resourceName: string, text: string, more: object = {}) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: Ref('Api'),
    ResourceId: Ref(resourceName),
    HttpMethod: 'GET',
    AuthorizationType: 'NONE',
    MethodResponses: [{ StatusCode: '200', ResponseParameters: { 'method.response.header.X-A': 'true' } }],
    Integration: {
      Type: 'MOCK',
      RequestTemplates: { 'application/json': '{statusCode:200}' },
      IntegrationResponses: [
        {
          StatusCode: '200',
          ResponseParameters: { 'method.response.header.X-A': "'b'" },
          ResponseTemplates: { 'text/plain': text },
        },
      ],
    },
    ...more,
  },
})
const deployment = (DependsOn: string[], Properties: object = { StageName: 'dev' }) => ({
  Type: 'AWS::ApiGateway::Deployment',
  Properties: { RestApiId: Ref('Api'), ...Properties },
  DependsOn,
})

describe('REST APIs of templates', () => {
  test('are made, changed by a new deployment as osls does, and deleted', async () => {
    const first = {
      Api: api({ Description: 'one', BinaryMediaTypes: ['image/png'], Policy: '', Tags: [{ Key: 'a', Value: '1' }] }),
      Items: resource('items'),
      Get: method('Items', 'one'),
      DeployedOne: deployment(['Get']),
    }
    expect(await create('plain', first)).toBe('CREATE_COMPLETE')
    const { Id = '', Root } = await outputs('plain')
    expect(await client.send(new GetRestApiCommand({ restApiId: Id }))).toMatchObject({
      name: 'api',
      description: 'one',
      rootResourceId: Root,
      binaryMediaTypes: ['image/png'],
      tags: { a: '1', 'aws:cloudformation:stack-name': 'plain' },
    })
    const response = await ask(`${node.endpoint}/_aws/execute-api/${Id}/dev/items`)
    expect(response).toMatchObject({ status: 200, text: 'one' })
    expect(response.headers['x-a']).toBe('b')

    const second = {
      Api: api({ Description: 'two', BinaryMediaTypes: ['image/gif'] }),
      Items: resource('items'),
      More: resource('more'),
      Get: method('Items', 'two'),
      GetMore: method('More', 'more'),
      DeployedTwo: deployment(['Get', 'GetMore']),
    }
    expect(await update('plain', second)).toBe('UPDATE_COMPLETE')
    expect(await answer(Id, '/dev/items')).toBe('two')
    expect(await answer(Id, '/dev/more')).toBe('more')
    const changed = await client.send(new GetRestApiCommand({ restApiId: Id }))
    expect(changed).toMatchObject({ description: 'two', binaryMediaTypes: ['image/gif'] })
    expect(changed.tags).not.toHaveProperty('a')
    expect((await client.send(new GetDeploymentsCommand({ restApiId: Id }))).items).toHaveLength(1)

    expect(await remove('plain')).toBe('DELETE_COMPLETE')
    expect((await client.send(new GetRestApisCommand({}))).items).toEqual([])
    expect(await answer(Id, '/dev/items')).toBe(404)
  })

  test('a rollback leaves the stage with what it served, and the methods as they were', async () => {
    const before = {
      Api: api(),
      Items: resource('items'),
      Get: method('Items', 'before'),
      DeployedOne: deployment(['Get']),
    }
    expect(await create('back', before)).toBe('CREATE_COMPLETE')
    const { Id = '' } = await outputs('back')
    const after = {
      Api: api(),
      Items: resource('items'),
      Get: method('Items', 'after'),
      DeployedTwo: deployment(['Get']),
      // Fails after the deployment: the same path twice.
      Twice: { ...resource('items'), DependsOn: ['DeployedTwo', 'Items'] },
    }
    expect(await update('back', after)).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await reasons('back')).toContain('Another resource with the same parent already has this name: items')
    expect(await answer(Id, '/dev/items')).toBe('before')
    const { items = [] } = await client.send(new GetResourcesCommand({ restApiId: Id }))
    const resourceId = items.find(({ path }) => path === '/items')?.id
    const { methodIntegration } = await client.send(
      new GetMethodCommand({ restApiId: Id, resourceId, httpMethod: 'GET' }),
    )
    expect(methodIntegration?.integrationResponses?.['200']?.responseTemplates).toEqual({ 'text/plain': 'before' })
    expect((await client.send(new GetDeploymentsCommand({ restApiId: Id }))).items).toHaveLength(1)
    expect(await remove('back')).toBe('DELETE_COMPLETE')
  })

  test('a failed creation leaves nothing behind', async () => {
    const wrong = {
      Api: api(),
      Items: resource('items'),
      Get: method('Items', 'a', { AuthorizationType: 'COGNITO_USER_POOLS' }),
    }
    expect(await create('failed', wrong)).toBe('ROLLBACK_COMPLETE')
    expect(await reasons('failed')).toContain('COGNITO_USER_POOLS is not supported')
    const half = method('Items', '$context.requestId')
    expect(await create('half', { Api: api(), Items: resource('items'), Get: half })).toBe('ROLLBACK_COMPLETE')
    expect(await reasons('half')).toContain('responseTemplates with Velocity')
    expect((await client.send(new GetRestApisCommand({}))).items).toEqual([])
  })

  test('have stages of their own, with settings', async () => {
    const stack = (text: string, deployed: string, stage: object) => ({
      Api: api(),
      Items: resource('items'),
      Get: method('Items', text),
      [deployed]: deployment(['Get'], {}),
      Live: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: Ref('Api'), StageName: 'live', DeploymentId: Ref(deployed), ...stage },
      },
    })
    const settings = {
      Variables: { a: '1', b: '2' },
      TracingEnabled: true,
      MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', MetricsEnabled: true, LoggingLevel: 'INFO' }],
    }
    expect(await create('staged', stack('one', 'A', settings))).toBe('CREATE_COMPLETE')
    const { Id = '' } = await outputs('staged')
    const stage = () => client.send(new GetStageCommand({ restApiId: Id, stageName: 'live' }))
    expect(await stage()).toMatchObject({
      variables: { a: '1', b: '2' },
      tracingEnabled: true,
      methodSettings: { '*/*': { metricsEnabled: true, loggingLevel: 'INFO' } },
      tags: { 'aws:cloudformation:logical-id': 'Live' },
    })
    expect(await answer(Id, '/live/items')).toBe('one')
    expect(await update('staged', stack('two', 'B', { Variables: { a: '3' } }))).toBe('UPDATE_COMPLETE')
    expect(await answer(Id, '/live/items')).toBe('two')
    const after = await stage()
    expect(after.tracingEnabled).toBe(false)
    expect(after.methodSettings).toEqual({})
    expect(after.variables).toEqual({ a: '3' })
    expect(await remove('staged')).toBe('DELETE_COMPLETE')
  })

  test('describe a stage in their deployment', async () => {
    const StageDescription = { Variables: { a: '1' }, MetricsEnabled: true, Description: 'of the deployment' }
    const stack = {
      Api: api(),
      Items: resource('items'),
      Get: method('Items', 'x'),
      Deployed: deployment(['Get'], { StageName: 'dev', StageDescription }),
    }
    expect(await create('described', stack)).toBe('CREATE_COMPLETE')
    const { Id = '' } = await outputs('described')
    expect(await client.send(new GetStageCommand({ restApiId: Id, stageName: 'dev' }))).toMatchObject({
      description: 'of the deployment',
      variables: { a: '1' },
      methodSettings: { '*/*': { metricsEnabled: true } },
    })
    expect(await remove('described')).toBe('DELETE_COMPLETE')
  })

  test('have validators, models, gateway responses, keys and plans, which change in place and go', async () => {
    const schema = (required: string[]) => ({ type: 'object', required })
    const parts = (required: string[], limit: number, status: string) => ({
      Api: api(),
      Items: resource('items'),
      Model: {
        Type: 'AWS::ApiGateway::Model',
        Properties: { RestApiId: Ref('Api'), ContentType: 'application/json', Schema: schema(required) },
      },
      Validator: {
        Type: 'AWS::ApiGateway::RequestValidator',
        Properties: { RestApiId: Ref('Api'), Name: 'v', ValidateRequestBody: true },
      },
      Invalid: {
        Type: 'AWS::ApiGateway::GatewayResponse',
        Properties: { RestApiId: Ref('Api'), ResponseType: 'BAD_REQUEST_BODY', StatusCode: status },
      },
      Get: method('Items', 'in', {
        ApiKeyRequired: true,
        RequestValidatorId: Ref('Validator'),
        RequestModels: { 'application/json': Ref('Model') },
        HttpMethod: 'POST',
      }),
      [`Deployment${status}`]: deployment(['Get', 'Invalid', 'Model']),
      Key: {
        Type: 'AWS::ApiGateway::ApiKey',
        Properties: { Name: 'k', Enabled: true, Value: 'a-key-of-the-template-1' },
      },
      Plan: {
        Type: 'AWS::ApiGateway::UsagePlan',
        DependsOn: `Deployment${status}`,
        Properties: {
          UsagePlanName: 'plan',
          ApiStages: [
            { ApiId: Ref('Api'), Stage: 'dev', Throttle: { '/items/POST': { RateLimit: 100, BurstLimit: 100 } } },
          ],
          Quota: { Limit: limit, Period: 'DAY' },
        },
      },
      PlanKey: {
        Type: 'AWS::ApiGateway::UsagePlanKey',
        Properties: { KeyId: Ref('Key'), KeyType: 'API_KEY', UsagePlanId: Ref('Plan') },
      },
    })
    const post = async (id: string, body: object) => {
      const headers = { 'x-api-key': 'a-key-of-the-template-1', 'content-type': 'application/json' }
      const url = `${node.endpoint}/_aws/execute-api/${id}/dev/items`
      return (await ask(url, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }
    expect([await create('guarded', parts(['a'], 10, '422')), await reasons('guarded')]).toEqual([
      'CREATE_COMPLETE',
      expect.anything(),
    ])
    const { Id = '' } = await outputs('guarded')
    expect([await post(Id, { a: 1 }), await post(Id, {})]).toEqual([200, 422])
    expect(await update('guarded', parts(['b'], 4, '423'))).toBe('UPDATE_COMPLETE')
    expect([await post(Id, { b: 1 }), await post(Id, {}), await post(Id, { b: 1 })]).toEqual([200, 423, 429])
    expect(await remove('guarded')).toBe('DELETE_COMPLETE')
    expect((await client.send(new GetUsagePlansCommand({}))).items).toEqual([])
    expect((await client.send(new GetApiKeysCommand({}))).items).toEqual([])
  })

  test('a model that moves to another API leaves the one it was in, whatever it is called', async () => {
    const stack = (of: string) => ({
      Api: api(),
      Other: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'other' } },
      Model: { Type: 'AWS::ApiGateway::Model', Properties: { RestApiId: Ref(of), Name: 'Pet', Schema: {} } },
    })
    expect(await create('moved', stack('Api'))).toBe('CREATE_COMPLETE')
    const { Id: restApiId = '' } = await outputs('moved')
    const there = () => client.send(new GetModelCommand({ restApiId, modelName: 'Pet' }))
    expect((await there()).name).toBe('Pet')
    expect(await update('moved', stack('Other'))).toBe('UPDATE_COMPLETE')
    await expect(there()).rejects.toMatchObject({ name: 'NotFoundException' })
    expect(await remove('moved')).toBe('DELETE_COMPLETE')
  })

  test('set the role of the account, and leave it', async () => {
    const CloudWatchRoleArn = 'arn:aws:iam::000000000000:role/gateway-logs'
    const stack = { Api: api(), Account: { Type: 'AWS::ApiGateway::Account', Properties: { CloudWatchRoleArn } } }
    expect(await create('account', stack)).toBe('CREATE_COMPLETE')
    expect(await remove('account')).toBe('DELETE_COMPLETE')
    expect((await client.send(new GetAccountCommand({}))).cloudwatchRoleArn).toBe(CloudWatchRoleArn)
  })

  test.each([
    ['AWS::ApiGateway::VpcLink', { Name: 'x', TargetArns: ['a'] }],
    ['AWS::ApiGateway::RestApi', { BodyS3Location: { Bucket: 'b', Key: 'k' } }],
  ])('%s with %j is refused by name', async (Type, Properties) => {
    const made = create(`refused-${Type.split('::')[2]}`, { Api: api(), Other: { Type, Properties } })
    const told = await made.then(
      () => reasons(`refused-${Type.split('::')[2]}`),
      (error: Error) => error.message,
    )
    expect(told).toMatch(new RegExp(Type === 'AWS::ApiGateway::RestApi' ? 'Body' : Type))
  })
})
