import { keyspace } from '../store/keyspace.ts'
import type { Throttle } from './state.ts'

/** API keys and usage plans: kept where the gateway can look them up for a request, written by API Gateway's operations. */

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly value: string
  readonly enabled: boolean
  readonly description?: string | undefined
  readonly customerId?: string | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** `<api id>/<stage>`: given when the key was made, and returned; a usage plan is what lets a key in. */
  readonly stageKeys: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

export interface UsagePlan {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly createdAtMs: number
  readonly productCode?: string | undefined
  /** For each key by itself, over all stages of the plan. */
  readonly throttle?: Throttle | undefined
  readonly quota?: Quota | undefined
  /** By `<api id>:<stage>`. */
  readonly stages: Readonly<Record<string, PlanStage>>
  readonly tags: Readonly<Record<string, string>>
}

export interface PlanStage {
  /** By `<path>/<METHOD>`: instead of the plan's own. */
  readonly throttle: Readonly<Record<string, Throttle>>
}

export interface Quota {
  readonly limit: number
  /** What the limit is less in the period in which the plan was made. */
  readonly offset: number
  readonly period: 'DAY' | 'WEEK' | 'MONTH'
}

const gateway = keyspace('gateway-usage')

export const apiKey = gateway.record<ApiKey, [id: string]>('api-key')
/** By SHA-256 of the value: it may be longer than a key of the store. */
export const apiKeyByValue = gateway.record<{ id: string }, [digest: string]>('api-key-by-value')
export const usagePlan = gateway.record<UsagePlan, [id: string]>('usage-plan', { shared: true })
export const planKey = gateway.record<{ createdAtMs: number }, [planId: string, keyId: string]>('plan-key')
/** The same from the key's side; a key is in 10 plans at most. */
export const keyPlan = gateway.record<{ createdAtMs: number }, [keyId: string, planId: string]>('key-plan')
/** Requests of a key by day (`2026-05-01`), for reports. */
export const dayUsage = gateway.record<number, [planId: string, keyId: string, day: string]>('day')
/** Requests of a key in a period of the quota, by the period and its first day. */
export const periodUsage = gateway.record<number, [planId: string, keyId: string, period: string, day: string]>(
  'period',
)
