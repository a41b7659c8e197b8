import type { InvokeOptions } from './host.ts'
import type { KeyPart, KeyRange, ReadTx, Tx } from './records.ts'

/** A CloudFormation resource type. It calls its service's operations, so that a template can do nothing the API can't. */
export interface ResourceType<P = Record<string, unknown>> {
  /**
   * The properties that work, by name. Those in the published schema but not here are refused by name; whether a
   * change needs replacement, and which are required, comes from the schema (`resource-types.json`).
   */
  readonly properties: readonly (keyof P & string)[]
  /** Where our replacement rule differs from the schema's: also replace when one of these changes. */
  readonly replaceOn?: readonly (keyof P & string)[]
  /** Takes any property and answers any attribute: what they are, only its provider knows (custom resources). */
  readonly open?: true
  /** `update` is called in every update of the stack: what a property names may have changed (a nested stack's template). */
  readonly follows?: true
  create(props: P, rx: ResourceCtx): Promise<ResourceState>
  /** Changes in place. Absent: every change replaces. An answer with another id means that it replaced: the old one is deleted. */
  update?(id: string, props: P, previous: P, rx: ResourceCtx): Promise<ResourceState>
  /** Must succeed when it is already gone. */
  delete(id: string, props: P, rx: ResourceCtx): Promise<void>
  /**
   * What it is now, as its properties would say it, for drift detection; undefined when it is gone. A property that can
   * be read and is not set is there as undefined; one that can't be read (a secret, code) is left out. Absent: drift of
   * this type is not detected.
   */
  read?(id: string, props: P, rx: ResourceReader): Promise<LiveProperties | undefined>
  /**
   * What `create` would have answered for the resource that has this primary identifier (of the schema's one property),
   * for imports; changes nothing. Whether it exists, `read` says, with no more than the id and that property given:
   * this may answer undefined, or what would be. Absent: the type can't be imported.
   */
  adopt?(identifier: string, rx: ResourceReader): ResourceState | undefined | Promise<ResourceState | undefined>
  /**
   * The primary identifiers of all that there are in this account and Region, for scans: a page at a time, each by an
   * index (see `listing`). What is AWS's own may be left out. Absent: resources of the type are not found by scans.
   */
  list?(rx: ResourceReader): AsyncIterable<string>
}

export type LiveProperties = Readonly<Record<string, unknown>>

/** What reading a resource needs: its operations run as whoever asks for drift. */
export type ResourceReader = Pick<ResourceCtx, 'account' | 'region' | 'baseUrl' | 'invoke'>

export interface ResourceState {
  /** The physical resource id, which `Ref` answers unless `ref` is given. */
  readonly id: string
  readonly ref?: string
  /** What `Fn::GetAtt` answers, by attribute name. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** The attributes' values are masked wherever properties are shown. */
  readonly noEcho?: boolean
}

/** A failure that the resource tells in its own words: they become its status reason as they are. */
export class ResourceFailure extends Error {}

/** How many signals, and until when after its beginning, make a resource complete. */
export interface CreationPolicy {
  readonly count: number
  readonly timeoutSec: number
}

export interface ResourceCtx {
  readonly account: string
  readonly region: string
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  /** As the template names it: one implementation may serve several (`Custom::Anything`). */
  readonly type: string
  /** Set by the template's CreationPolicy. */
  readonly creationPolicy?: CreationPolicy
  /** True while a rollback puts back what an update has changed. */
  readonly restoring: boolean
  /** Stable for this attempt across restarts: the idempotency token of `call` operations. */
  readonly clientToken: string
  readonly baseUrl: string
  /** Tags of the stack plus `aws:cloudformation:*`, to be merged under the resource's own. */
  readonly tags: Readonly<Record<string, string>>
  /** What `tags` was when the resource was last created or updated: what is here and not in `tags` is to be removed. */
  readonly previousTags: Readonly<Record<string, string>>
  readonly nowMs: number
  readonly signal: AbortSignal
  /** The stable name CloudFormation would make: `<stack>-<logicalId>-<12 characters>`, cut to fit. */
  name(options?: { maxLength?: number; lowercase?: boolean; suffix?: string }): string
  /**
   * Says that the resource exists under this id from here on, for a `create` that goes on with more operations: when
   * one of those fails, the resource is deleted by this id. A create of one operation need not say it.
   */
  created(id: string): void
  /** Runs an operation as the stack's role or caller. A `write` commits together with the stack's record of its progress. */
  invoke<O = Record<string, unknown>>(operation: string, input: object, options?: Partial<InvokeOptions>): Promise<O>
  /**
   * Changes what the type's own service keeps, in the stack's scope, for types whose service has no operation for it.
   * Commits together with the stack's record of its progress; `step` names it there. May run again on conflict.
   */
  write(step: string, change: (tx: Tx) => Promise<void>): Promise<void>
  /** Waits until the node's clock reaches that time. */
  sleepUntil(atMs: number): Promise<void>
  /**
   * Waits until `look` finds something in the stack's scope: it is asked at once, and after every commit that touches
   * `range`. Undefined when the node's clock reaches `untilMs`. Not journalled, so what it finds has to stay found.
   */
  found<T>(
    range: KeyRange<unknown, readonly KeyPart[]>,
    look: (tx: ReadTx) => Promise<T | undefined>,
    options: FindOptions,
  ): Promise<T | undefined>
  /** A URL at this node to which whoever has it may PUT what `found` waits for, until then. Signed: it can't be guessed. */
  answerUrl(kind: AnswerKind, untilMs: number): string
}

export interface FindOptions {
  readonly untilMs: number
  /** Goes on waiting when the deployment is told to stop: what runs elsewhere can't be called off. */
  readonly persists?: boolean
}

/** What is PUT: the answer of a custom resource's provider, or the signals of a wait condition. */
export type AnswerKind = 'custom-resource' | 'wait'

/** Declares a resource type with typed properties. */
export function resource<P>(type: ResourceType<P>): ResourceType<never> {
  // Who calls it goes by the schema, which has checked the properties that it gets; TypeScript cannot see that.
  return type as unknown as ResourceType<never>
}
