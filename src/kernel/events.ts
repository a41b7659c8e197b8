import type { Principal } from './principal.ts'
import type { Tx } from './records.ts'

/** Something that can be called with a payload and answers: a Lambda function. */
export interface FunctionTarget {
  readonly arn: string
  /** Calls and waits. The payload is JSON text or bytes of it, at most 6 MB. */
  call(payload: Uint8Array, options: CallOptions): Promise<FunctionReply>
  /** Accepts the event durably and answers at once (an asynchronous invocation); the write joins `tx`. */
  accept(tx: Tx, payload: Uint8Array, options: CallOptions): Promise<void>
}

export interface CallOptions {
  /** Who calls: a service principal, checked against the function's policy with `sourceArn`. */
  readonly principal: Principal
  readonly sourceArn?: string
  /** `aws:SourceAccount`, where the source's ARN does not say whose it is (a bucket's). */
  readonly sourceAccount?: string
  readonly signal?: AbortSignal
}

export interface FunctionReply {
  readonly payload: Uint8Array
  /** `Handled` or `Unhandled` when the function failed; the payload then says how. */
  readonly error?: string
  readonly requestId: string
}

/** Something that takes messages. The write joins the caller's transaction, so a message is sent once or not at all. */
export interface MessageTarget {
  readonly arn: string
  send(tx: Tx, message: OutgoingMessage, principal: Principal): Promise<void>
}

export interface OutgoingMessage {
  readonly body: string
  /** For topics, whose messages have one. */
  readonly subject?: string
  readonly attributes?: Readonly<Record<string, { dataType: string; stringValue?: string; binaryValue?: Uint8Array }>>
  /** What is in order with each other: a FIFO queue's group, a stream's partition key. */
  readonly groupId?: string
  readonly deduplicationId?: string
  readonly sourceArn?: string
  /** `aws:SourceAccount`, where the source's ARN does not say whose it is (a bucket's). */
  readonly sourceAccount?: string
}

/** A queue that a poller takes messages from. */
export interface QueueSource {
  readonly arn: string
  readonly visibilityTimeoutSec: number
  /**
   * Waits up to `waitMs` for the first message. Messages are invisible to others for `visibilityTimeoutSec`. Of a FIFO
   * queue they are no more than what an event of `mostBytes` has room for: what follows them stays in its order.
   */
  receive(options: {
    max: number
    mostBytes: number
    waitMs: number
    principal: Principal
    signal: AbortSignal
  }): Promise<SourceMessage[]>
  delete(receiptHandles: readonly string[], principal: Principal): Promise<void>
}

export interface SourceMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly md5OfBody: string
  readonly md5OfMessageAttributes?: string
  /** SentTimestamp, ApproximateReceiveCount, MessageGroupId, … as strings. */
  readonly attributes: Readonly<Record<string, string>>
  readonly messageAttributes: Readonly<
    Record<string, { dataType: string; stringValue?: string; binaryValue?: Uint8Array }>
  >
}

/** Shards of records, each in order, that a poller reads from a position which it keeps itself. */
export interface StreamSource {
  readonly arn: string
  /** The member of a destination's record that says which records were given up. */
  readonly infoName: string
  /** When records came is told there in whole seconds. Default: exactly. */
  readonly infoInSeconds?: true
  /** What whoever polls needs to be allowed. */
  readonly needed: readonly { readonly action: string; readonly resource: string }[]
  /** Parents before their children. */
  shards(principal: Principal): Promise<readonly StreamShard[]>
  /** The position to read after, for a reader that begins there. */
  position(shardId: string, start: StreamStart, principal: Principal): Promise<string>
  /** The records after a position; waits up to `waitMs` for the first. */
  read(options: {
    shardId: string
    after: string
    max: number
    waitMs: number
    principal: Principal
    signal: AbortSignal
  }): Promise<StreamPage>
}

export interface StreamShard {
  readonly id: string
  /** Shards whose records are before those of this one. */
  readonly parents: readonly string[]
}

/** With the oldest record, the next that is written, or the first that was written at a time or later. */
export type StreamStart =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly atMs: number }

export interface StreamPage {
  readonly records: readonly SourceRecord[]
  /** There is nothing after the position, and there will be nothing. */
  readonly ended: boolean
}

export interface SourceRecord {
  /** To read after this record. The positions of a shard sort as texts. */
  readonly position: string
  readonly sequenceNumber: string
  readonly atMs: number
  /** Records with the same key are for the function in their order. */
  readonly key: string
  /** As functions get it. */
  readonly event: Readonly<Record<string, unknown>>
  /** As filter patterns see it; without it they see the event. */
  filtered?(): Readonly<Record<string, unknown>>
}

/**
 * What a service says happened in an account: an event of the default bus, its `detail` as the service's documentation
 * has it.
 */
export interface ServiceEvent {
  /** `aws.s3`. */
  readonly source: string
  /** `Object Created`. */
  readonly detailType: string
  /** ARNs. */
  readonly resources: readonly string[]
  readonly detail: object
}

/** What whoever calls an HTTP endpoint adds to the request. */
export interface HttpParameters {
  /** For the `*` of its path, in order. */
  readonly pathValues?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
}

/** An endpoint outside of the node, called as a connection says: an API destination. */
export interface HttpTarget {
  readonly arn: string
  /**
   * Calls and waits. Throws the `Retry` that brings the caller back when the endpoint gets no more calls for now, which
   * is no attempt, and an AwsError when it could not be reached or did not take the request.
   */
  call(body: string, http: HttpParameters, options: { principal: Principal; signal: AbortSignal }): Promise<Uint8Array>
}
