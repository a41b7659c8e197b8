import { expect, test } from 'vitest'
import { parseTemplate } from '../parse.ts'
import { transformServerless } from './transform.ts'

// What is expected is what aws-sam-translator 1.110 makes of the same templates.
type Method = { security?: object[]; 'x-amazon-apigateway-integration': { credentials?: string } }
const secured = (type: 'Api' | 'HttpApi', auth: string, events: string, more = '') => {
  const resources = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Way: {Type: AWS::Serverless::${type}, Properties: {${type === 'Api' ? 'StageName: Prod, ' : ''}${more} Auth: ${auth}}}
  Fn: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Handler: index.h, Runtime: nodejs22.x, Role: r, Events: {${events}}}}`
  const { Resources } = transformServerless(parseTemplate(resources)) as { Resources: Record<string, object> }
  const { Body } = (Resources.Way as { Properties: { Body: Record<string, object> } }).Properties
  const paths = Body.paths as Record<string, Record<string, Method>>
  return { Resources, Body, security: (path: string, method = 'get') => paths[path]?.[method]?.security, paths }
}
const event = (type: string, path: string, auth = '', method = 'get') =>
  `E${path.replaceAll(/\W/g, '')}${method}: {Type: ${type}, Properties: {${type === 'Api' ? 'RestApiId' : 'ApiId'}: !Ref Way, Path: '${path}', Method: ${method}${auth && `, Auth: ${auth}`}}}`
const authorizerUri = {
  'Fn::Sub': [
    'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations',
    { __FunctionArn__: 'a' },
  ],
}

test('Auth of a REST API: functions, signatures and keys, for all methods or one', () => {
  const { Resources, Body, security, paths } = secured(
    'Api',
    `{DefaultAuthorizer: T, ApiKeyRequired: true, UsagePlan: {CreateUsagePlan: PER_API, Quota: {Limit: 5, Period: DAY}},
      ResourcePolicy: {CustomStatements: [{Effect: Deny}], IpRangeBlacklist: [1.2.3.4]},
      Authorizers: {T: {FunctionArn: a, FunctionInvokeRole: w, Identity: {Header: H, ValidationExpression: e, ReauthorizeEvery: 0}},
        R: {FunctionArn: a, FunctionPayloadType: REQUEST, DisableFunctionDefaultPermissions: true, Identity: {Headers: [h], QueryStrings: [q]}}}}`,
    [
      event('Api', '/all'),
      event('Api', '/none', '{Authorizer: NONE, ApiKeyRequired: false}'),
      event('Api', '/r/{x}', '{Authorizer: R}', 'any'),
      event('Api', '/iam', '{Authorizer: AWS_IAM, InvokeRole: w}'),
    ].join(', '),
  )
  const key = { api_key: [] }
  expect(security('/all')).toEqual([{ T: [] }, key])
  expect(security('/none')).toEqual([{ NONE: [] }])
  expect(security('/r/{x}', 'x-amazon-apigateway-any-method')).toEqual([{ R: [] }, key])
  expect(security('/iam')).toEqual([{ AWS_IAM: [] }, key])
  expect(paths['/iam']?.get?.['x-amazon-apigateway-integration'].credentials).toBe('w')
  const header = { type: 'apiKey', in: 'header' }
  expect(Body.securityDefinitions).toEqual({
    T: {
      ...{ ...header, name: 'H', 'x-amazon-apigateway-authtype': 'custom' },
      'x-amazon-apigateway-authorizer': {
        ...{ type: 'token', authorizerUri, authorizerCredentials: 'w' },
        ...{ authorizerResultTtlInSeconds: 0, identityValidationExpression: 'e' },
      },
    },
    R: {
      ...{ ...header, name: 'Unused', 'x-amazon-apigateway-authtype': 'custom' },
      'x-amazon-apigateway-authorizer': {
        ...{ type: 'request', authorizerUri },
        identitySource: 'method.request.header.h, method.request.querystring.q',
      },
    },
    AWS_IAM: { ...header, name: 'Authorization', 'x-amazon-apigateway-authtype': 'awsSigv4' },
    api_key: { ...header, name: 'x-api-key' },
  })
  const at = (path: string) => [{ 'Fn::Sub': [`execute-api:/\${__Stage__}/${path}`, { __Stage__: 'Prod' }] }]
  expect(Body['x-amazon-apigateway-policy']).toMatchObject({
    Statement: expect.arrayContaining([
      { Action: 'execute-api:Invoke', Effect: 'Allow', Principal: '*', Resource: at('*/r/*') },
      expect.objectContaining({ Effect: 'Deny', Condition: { IpAddress: { 'aws:SourceIp': ['1.2.3.4'] } } }),
      { Effect: 'Deny' },
    ]),
  })
  expect(Resources.WayTAuthorizerPermission).toMatchObject({ Properties: { FunctionName: 'a' } })
  expect(Resources).not.toHaveProperty('WayRAuthorizerPermission')
  const Stage = { Ref: 'WayProdStage' }
  expect(Resources.WayUsagePlan).toEqual({
    ...{ Type: 'AWS::ApiGateway::UsagePlan', DependsOn: ['Way'] },
    Properties: { ApiStages: [{ ApiId: { Ref: 'Way' }, Stage }], Quota: { Limit: 5, Period: 'DAY' } },
  })
  expect(Resources).toMatchObject({ WayApiKey: { DependsOn: ['WayUsagePlan'] }, WayUsagePlanKey: {} })
})

test('Auth of an HTTP API: functions, issuers of tokens with scopes, and signatures', () => {
  const { Body, Resources, security } = secured(
    'HttpApi',
    `{DefaultAuthorizer: J, EnableIamAuthorizer: true, Authorizers: {
        L: {FunctionArn: a, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, EnableFunctionDefaultPermissions: true, Identity: {Headers: [h], Context: [c]}},
        J: {AuthorizationScopes: [s], IdentitySource: $request.header.Authorization, JwtConfiguration: {Issuer: i, Audience: [x]}}}}`,
    [
      event('HttpApi', '/all'),
      event('HttpApi', '/all', '', 'options'),
      event('HttpApi', '/none', '{Authorizer: NONE}'),
      event('HttpApi', '/l', '{Authorizer: L}'),
      event('HttpApi', '/scope', '{AuthorizationScopes: [t]}'),
      event('HttpApi', '/iam', '{Authorizer: AWS_IAM, AuthorizationScopes: [t]}'),
    ].join(', '),
    'CorsConfiguration: true, DefinitionBody: {openapi: 3.0.1, paths: {/given: {get: {}}, /own: {get: {security: [{Mine: []}]}}}},',
  )
  const asked = ['/all', '/none', '/l', '/scope', '/iam', '/given', '/own'].map((path) => security(path)?.[0])
  expect(asked).toEqual([
    ...[{ J: ['s'] }, { NONE: [] }, { L: [] }, { J: ['t'] }, { AWS_IAM: [] }],
    ...[{ J: ['s'] }, { Mine: [] }],
  ])
  expect(security('/all', 'options')).toBeUndefined()
  expect(Body).toMatchObject({
    tags: [{ name: 'httpapi:createdBy' }],
    'x-amazon-apigateway-cors': { allowOrigins: ['*'] },
  })
  expect((Body.components as { securitySchemes: object }).securitySchemes).toEqual({
    AWS_IAM: expect.objectContaining({ 'x-amazon-apigateway-authtype': 'awsSigv4' }),
    L: {
      ...{ type: 'apiKey', name: 'Unused', in: 'header' },
      'x-amazon-apigateway-authorizer': {
        ...{ type: 'request', authorizerUri, authorizerPayloadFormatVersion: '2.0', enableSimpleResponses: true },
        identitySource: ['$request.header.h', '$context.c'],
      },
    },
    J: {
      type: 'oauth2',
      'x-amazon-apigateway-authorizer': {
        ...{ type: 'jwt', identitySource: '$request.header.Authorization' },
        jwtConfiguration: { issuer: 'i', audience: ['x'] },
      },
    },
  })
  expect(Resources).toHaveProperty('WayLAuthorizerPermission')
})

test.each([
  ['Api', '{Authorizers: {A: {UserPoolArn: u}}}', '', 'Auth.Authorizers.A.UserPoolArn is not supported'],
  ['Api', '{DefaultAuthorizer: A}', '', "'A' was not defined in 'Authorizers'"],
  ['Api', '{DefaultAuthorizer: AWS_IAM}', '', 'CALLER_CREDENTIALS'],
  ['Api', '{}', '{Authorizer: NONE}', "'NONE' is only a valid value when a DefaultAuthorizer"],
  ['Api', '{}', '{Authorizer: __proto__}', "wasn't defined in the API's Authorizers"],
  ['Api', '{}', '{OverrideApiAuth: true}', 'OverrideApiAuth is not supported'],
  ['Api', '{UsagePlan: {CreateUsagePlan: SHARED}}', '', 'CreateUsagePlan SHARED is not supported'],
  ['Api', '{UsagePlan: {}}', '', "'CreateUsagePlan' is a required field"],
  ['Api', '{ResourcePolicy: {SourceVpcWhitelist: [v]}}', '', 'SourceVpcWhitelist is not supported'],
  ['Api', 'x', '', "Property 'Auth' should be a map."],
  ['HttpApi', '{}', '{Authorizer: AWS_IAM}', "wasn't defined in the API's Authorizers"],
  ['HttpApi', '{Authorizers: {A: {FunctionArn: a}}}', '', "must define 'AuthorizerPayloadFormatVersion'"],
  ['HttpApi', '{ApiKeyRequired: true}', '', 'Auth.ApiKeyRequired is not supported'],
] as const)('Auth %s %s %s is refused', (type, auth, ofEvent, message) => {
  expect(() => secured(type, auth, event(type, '/x', ofEvent))).toThrow(message)
})

test('Auth is refused where methods cannot be seen, and would be open to all', () => {
  const given = (paths: string) => `DefinitionBody: {swagger: '2.0', paths: ${paths}},`
  const all = (more: string) => () => secured('Api', '{ApiKeyRequired: true}', '', more)
  expect(all(given('{/x: {get: {}}}'))).not.toThrow()
  expect(all(given('{/x: !If [C, {get: {}}, !Ref AWS::NoValue]}'))).toThrow('/x is made by a function')
  expect(all(given('{/x: {get: !If [C, {}, {}]}}'))).toThrow('/x get is made by a function')
  expect(all(given('!If [C, {}, {}]'))).toThrow('made by a function')
  expect(all('DefinitionUri: s3://b/k,')).toThrow('only with inline Swagger')
  expect(() => secured('Api', '{ResourcePolicy: {IpRangeWhitelist: [1.2.3.4]}}', '')).toThrow('Use CustomStatements')
})
