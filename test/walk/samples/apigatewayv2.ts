import { att, ref, roleOf, type Samples, to } from '../sample.ts'

const api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'walked', ProtocolType: 'HTTP' } }
const integration = (of: string) => ({
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: {
    ApiId: ref(of),
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'GET',
    IntegrationUri: 'https://example.com',
    PayloadFormatVersion: '1.0',
  },
})
const jwt = (audience: string) => ({ Audience: [audience], Issuer: 'https://example.com' })

const authorizer = (audience: string) => ({
  ApiId: ref('Api~'),
  Name: audience,
  AuthorizerType: 'JWT',
  IdentitySource: ['$request.header.Authorization'],
  JwtConfiguration: jwt(audience),
})
const uriOf = (name: string) => ({
  'Fn::Sub': `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:\${AWS::AccountId}:function:${name}/invocations`,
})
/** An authorizer that is a function. */
const called = {
  AuthorizerType: 'REQUEST',
  AuthorizerUri: uriOf('f'),
  AuthorizerPayloadFormatVersion: '2.0',
  JwtConfiguration: ref('AWS::NoValue'),
}

export const apigatewayv2: Samples = {
  'AWS::ApiGatewayV2::Api': {
    base: { Name: 'walked', ProtocolType: 'HTTP' },
    changes: {
      Name: to('renamed'),
      CorsConfiguration: to({ AllowOrigins: ['https://example.com'] }),
      Description: to('of orders'),
      DisableExecuteApiEndpoint: to(true),
      Version: to('2'),
      Tags: to({ team: 'a' }),
    },
    still: {
      ProtocolType: 'HTTP is all there is.',
      RouteSelectionExpression: 'HTTP APIs have but one.',
      Target: 'It makes routes: apigateway-http.test.ts has it.',
      RouteKey: 'It makes routes: apigateway-http.test.ts has it.',
      CredentialsArn: 'It makes routes: apigateway-http.test.ts has it.',
      Body: 'It makes routes: apigateway-http-import.test.ts has it.',
    },
  },
  'AWS::ApiGatewayV2::PortalProduct': {
    base: { DisplayName: 'walked' },
    changes: {
      DisplayName: to('renamed'),
      Description: to('of orders'),
      Tags: to([{ Key: 'team', Value: 'a' }]),
    },
  },
  'AWS::ApiGatewayV2::Stage': {
    beside: {
      'Api~': api,
      'Other~': api,
      'Deployment~': { Type: 'AWS::ApiGatewayV2::Deployment', Properties: { ApiId: ref('Api~') }, DependsOn: 'Route~' },
      'Integration~': integration('Api~'),
      'Route~': {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: ref('Api~'), RouteKey: 'GET /', Target: { 'Fn::Sub': 'integrations/${Integration~}' } },
      },
      Group: { Type: 'AWS::Logs::LogGroup' },
    },
    base: { ApiId: ref('Api~'), StageName: 'dev' },
    changes: {
      ApiId: to(ref('Other~')),
      StageName: to('live'),
      AutoDeploy: to(true),
      DefaultRouteSettings: to(
        { ThrottlingBurstLimit: 7, ThrottlingRateLimit: 5 },
        { DefaultRouteSettings: { ThrottlingBurstLimit: 6, ThrottlingRateLimit: 5 } },
      ),
      RouteSettings: to({ 'GET /': { ThrottlingBurstLimit: 7, ThrottlingRateLimit: 5 } }),
      AccessLogSettings: to({ DestinationArn: att('Group', 'Arn'), Format: '$context.requestId' }),
      DeploymentId: to(ref('Deployment~')),
      Description: to('what is live'),
      StageVariables: to({ one: '1' }),
      Tags: to({ team: 'a' }),
    },
    namesake: ['ApiId'],
    oneWay: { DeploymentId: 'What is deployed stays deployed.' },
  },
  'AWS::ApiGatewayV2::Route': {
    beside: {
      'Api~': api,
      'Other~': api,
      'Integration~': integration('Api~'),
      'Second~': integration('Api~'),
      'Authorizer~': { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: authorizer('one') },
      'Another~': { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: authorizer('two') },
    },
    base: { ApiId: ref('Api~'), RouteKey: 'GET /' },
    changes: {
      ApiId: to(ref('Other~')),
      RouteKey: to('POST /'),
      Target: to({ 'Fn::Sub': 'integrations/${Integration~}' }),
      OperationName: to('list'),
      AuthorizationType: to('AWS_IAM'),
      AuthorizerId: to(ref('Another~'), { AuthorizationType: 'JWT', AuthorizerId: ref('Authorizer~') }),
      AuthorizationScopes: to(['orders'], { AuthorizationType: 'JWT', AuthorizerId: ref('Authorizer~') }),
    },
  },
  'AWS::ApiGatewayV2::Integration': {
    beside: { 'Api~': api, 'Other~': api },
    base: integration('Api~').Properties,
    changes: {
      ApiId: to(ref('Other~')),
      IntegrationUri: to('https://example.org'),
      IntegrationMethod: to('POST'),
      TimeoutInMillis: to(5_000),
      Description: to('elsewhere'),
      RequestParameters: to({ 'append:header.x': '1' }),
      ResponseParameters: to({ '200': { ResponseParameters: [{ Destination: 'append:header.x', Source: '1' }] } }),
    },
    still: {
      IntegrationType: 'A change asks for other settings too.',
      PayloadFormatVersion: 'HTTP_PROXY has but 1.0.',
      ConnectionType: 'INTERNET is all there is.',
      IntegrationSubtype: 'Of services: a change asks for other settings too.',
      CredentialsArn: 'Of services and functions: apigateway-http-access.test.ts has it.',
    },
  },
  'AWS::ApiGatewayV2::Authorizer': {
    beside: { 'Api~': api, 'Other~': api, Role: roleOf('apigateway.amazonaws.com') },
    base: authorizer('one'),
    changes: {
      ApiId: to(ref('Other~')),
      Name: to('renamed'),
      AuthorizerUri: to(uriOf('g'), called),
      AuthorizerCredentialsArn: to(att('Role', 'Arn'), called),
      AuthorizerPayloadFormatVersion: to('1.0', called),
      AuthorizerResultTtlInSeconds: to(60, called),
      EnableSimpleResponses: to(true, called),
      IdentitySource: to(['$request.header.Token']),
      JwtConfiguration: to(jwt('two')),
    },
    still: { AuthorizerType: 'A change asks for other settings too.' },
  },
  'AWS::ApiGatewayV2::Deployment': {
    beside: {
      'Api~': api,
      'Other~': api,
      'Integration~': integration('Api~'),
      'Route~': {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: ref('Api~'), RouteKey: 'GET /', Target: { 'Fn::Sub': 'integrations/${Integration~}' } },
      },
      'Second~': integration('Other~'),
      'OtherRoute~': {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: ref('Other~'), RouteKey: 'GET /', Target: { 'Fn::Sub': 'integrations/${Second~}' } },
      },
    },
    base: { ApiId: ref('Api~') },
    changes: { ApiId: to(ref('Other~')), Description: to('the first') },
    still: { StageName: 'It deploys to a stage that is there: apigateway-http.test.ts has it.' },
  },
}
