import { expect, test } from 'vitest'
import { routes } from './routes.ts'

const endpoint = 'http://127.0.0.1:4566'

test('routes of an HTTP API in path form', () => {
  const template = {
    Resources: {
      HttpApi: { Type: 'AWS::ApiGatewayV2::Api' },
      Orders: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'HttpApi' }, RouteKey: 'GET /orders/{id}' },
      },
      Rest: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'HttpApi' }, RouteKey: '$default' } },
    },
  }
  expect(routes(template, new Map([['HttpApi', 'abc']]), endpoint)).toEqual([
    { method: 'GET', url: `${endpoint}/_aws/execute-api/abc/orders/{id}` },
    { method: 'ANY', url: `${endpoint}/_aws/execute-api/abc/` },
  ])
})

test('methods of a REST API with their stage and the path of their resources; CORS answers are left out', () => {
  const template = {
    Resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi' },
      Users: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: { PathPart: 'users', ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] } },
      },
      User: { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart: '{id}', ParentId: { Ref: 'Users' } } },
      Get: {
        Type: 'AWS::ApiGateway::Method',
        Properties: { HttpMethod: 'GET', RestApiId: { Ref: 'Api' }, ResourceId: { Ref: 'User' } },
      },
      Cors: {
        Type: 'AWS::ApiGateway::Method',
        Properties: { HttpMethod: 'OPTIONS', RestApiId: { Ref: 'Api' }, ResourceId: { Ref: 'User' } },
      },
      Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'dev' } },
    },
  }
  expect(routes(template, new Map([['Api', 'r1']]), endpoint)).toEqual([
    { method: 'GET', url: `${endpoint}/_aws/execute-api/r1/dev/users/{id}` },
  ])
})

test('an API that was not created has no URL', () => {
  const template = {
    Resources: {
      Orders: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'HttpApi' }, RouteKey: 'GET /' } },
    },
  }
  expect(routes(template, new Map(), endpoint)).toEqual([])
})
