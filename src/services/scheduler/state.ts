import type { RetryPolicy } from '../../delivery/retry-policy.ts'
import type { TokenUse } from '../../kernel/request-token.ts'
import type { Tags } from '../../kernel/tag-list.ts'
import { keyspace } from '../../store/keyspace.ts'

export interface ScheduleGroup {
  readonly name: string
  readonly tags: Tags
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  /** Its schedules are being deleted, and then itself. */
  readonly deleting?: boolean
}

/** A schedule as its API has it, and where it stands. */
export interface Schedule {
  readonly group: string
  readonly name: string
  readonly description?: string | undefined
  readonly expression: string
  readonly timeZone?: string | undefined
  readonly startAtMs?: number | undefined
  readonly endAtMs?: number | undefined
  /** Of its flexible time window; absent when it is to fire at its times. */
  readonly windowMinutes?: number | undefined
  readonly enabled: boolean
  readonly deletedAfter: boolean
  readonly kmsKeyArn?: string | undefined
  readonly target: Target
  /** What a rate without StartDate counts from. */
  readonly anchorMs: number
  /** The time that it waits for; absent when there is none, or it is disabled. */
  readonly nextAtMs?: number | undefined
  /** The last time that it fired for. */
  readonly lastAtMs?: number | undefined
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

export interface Target extends RetryPolicy {
  readonly arn: string
  readonly roleArn: string
  readonly input?: string | undefined
  readonly deadLetterArn?: string | undefined
  readonly messageGroupId?: string | undefined
  readonly event?: { readonly detailType: string; readonly source: string } | undefined
  readonly partitionKey?: string | undefined
}

/** One firing of a schedule on its way to the target, as that was at the time. */
export interface Invocation {
  readonly group: string
  readonly name: string
  readonly target: Target
  readonly scheduledAtMs: number
  readonly executionId: string
}

const scheduler = keyspace('scheduler')

/** Groups that were made; the default one only once it has tags. */
export const scheduleGroup = scheduler.record<ScheduleGroup, [name: string]>('schedule-group')
export const schedule = scheduler.record<Schedule, [group: string, name: string]>('schedule')
/** How many groups there are. */
export const groupCount = scheduler.record<number, []>('group-count')
export const usedToken = scheduler.record<TokenUse, [token: string]>('used-token')
export const tokenExpiry = scheduler.record<true, [expiresAtMs: number, token: string]>('token-expiry')
