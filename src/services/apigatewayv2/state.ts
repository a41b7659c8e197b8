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
}

export interface Integration {
  readonly id: string
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
  readonly deploymentId?: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

export interface Deployment {
  readonly id: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly autoDeployed: boolean
  /** The routes and integrations as they were then. */
  readonly routes: readonly Route[]
  readonly integrations: readonly Integration[]
}

const apigatewayv2 = keyspace('apigatewayv2')

export const api = apigatewayv2.record<Api, [id: string]>('api')
export const route = apigatewayv2.record<Route, [apiId: string, id: string]>('route')
/** No two routes of an API have the same key. */
export const routeKey = apigatewayv2.record<{ id: string }, [apiId: string, key: string]>('route-key')
export const integration = apigatewayv2.record<Integration, [apiId: string, id: string]>('integration')
export const stage = apigatewayv2.record<Stage, [apiId: string, name: string]>('stage')
export const deployment = apigatewayv2.record<Deployment, [apiId: string, id: string]>('deployment')
