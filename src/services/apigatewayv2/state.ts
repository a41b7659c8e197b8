import type { Cors } from '@aws-sdk/client-apigatewayv2'
import { keyspace } from '../../store/keyspace.ts'

export interface Api {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly version?: string | undefined
  readonly cors?: Cors | undefined
  readonly disableExecuteApiEndpoint: boolean
  readonly routeSelectionExpression: string
  readonly tags: Readonly<Record<string, string>>
}

export interface Route {
  readonly id: string
  /** `GET /orders/{id}`, `$default`. */
  readonly key: string
  /** `integrations/<id>`. */
  readonly target?: string | undefined
  readonly operationName?: string | undefined
  /** Absent: open. */
  readonly authorizationType?: 'NONE' | 'AWS_IAM' | 'JWT' | 'CUSTOM' | undefined
  readonly authorizerId?: string | undefined
  readonly authorizationScopes?: readonly string[] | undefined
  /** Made by CreateApi with a Target, for the route that it made. */
  readonly managed?: boolean | undefined
}

/** As the API has it. */
export interface Authorizer {
  readonly id: string
  readonly Name: string
  readonly AuthorizerType: 'JWT' | 'REQUEST'
  readonly IdentitySource: readonly string[]
  readonly JwtConfiguration?:
    | { readonly Issuer?: string | undefined; readonly Audience?: readonly string[] | undefined }
    | undefined
  readonly AuthorizerUri?: string | undefined
  readonly AuthorizerCredentialsArn?: string | undefined
  readonly AuthorizerPayloadFormatVersion?: string | undefined
  readonly AuthorizerResultTtlInSeconds?: number | undefined
  readonly EnableSimpleResponses?: boolean | undefined
}

export interface Integration {
  readonly id: string
  /** Absent: `AWS_PROXY`. */
  readonly type?: 'AWS_PROXY' | 'HTTP_PROXY' | undefined
  /** An operation of a service: `SQS-SendMessage`. */
  readonly subtype?: string | undefined
  readonly credentialsArn?: string | undefined
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
  readonly managed?: boolean | undefined
  readonly uri: string
  readonly payloadFormat: '1.0' | '2.0'
  readonly timeoutMs: number
  readonly method: string
  readonly description?: string | undefined
}

export interface Stage {
  readonly name: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly description?: string | undefined
  readonly autoDeploy: boolean
  readonly detailedMetrics: boolean
  readonly defaultThrottle?: RouteSettings | undefined
  /** By route key. */
  readonly routeSettings?: Readonly<Record<string, RouteSettings>> | undefined
  readonly accessLog?:
    | { readonly DestinationArn?: string | undefined; readonly Format?: string | undefined }
    | undefined
  /** Counts ResetAuthorizersCache. */
  readonly authorizersEpoch?: number | undefined
  readonly deploymentId?: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

export interface RouteSettings {
  readonly DetailedMetricsEnabled?: boolean | undefined
  readonly ThrottlingBurstLimit?: number | undefined
  readonly ThrottlingRateLimit?: number | undefined
}

export interface Deployment {
  readonly id: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly autoDeployed: boolean
  /** The routes and integrations as they were then. */
  readonly routes: readonly Route[]
  readonly integrations: readonly Integration[]
  readonly authorizers?: readonly Authorizer[] | undefined
}

const apigatewayv2 = keyspace('apigatewayv2')

export const api = apigatewayv2.record<Api, [id: string]>('api')
export const route = apigatewayv2.record<Route, [apiId: string, id: string]>('route')
/** No two routes of an API have the same key. */
export const routeKey = apigatewayv2.record<{ id: string }, [apiId: string, key: string]>('route-key')
export const integration = apigatewayv2.record<Integration, [apiId: string, id: string]>('integration')
export const stage = apigatewayv2.record<Stage, [apiId: string, name: string]>('stage')
export const deployment = apigatewayv2.record<Deployment, [apiId: string, id: string]>('deployment')
export const authorizer = apigatewayv2.record<Authorizer, [apiId: string, id: string]>('authorizer')
