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
  readonly integration: Integration
}

export type Integration = LambdaProxy | Mock

export interface LambdaProxy {
  readonly type: 'lambda-proxy'
  readonly functionArn: string
  readonly payloadFormat: '1.0' | '2.0'
  readonly timeoutMs: number
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
export const deployed = gateway.record<DeployedStage, [apiId: string, stage: string]>('deployed')
