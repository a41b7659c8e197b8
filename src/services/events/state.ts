import { keyspace } from '../../store/keyspace.ts'

export interface Bus {
  readonly name: string
  readonly description?: string | undefined
  readonly policy?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

export interface Rule {
  readonly bus: string
  readonly name: string
  readonly description?: string | undefined
  readonly pattern?: string | undefined
  readonly schedule?: string | undefined
  /** What a rate counts from. */
  readonly anchorMs: number
  /** When the schedule fires next; absent when it does not. */
  readonly nextAtMs?: number | undefined
  readonly enabled: boolean
  readonly roleArn?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly targets: readonly Target[]
}

export interface Target {
  readonly id: string
  readonly arn: string
  readonly roleArn?: string | undefined
  readonly input?: string | undefined
  readonly inputPath?: string | undefined
  readonly transformer?: { readonly paths: Readonly<Record<string, string>>; readonly template: string } | undefined
  readonly messageGroupId?: string | undefined
  readonly deadLetterArn?: string | undefined
  readonly maxRetries?: number | undefined
  readonly maxAgeSec?: number | undefined
}

const events = keyspace('events')

/** Buses that were made, and the default one once something of it was set. */
export const bus = events.record<Bus, [name: string]>('bus')
/** Nearly every event reads all rules of its bus. */
export const rule = events.record<Rule, [bus: string, name: string]>('rule', { shared: true })
export const ruleOfTarget = events.record<true, [targetArn: string, bus: string, rule: string]>('rule-of-target')
/** How many rules a bus has. */
export const ruleCount = events.record<number, [bus: string]>('rule-count')
/** Of each bus, an id of its rules as they are now. */
export const ruleSet = events.record<string, [bus: string]>('rule-set')
