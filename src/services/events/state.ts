import type { HttpParameters } from '../../kernel/events.ts'
import { keyspace } from '../../store/keyspace.ts'

/** How much of what happens on a bus is told to the deliveries of its logs. */
export interface BusLog {
  readonly level: 'OFF' | 'ERROR' | 'INFO' | 'TRACE'
  /** With what is in events, and what targets are given. */
  readonly full: boolean
}

export interface Bus {
  readonly name: string
  readonly log?: BusLog | undefined
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
  /** What is added to the request of an API destination. */
  readonly http?: HttpParameters | undefined
  /** Where events have the partition key of a Kinesis stream; without it, it is their id. */
  readonly partitionKeyPath?: string | undefined
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

/** What keeps the events of a bus, to be replayed. */
export interface Archive {
  readonly name: string
  readonly bus: string
  readonly description?: string | undefined
  readonly pattern?: string | undefined
  /** 0: for ever. */
  readonly retentionDays: number
  readonly createdAtMs: number
  /** Differs for every archive ever made: its events are kept under it, so a deletion just leaves them behind. */
  readonly generation: string
}
export const archive = events.record<Archive, [name: string]>('archive')
export const archiveOfBus = events.record<true, [bus: string, name: string]>('archive-of-bus')
/** In the order in which they came. */
export const archived = events.record<
  { readonly event: Readonly<Record<string, unknown>>; readonly sizeBytes: number },
  [generation: string, atMs: number, eventId: string]
>('archived')
export const archivedCount = events.record<number, [generation: string, of: 'events' | 'bytes']>('archived-count')

export interface Replay {
  readonly name: string
  readonly description?: string | undefined
  readonly archive: string
  readonly generation: string
  readonly bus: string
  /** ARNs of the rules that get the events; absent: all of the bus. */
  readonly ruleArns?: readonly string[] | undefined
  readonly fromMs: number
  readonly toMs: number
  readonly state: 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED'
  readonly startedAtMs: number
  readonly endedAtMs?: number | undefined
  /** The last event that was replayed. */
  readonly position?: { readonly atMs: number; readonly eventId: string } | undefined
}
export const replay = events.record<Replay, [name: string]>('replay')

/** Who a connection says it is. What is secret of it is in Secrets Manager. */
export interface Connection {
  readonly name: string
  /** The last part of its ARN. */
  readonly id: string
  readonly description?: string | undefined
  readonly type: 'BASIC' | 'API_KEY' | 'OAUTH_CLIENT_CREDENTIALS'
  readonly state: 'AUTHORIZING' | 'AUTHORIZED' | 'DEAUTHORIZED'
  readonly reason?: string | undefined
  /** As the API shows them: without what is secret. */
  readonly shown: object
  /** Absent once it is deauthorized. */
  readonly secretArn?: string | undefined
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  readonly authorizedAtMs?: number | undefined
}
export const connection = events.record<Connection, [name: string]>('connection')
/** The token of a connection, sealed; of another `modifiedAtMs` than the connection's it is of no use. */
export const connectionToken = events.record<
  { readonly sealed: Uint8Array; readonly modifiedAtMs: number; readonly expiresAtMs: number },
  [name: string]
>('connection-token')

/** Where requests of a connection go. */
export interface ApiDestination {
  readonly name: string
  readonly id: string
  readonly description?: string | undefined
  readonly connectionArn: string
  readonly endpoint: string
  readonly method: string
  readonly perSec: number
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}
export const apiDestination = events.record<ApiDestination, [name: string]>('api-destination')
