import { keyspace } from '../store/keyspace.ts'

/** A stage as it is served: everything an incoming request needs, in one record, written by whoever deploys. */
export interface DeployedStage {
  readonly kind: 'http' | 'rest'
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly stage: string
  readonly apiName: string
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

/** Answers by itself: status and headers by the template that the request selects. */
export interface Mock {
  readonly type: 'mock'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
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
