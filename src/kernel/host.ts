import type { AccessRequest, RequestContext } from './authorization.ts'
import type { BlobStore } from './blobs.ts'
import type { MovableClock } from './clock.ts'
import type { Deliveries } from './delivery.ts'
import type { FunctionTarget, HttpTarget, MessageTarget, QueueSource, ServiceEvent, StreamSource } from './events.ts'
import type { Faults } from './faults.ts'
import type { FunctionRunner } from './functions.ts'
import type { WireRequest } from './http.ts'
import type { Ids } from './ids.ts'
import type { Log } from './log.ts'
import type { Mailer } from './mail.ts'
import type { ResourceSchema } from './model.ts'
import type { Principal } from './principal.ts'
import type { ReadTx, Records, Scope, Tx } from './records.ts'
import type { ResourceType } from './resource.ts'
import type { Sealing } from './sealing.ts'
import type { InvocationSink, LogSink, MetricSink, UsageSink } from './telemetry.ts'
import type { Workers } from './workers.ts'

/**
 * What a node offers to its services. The only way from one service to another: by operation name (`invoke`)
 * or by ARN (`functionTarget`, `messageTarget`, `queueSource`, `streamSource`).
 */
export interface Host {
  readonly records: Records
  readonly sealing: Sealing
  readonly blobs: BlobStore
  readonly clock: MovableClock
  readonly ids: Ids
  readonly log: Log
  readonly workers: Workers
  readonly deliveries: Deliveries
  readonly logs: LogSink
  readonly metrics: MetricSink
  readonly usage: UsageSink
  readonly invocations: InvocationSink
  readonly functions: FunctionRunner
  /** Absent where no mail server is configured: mail is kept in the outbox then. */
  readonly mailer?: Mailer
  /** Absent on a node that allows no faults. */
  readonly faults?: Faults
  /** Aborted when the node begins to stop. */
  readonly signal: AbortSignal
  /** True with `--dev`. */
  readonly dev: boolean
  /** How functions and tools on this machine reach the node: `http://127.0.0.1:<port>`. */
  readonly endpoint: string
  /** How everybody else does, if somebody said so: `https://cloud.example.com`; else the same. */
  readonly publicUrl: string

  /** Runs an operation (`sqs:CreateQueue`) as `as`, through validation, authorisation and faults, like a request. */
  invoke<O = Record<string, unknown>>(operation: string, input: object, options: InvokeOptions): Promise<O>
  /** How that operation runs: `within` is for those that `write`. Throws NotImplemented when there is none of that name. */
  operationKind(operation: string): Promise<'read' | 'write' | 'call'>
  /**
   * Throws the AccessDenied error, or rejects with it, unless all are allowed to `principal`. No promise when that is
   * known at once.
   */
  authorize(
    principal: Principal,
    requests: readonly AccessRequest[],
    context: RequestContext,
    tx: ReadTx,
  ): Promise<void> | undefined
  /**
   * Who signed a request to an entrance, for one of these signing names; the anonymous principal when nobody did.
   * Throws, as for a request to an API, when the signature is not good. The body must be whole and not chunked.
   */
  authenticate(request: WireRequest, signingNames: readonly string[]): Promise<Principal>
  /**
   * Who signed a browser's form upload, by its fields (names in lower case), and the conditions that its policy sets;
   * the anonymous principal when it has no policy. Throws when signature or policy is not good.
   */
  authenticateForm(
    fields: ReadonlyMap<string, string>,
    signingNames: readonly string[],
  ): Promise<{ readonly principal: Principal; readonly region?: string; readonly conditions?: readonly unknown[] }>
  /** Whether it is allowed, for checks whose failure is not an error. */
  isAllowed(principal: Principal, request: AccessRequest, context: RequestContext, tx: ReadTx): Promise<boolean>

  /** Temporary credentials of a role, as the service `service` gets them (the trust policy must name it). */
  assumeRole(roleArn: string, options: AssumeOptions): Promise<Credentials>
  /**
   * Tells the default event bus, of the account and Region that `tx` is in, what happened there: whoever waits for it is
   * told when, and only when, the transaction commits.
   */
  announce(tx: Tx, event: ServiceEvent): Promise<void>
  /** What can be called with a payload under this ARN (a function, version or alias). Throws ResourceNotFoundException. */
  functionTarget(arn: string): Promise<FunctionTarget>
  /** What accepts messages under this ARN (a queue; topics, buses… later). */
  messageTarget(arn: string): Promise<MessageTarget>
  queueSource(arn: string): Promise<QueueSource>
  streamSource(arn: string): Promise<StreamSource>
  /** What is called over HTTP under this ARN (an API destination). Throws ResourceNotFoundException. */
  httpTarget(arn: string): Promise<HttpTarget>
  /**
   * A CloudFormation type by name (`AWS::SQS::Queue`), its service loaded: `type` when we can make it, `schema` when
   * it is published. Undefined when no service here knows the name.
   */
  resourceType(typeName: string): Promise<FoundResourceType | undefined>
  /** Every type that we can make, by name. Loads all services. */
  resourceTypes(): Promise<ReadonlyMap<string, FoundResourceType>>
}

export interface FoundResourceType {
  /** Absent: published, but not made here yet. */
  readonly type?: ResourceType<never>
  readonly schema: ResourceSchema
}

export interface InvokeOptions {
  readonly as: Principal
  readonly scope: Scope
  /** For `write` operations: runs in the operation's own transaction after it, so both commit or neither. */
  readonly within?: (tx: Tx, output: Record<string, unknown>) => void | Promise<void>
  readonly signal?: AbortSignal
  /** The input is JSON that a user wrote: text stands for bytes and times. */
  readonly plain?: boolean
  /** Condition keys that the caller adds (`aws:SourceArn`, `aws:CalledVia`). */
  readonly context?: RequestContext
}

export interface AssumeOptions {
  readonly service: string
  readonly sessionName: string
  readonly durationSec: number
  readonly sourceArn?: string
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAtMs: number
  readonly principal: Principal
}
