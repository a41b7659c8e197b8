import { keyspace } from '../store/keyspace.ts'

/** A stage as it is served: everything an incoming request needs, in one record, written by whoever deploys. */
export interface DeployedStage {
  readonly kind: 'http' | 'rest'
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly stage: string
  readonly apiName: string
  /** REST: the deployment that is served. */
  readonly deploymentId?: string | undefined
  readonly routes: readonly Route[]
  readonly cors?: Cors | undefined
  readonly stageVariables?: Readonly<Record<string, string>> | undefined
  readonly binaryMediaTypes: readonly string[]
  /** By id, those that routes name. */
  readonly authorizers?: Readonly<Record<string, Authorizer>> | undefined
  /** Changes when what authorizers answered is to be forgotten. */
  readonly authorizersEpoch?: number | undefined
  /** REST: the API's own policy, JSON text. */
  readonly policy?: string | undefined
  /** REST: where the API key of a request is. */
  readonly apiKeySource?: 'HEADER' | 'AUTHORIZER' | undefined
  /** REST: JSON schemas by the name of their model. */
  readonly models?: Readonly<Record<string, string>> | undefined
  /** REST: how the gateway's own answers look, by their type. */
  readonly gatewayResponses?: Readonly<Record<string, GatewayResponse>> | undefined
  readonly accessLog?: AccessLog | undefined
  /** REST: the certificate that is shown to servers. */
  readonly clientCertificateId?: string | undefined
  /** REST: what a part of the requests gets instead. */
  readonly canary?: Canary | undefined
  /** Changes with every deployment: what was compiled from an earlier one is dropped. */
  readonly revision: string
}

export interface Route {
  /** `ANY` matches every method. */
  readonly method: string
  /** `/orders/{id}`, `/files/{proxy+}`; `$default` for what no other route matches. */
  readonly path: string
  /** As the API names it: `GET /orders/{id}`, `$default`. */
  readonly key: string
  /** REST: the id of the resource. */
  readonly resourceId?: string | undefined
  readonly operationName?: string | undefined
  /** Absent: open. */
  readonly authorization?: RouteAuthorization | undefined
  readonly apiKeyRequired?: boolean | undefined
  readonly validation?: Validation | undefined
  /** For all callers of the route together. */
  readonly throttle?: Throttle | undefined
  readonly integration: Integration
}

export type RouteAuthorization =
  | { readonly type: 'iam' }
  | { readonly type: 'authorizer'; readonly id: string; readonly scopes?: readonly string[] | undefined }

export type Authorizer = LambdaAuthorizer | JwtAuthorizer

export interface LambdaAuthorizer {
  readonly type: 'lambda'
  /** `TOKEN`: gets one header; `REQUEST`: the whole request. */
  readonly kind: 'TOKEN' | 'REQUEST'
  readonly functionArn: string
  /** A role to call the function as, instead of the function's own policy. */
  readonly roleArn?: string | undefined
  /** REST: `method.request.header.Auth`, `context.identity.sourceIp`; HTTP: `$request.header.Auth`. */
  readonly identitySources: readonly string[]
  /** TOKEN: what the whole token must match before the function is asked. */
  readonly validation?: string | undefined
  /** 0: answers are not kept. */
  readonly ttlSec: number
  readonly payloadFormat: '1.0' | '2.0'
  /** HTTP, format 2.0: the answer is `{isAuthorized, context}`. */
  readonly simpleResponses: boolean
}

export interface JwtAuthorizer {
  readonly type: 'jwt'
  readonly identitySource: string
  readonly issuer: string
  readonly audience: readonly string[]
}

export interface Validation {
  /** The model that a body must be of, by content type; absent: bodies are not looked at. */
  readonly bodies?: Readonly<Record<string, string>> | undefined
  /** Parameters that must be there: `method.request.querystring.page`. */
  readonly required: readonly string[]
}

export interface Throttle {
  /** Requests a second, in the long run. */
  readonly rate: number
  /** Requests at once. */
  readonly burst: number
}

export interface GatewayResponse {
  readonly statusCode?: string | undefined
  readonly responseParameters: Readonly<Record<string, string>>
  readonly responseTemplates: Readonly<Record<string, string>>
}

export interface AccessLog {
  readonly group: string
  /** Text with `$context` variables. */
  readonly format: string
}

export interface Canary {
  /** 0–100 */
  readonly percent: number
  readonly deploymentId: string
  readonly routes: readonly Route[]
  readonly stageVariables: Readonly<Record<string, string>>
  readonly authorizers: Readonly<Record<string, Authorizer>>
  readonly models: Readonly<Record<string, string>>
}

export type Integration = LambdaProxy | HttpProxy | ServiceCall | Mock

export interface LambdaProxy {
  readonly type: 'lambda-proxy'
  readonly functionArn: string
  readonly payloadFormat: '1.0' | '2.0'
  readonly timeoutMs: number
  /** A role to call the function as, instead of the function's own policy. */
  readonly roleArn?: string | undefined
  /** HTTP APIs: changes to the request before, and to the answer after. */
  readonly mapping?: ParameterMapping | undefined
}

/** Passes the request on to another server, and its answer back. */
export interface HttpProxy {
  readonly type: 'http-proxy'
  /** May have `{name}` of path parameters. */
  readonly url: string
  /** `ANY`: the request's own. */
  readonly method: string
  readonly timeoutMs: number
  /** REST: `integration.request.header.x` from `method.request.querystring.y` or a text in quotes. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly mapping?: ParameterMapping | undefined
}

/** HTTP APIs: an operation of a service, called as a role. */
export interface ServiceCall {
  readonly type: 'service'
  /** `SQS-SendMessage` */
  readonly subtype: string
  readonly roleArn: string
  /** The operation's parameters, as expressions. */
  readonly parameters: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly mapping?: ParameterMapping | undefined
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html */
export interface ParameterMapping {
  /** `append:header.x` → `$request.querystring.y` */
  readonly request: Readonly<Record<string, string>>
  /** The same for answers, by status code. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Answers by itself: the request picks a status code, and that one of the responses. */
export interface Mock {
  readonly type: 'mock'
  /** The status code that is answered, by the request's content type. */
  readonly requests: Readonly<Record<string, number>>
  /** Of other content types: whether the body itself is read for `{"statusCode": …}` (`NEVER`: 415). */
  readonly passthrough: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER'
  readonly responses: readonly MockResponse[]
}

export interface MockResponse {
  /** Regular expression for the whole of the status code picked; empty: whatever no other one matches. */
  readonly pattern: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Bodies by content type; the request's Accept chooses, else it is the first. None: an empty body. */
  readonly bodies: Readonly<Record<string, MockBody>>
}

export interface MockBody {
  readonly text: string
  /** Regular expressions: an Origin that one of them matches as a whole becomes Access-Control-Allow-Origin. */
  readonly allowOrigins?: readonly string[]
}

export interface Cors {
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly allowCredentials: boolean
  readonly maxAgeSec?: number | undefined
}

const gateway = keyspace('gateway', { scope: 'global' })

/** API ids are unique on a node, since a URL names nothing but the API. */
export const deployed = gateway.record<DeployedStage, [apiId: string, stage: string]>('deployed', { shared: true })
