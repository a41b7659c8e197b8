import { att, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const api = { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'walked' } }
const path = (of: string, PathPart = 'orders') => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: ref(of), ParentId: att(of, 'RootResourceId'), PathPart },
})
const mock = { Type: 'MOCK', RequestTemplates: { 'application/json': '{"statusCode":200}' } }
const method = (of: string) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: ref(of),
    ResourceId: att(of, 'RootResourceId'),
    HttpMethod: 'GET',
    AuthorizationType: 'NONE',
    Integration: mock,
  },
})
const deployment = (of: string, after: string) => ({
  Type: 'AWS::ApiGateway::Deployment',
  Properties: { RestApiId: ref(of) },
  DependsOn: after,
})
const authorizer = (of: string, Name: string) => ({
  Type: 'AWS::ApiGateway::Authorizer',
  Properties: {
    RestApiId: ref(of),
    Name,
    Type: 'TOKEN',
    IdentitySource: 'method.request.header.Authorization',
    AuthorizerUri: uriOf('f'),
  },
})
const uriOf = (name: string) => ({
  'Fn::Sub': `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:\${AWS::AccountId}:function:${name}/invocations`,
})
const schema = (type: string) => ({ $schema: 'http://json-schema.org/draft-04/schema#', type })

export const apigateway: Samples = {
  'AWS::ApiGateway::RestApi': {
    base: { Name: 'walked' },
    changes: {
      Name: to('renamed'),
      Description: to('of orders'),
      BinaryMediaTypes: to(['image/png']),
      DisableExecuteApiEndpoint: to(true),
      ApiKeySourceType: to('AUTHORIZER'),
      EndpointConfiguration: to({ Types: ['REGIONAL'] }),
      Policy: to({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
      }),
      Tags: to(tags),
    },
    still: {
      Body: 'It makes what an API consists of: apigateway-import.test.ts has it.',
      Mode: 'It says how a Body is taken, and is nothing without one.',
    },
  },
  'AWS::ApiGateway::Resource': {
    beside: { 'Api~': api, 'Other~': api, 'Parent~': path('Api~', 'parent') },
    base: path('Api~').Properties,
    changes: { ParentId: to(ref('Parent~')), PathPart: to('items') },
    still: { RestApiId: 'The parent of the one is none of the other.' },
  },
  'AWS::ApiGateway::Method': {
    beside: {
      'Api~': api,
      'Path~': path('Api~'),
      'First~': authorizer('Api~', 'first'),
      'Second~': authorizer('Api~', 'second'),
      'Validator~': { Type: 'AWS::ApiGateway::RequestValidator', Properties: { RestApiId: ref('Api~'), Name: 'all' } },
    },
    base: method('Api~').Properties,
    changes: {
      ResourceId: to(ref('Path~')),
      HttpMethod: to('POST'),
      AuthorizationType: to('AWS_IAM'),
      AuthorizerId: to(ref('Second~'), { AuthorizationType: 'CUSTOM', AuthorizerId: ref('First~') }),
      ApiKeyRequired: to(true),
      RequestValidatorId: to(ref('Validator~')),
      OperationName: to('list'),
      RequestModels: to({ 'application/json': 'Empty' }),
      RequestParameters: to({ 'method.request.querystring.a': true }),
      MethodResponses: to([{ StatusCode: '200' }, { StatusCode: '404' }]),
      Integration: to({ ...mock, TimeoutInMillis: 5_000 }),
    },
    still: { RestApiId: 'The path of the one is none of the other.' },
  },
  'AWS::ApiGateway::Stage': {
    beside: {
      Group: { Type: 'AWS::Logs::LogGroup' },
      Certificate: { Type: 'AWS::ApiGateway::ClientCertificate' },
      'Api~': api,
      'Method~': method('Api~'),
      'Deployment~': deployment('Api~', 'Method~'),
      'Second~': deployment('Api~', 'Method~'),
      'Written~': {
        Type: 'AWS::ApiGateway::DocumentationVersion',
        Properties: { RestApiId: ref('Api~'), DocumentationVersion: '1' },
      },
    },
    base: { RestApiId: ref('Api~'), StageName: 'dev', DeploymentId: ref('Deployment~') },
    changes: {
      StageName: to('live'),
      DeploymentId: to(ref('Second~')),
      Description: to('what is live'),
      Variables: to({ one: '1' }),
      TracingEnabled: to(true),
      MethodSettings: to([{ HttpMethod: '*', ResourcePath: '/*', MetricsEnabled: true }]),
      AccessLogSetting: to({ DestinationArn: att('Group', 'Arn'), Format: '$context.requestId' }),
      ClientCertificateId: to(ref('Certificate')),
      CanarySetting: to({ DeploymentId: ref('Second~'), PercentTraffic: 20 }),
      DocumentationVersion: to(ref('Written~')),
      Tags: to(tags),
    },
    still: { RestApiId: 'The deployment of the one is none of the other.' },
  },
  'AWS::ApiGateway::Deployment': {
    beside: { 'Api~': api, 'Other~': api, 'Method~': method('Api~'), 'OtherMethod~': method('Other~') },
    base: { RestApiId: { 'Fn::Select': [0, [ref('Api~'), ref('Method~'), ref('OtherMethod~')]] } },
    changes: { RestApiId: to(ref('Other~')), Description: to('the first') },
    still: {
      StageName: 'It makes a stage: apigateway-cloudformation.test.ts has it.',
      StageDescription: 'It makes a stage: apigateway-cloudformation.test.ts has it.',
    },
  },
  'AWS::ApiGateway::ClientCertificate': {
    base: {},
    changes: { Description: to('of the gateway'), Tags: to(tags) },
  },
  'AWS::ApiGateway::ApiKey': {
    beside: {
      'Api~': api,
      'Method~': method('Api~'),
      'Deployment~': deployment('Api~', 'Method~'),
      'Stage~': {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: ref('Api~'), StageName: 'dev', DeploymentId: ref('Deployment~') },
      },
    },
    base: {},
    changes: {
      Name: to('walked-key'),
      Description: to('of the team'),
      CustomerId: to('one'),
      Enabled: to(true),
      GenerateDistinctId: to(true),
      Value: to('walked-value-of-a-key-12345'),
      StageKeys: to([{ RestApiId: ref('Api~'), StageName: ref('Stage~') }]),
      Tags: to(tags),
    },
    unread: {
      GenerateDistinctId: 'It is for the call that makes a key.',
      Value: 'A key is not read to compare settings.',
    },
  },
  'AWS::ApiGateway::UsagePlan': {
    beside: {
      'Api~': api,
      'Method~': method('Api~'),
      'Deployment~': deployment('Api~', 'Method~'),
      'Stage~': {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: ref('Api~'), StageName: 'dev', DeploymentId: ref('Deployment~') },
      },
    },
    base: {},
    changes: {
      UsagePlanName: to('renamed', { UsagePlanName: 'walked' }),
      Description: to('of the team'),
      ApiStages: to([{ ApiId: ref('Api~'), Stage: ref('Stage~') }]),
      Quota: to({ Limit: 10, Period: 'DAY' }),
      Throttle: to({ BurstLimit: 2, RateLimit: 1 }),
      Tags: to(tags),
    },
  },
  'AWS::ApiGateway::UsagePlanKey': {
    beside: {
      'Key~': { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: true } },
      'Second~': { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: true } },
      'Plan~': { Type: 'AWS::ApiGateway::UsagePlan' },
      'Other~': { Type: 'AWS::ApiGateway::UsagePlan' },
    },
    base: { KeyId: ref('Key~'), KeyType: 'API_KEY', UsagePlanId: ref('Plan~') },
    changes: { KeyId: to(ref('Second~')), UsagePlanId: to(ref('Other~')) },
    still: { KeyType: 'API_KEY is all there is.' },
  },
  'AWS::ApiGateway::Authorizer': {
    beside: { 'Api~': api, 'Other~': api, Role: roleOf('apigateway.amazonaws.com') },
    base: authorizer('Api~', 'walked').Properties,
    changes: {
      RestApiId: to(ref('Other~')),
      Name: to('renamed'),
      Type: to('REQUEST'),
      AuthType: to('custom', { AuthType: 'mine' }),
      AuthorizerCredentials: to(att('Role', 'Arn')),
      AuthorizerResultTtlInSeconds: to(60),
      AuthorizerUri: to(uriOf('g')),
      IdentitySource: to('method.request.header.Token'),
      IdentityValidationExpression: to('^Bearer .*$'),
    },
    still: { ProviderARNs: 'Of user pools, which are not here.' },
  },
  'AWS::ApiGateway::RequestValidator': {
    beside: { 'Api~': api, 'Other~': api },
    base: { RestApiId: ref('Api~') },
    changes: {
      RestApiId: to(ref('Other~')),
      Name: to('walked'),
      ValidateRequestBody: to(true),
      ValidateRequestParameters: to(true),
    },
  },
  'AWS::ApiGateway::DocumentationPart': {
    beside: { 'Api~': api, 'Other~': api },
    base: { RestApiId: ref('Api~'), Location: { Type: 'API' }, Properties: '{"description":"a"}' },
    changes: {
      RestApiId: to(ref('Other~')),
      Location: to({ Type: 'METHOD', Path: '/a', Method: 'GET' }),
      Properties: to('{"description":"b"}'),
    },
  },
  'AWS::ApiGateway::DocumentationVersion': {
    beside: { 'Api~': api },
    base: { RestApiId: ref('Api~'), DocumentationVersion: '1' },
    changes: { DocumentationVersion: to('2'), Description: to('the first') },
    still: { RestApiId: 'The version of the one has the same id as that of the other.' },
  },
  'AWS::ApiGateway::Model': {
    beside: { 'Api~': api, 'Other~': api },
    base: { RestApiId: ref('Api~'), Schema: schema('object') },
    changes: {
      RestApiId: to(ref('Other~')),
      Name: to('Walked'),
      ContentType: to('application/xml'),
      Description: to('an order'),
      Schema: to(schema('string')),
    },
  },
  'AWS::ApiGateway::GatewayResponse': {
    beside: { 'Api~': api, 'Other~': api },
    base: { RestApiId: ref('Api~'), ResponseType: 'DEFAULT_4XX' },
    changes: {
      RestApiId: to(ref('Other~')),
      ResponseType: to('DEFAULT_5XX'),
      StatusCode: to('418'),
      ResponseParameters: to({ 'gatewayresponse.header.x': "'1'" }),
      ResponseTemplates: to({ 'application/json': '{}' }),
    },
  },
  'AWS::ApiGateway::Account': {
    beside: { Role: roleOf('apigateway.amazonaws.com') },
    base: {},
    changes: {},
    still: { CloudWatchRoleArn: 'There is one account: apigateway-cloudformation.test.ts has it.' },
    remains: 'The settings of an account are not the stack’s to take away.',
  },
}
