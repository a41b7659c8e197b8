import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'

/** A queue as configured. Times in epoch milliseconds. */
export interface Queue {
  readonly name: string
  /** Differs for every queue ever made: messages are kept under it, so a purge or deletion just leaves it behind. */
  readonly generation: string
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  readonly purgedAtMs?: number | undefined
  readonly fifo: boolean
  readonly settings: QueueSettings
  readonly tags: Readonly<Record<string, string>>
}

/** The attributes that can be set, parsed. Those that only FIFO queues have are absent on others. */
export interface QueueSettings {
  readonly delaySec: number
  readonly maximumMessageBytes: number
  readonly retentionSec: number
  readonly waitSec: number
  readonly visibilityTimeoutSec: number
  readonly policy?: string | undefined
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined
  readonly redriveAllow?: string | undefined
  readonly contentBasedDeduplication?: boolean | undefined
  readonly deduplicationScope?: 'queue' | 'messageGroup' | undefined
  readonly throughputLimit?: 'perQueue' | 'perMessageGroupId' | undefined
  readonly kmsKeyId?: string | undefined
  readonly kmsReuseSec?: number | undefined
  readonly managedSse: boolean
}

export interface MessageAttribute {
  readonly dataType: string
  readonly stringValue?: string | undefined
  readonly binaryValue?: Uint8Array | undefined
}

/** What was sent; written once, never moved. */
export interface Message {
  readonly body: string
  readonly md5: string
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined
  readonly traceHeader?: string | undefined
  readonly senderId: string
  readonly sentAtMs: number
  readonly groupId?: string | undefined
  readonly deduplicationId?: string | undefined
  readonly sequence?: string | undefined
  readonly deadLetterSourceArn?: string | undefined
}

/** One delivery's state, small, since every receive moves it. */
export interface Ready {
  readonly sentAtMs: number
  readonly receives: number
  readonly firstReceivedAtMs?: number | undefined
  /** Proves that a receipt handle is of the latest receive; absent before the first. */
  readonly nonce?: string | undefined
  /** Standard queues: whose message it is, for giving each group its turn. */
  readonly groupId?: string | undefined
}

/** A FIFO group: where its messages stand. Its first message is available at the time in its `open` entry. */
export interface Group {
  readonly openAtMs: number
  /** Messages out with consumers, by sequence: nothing else of the group is given out until they are settled. */
  readonly inFlight: Readonly<Record<string, { readonly untilMs: number; readonly nonce: string }>>
}

export interface FifoEntry extends Ready {
  readonly id: string
  readonly visibleAtMs: number
}

/** Moves what is in a dead-letter queue to where it came from, or to one queue. */
export interface MoveTask {
  readonly taskId: string
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
  readonly sourceArn: string
  readonly destinationArn?: string | undefined
  readonly perSec?: number | undefined
  readonly startedAtMs: number
  readonly moved: number
  readonly toMove: number
  readonly failure?: string | undefined
  /** Who started it: messages go only where they may send. */
  readonly principal: Principal
}

const sqs = keyspace('sqs')

export const queue = sqs.record<Queue, [name: string]>('queue', { shared: true })
/** When a queue of this name was deleted: it can't be made again for 60 s. */
export const deleted = sqs.record<{ atMs: number }, [name: string]>('deleted')
/** Queues that name another as their dead-letter queue. */
export const deadLetterSource = sqs.record<true, [deadLetterQueue: string, source: string]>('dead-letter-source')
/** The last ones of a queue. */
export const moveTask = sqs.record<MoveTask, [queueName: string, startedAtMs: number]>('move-task')

/** Ids are ordered by the time of sending, so that what is past its retention comes first. */
export const message = sqs.record<Message, [generation: string, id: string]>('message')
/** Standard queues: one entry a message, ordered by when it becomes visible. A receive moves it into the future. */
export const ready = sqs.record<Ready, [generation: string, visibleAtMs: number, id: string]>('ready')
/** Where ChangeMessageVisibility put an entry that a receipt handle no longer finds. */
export const moved = sqs.record<{ visibleAtMs: number; nonce: string }, [generation: string, id: string]>('moved')
/** How many messages a queue holds, whatever their state. */
export const total = sqs.record<number, [generation: string]>('total')

export const group = sqs.record<Group, [generation: string, groupId: string]>('group')
/** Groups with messages, ordered by when the first becomes available. */
export const open = sqs.record<true, [generation: string, openAtMs: number, groupId: string]>('open')
export const fifo = sqs.record<FifoEntry, [generation: string, groupId: string, sequence: string]>('fifo')
/** Where a message stands, for its receipt handle and for the end of its retention. */
export const place = sqs.record<{ groupId: string; sequence: string }, [generation: string, id: string]>('place')
export const sequence = sqs.record<number, [queueName: string]>('sequence')
/** What was sent in the last five minutes, under its deduplication id (and group, when the scope is the group). */
export const sent = sqs.record<
  { id: string; sequence: string; atMs: number; queueMadeAtMs?: number },
  [queueName: string, scope: string, deduplicationId: string]
>('sent')
/** The same in order of time, for forgetting them. */
export const sentOrder = sqs.record<
  { queueName: string; scope: string; deduplicationId: string },
  [atMs: number, id: string]
>('sent-order')
/** Answers of receives that named an attempt id. */
export const attempt = sqs.record<
  { atMs: number; handles: readonly string[] },
  [generation: string, attemptId: string]
>('attempt')

/** A queue found: its record and where it lives, which for a cross-account call is not the caller's scope. */
export interface Located {
  readonly queue: Queue
  readonly scope: Scope
}
