import { keyspace } from '../../store/keyspace.ts'

/** A topic as configured. Times in epoch milliseconds. */
export interface Topic {
  readonly name: string
  /** Differs for every topic ever made: what belongs to one is kept under it, so a deletion just leaves it behind. */
  readonly generation: string
  readonly createdAtMs: number
  readonly fifo: boolean
  readonly settings: TopicSettings
  readonly tags: Readonly<Record<string, string>>
}

/** The attributes that can be set. Those that only FIFO topics have are absent on others. */
export interface TopicSettings {
  readonly displayName: string
  /** JSON text. Absent: the policy every topic begins with. */
  readonly policy?: string | undefined
  readonly contentBasedDeduplication?: boolean | undefined
  readonly throughputScope?: 'Topic' | 'MessageGroup' | undefined
  readonly kmsKeyId?: string | undefined
  readonly signatureVersion?: string | undefined
  readonly tracing?: string | undefined
  /** Of a FIFO topic that keeps what was published: for so long. */
  readonly archiveDays?: number | undefined
  /** Since when it does. */
  readonly archivedFromMs?: number | undefined
  /** JSON text, as it was given. */
  readonly deliveryPolicy?: string | undefined
}

export interface Subscription {
  readonly id: string
  readonly topicArn: string
  /** The account that subscribed. */
  readonly owner: string
  readonly protocol: Protocol
  /** An ARN, a URL, an address or a phone number. */
  readonly endpoint: string
  /** What confirms it, until when; absent once confirmed. */
  readonly pending?: { readonly token: string; readonly untilMs: number } | undefined
  /**
   * False when the endpoint had to confirm it by its token, and did not ask for signatures (AuthenticateOnUnsubscribe):
   * those that get its messages by HTTP may end it then.
   */
  readonly authenticated: boolean
  readonly settings: SubscriptionSettings
  readonly replay?: Replay | undefined
}

/** Archived messages being brought again. */
export interface Replay {
  /** Of this replay: one that is begun later takes its place. */
  readonly id: string
  readonly status: 'Pending' | 'In progress' | 'Completed'
  /** The place of the last message that was handed over. */
  readonly after?: readonly [atMs: number, sequence: string] | undefined
}

export type Protocol = 'sqs' | 'lambda' | 'http' | 'https' | 'email' | 'email-json' | 'sms' | 'firehose' | 'application'

export interface SubscriptionSettings {
  /** JSON text, as it was given. */
  readonly filterPolicy?: string | undefined
  readonly filterScope?: 'MessageAttributes' | 'MessageBody' | undefined
  readonly raw: boolean
  /** What is to be replayed, JSON text as it was given. */
  readonly replayPolicy?: string | undefined
  readonly deadLetterArn?: string | undefined
  /** As whom a Firehose is given messages. */
  readonly roleArn?: string | undefined
  /** JSON text, as it was given. Of HTTP endpoints. */
  readonly deliveryPolicy?: string | undefined
}

export interface MessageAttribute {
  readonly dataType: string
  readonly stringValue?: string | undefined
  readonly binaryValue?: Uint8Array | undefined
}

/** What was published, on its way to the subscriptions. */
export interface Published {
  readonly messageId: string
  readonly topicArn: string
  readonly subject?: string | undefined
  readonly message: string
  /** Of a message that says something else to each protocol. */
  readonly byProtocol?: Readonly<Record<string, string>> | undefined
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined
  readonly atMs: number
  readonly groupId?: string | undefined
  readonly deduplicationId?: string | undefined
  readonly sequence?: string | undefined
  /** It comes from the archive. */
  readonly replayed?: true
}

const sns = keyspace('sns')

/** Nearly every request reads one. */
export const topic = sns.record<Topic, [name: string]>('topic', { shared: true })
/** Every message reads those of its topic. */
export const subscription = sns.record<Subscription, [generation: string, id: string]>('subscription', { shared: true })
/** A topic has an endpoint at most once. */
export const byEndpoint = sns.record<string, [generation: string, protocol: string, endpoint: string]>('by-endpoint')
/** Subscriptions by the account that made them, in the scope of that account. */
export const owned = sns.record<true, [subscriptionArn: string]>('owned')
/** How many subscriptions a topic has, by whether they are confirmed. */
export const counted = sns.record<number, [generation: string, state: 'confirmed' | 'pending' | 'deleted']>('counted')

/** The number of the last message of a FIFO topic. */
export const sequence = sns.record<number, [generation: string]>('sequence')
/** What a FIFO topic took in the last five minutes, under its deduplication id (and group, when the scope is the group). */
export const sent = sns.record<
  { readonly messageId: string; readonly sequence: string; readonly atMs: number },
  [generation: string, scope: string, deduplicationId: string]
>('sent')
/** The same in order of time, for forgetting them. */
export const sentOrder = sns.record<
  { readonly generation: string; readonly scope: string; readonly deduplicationId: string },
  [atMs: number, messageId: string]
>('sent-order')
/** What waits for a subscription of a FIFO topic, each group in its order. */
export const waiting = sns.record<Published, [subscriptionId: string, groupId: string, sequence: string]>('waiting')

/** What a FIFO topic keeps of what was published, in its order. */
export const archived = sns.record<Published, [generation: string, atMs: number, sequence: string]>('archived')

/** What the messages to HTTP endpoints are signed with: its certificate in PEM, and the key of that, sealed. */
export interface Signer {
  readonly certificate: string
  readonly sealedKey: Uint8Array
}
export const signer = keyspace('sns-signer', { scope: 'global' }).record<Signer, []>('signer')
