import type { InvokeOptions } from './host.ts'

/** A CloudFormation resource type. It calls its service's operations, so that a template can do nothing the API can't. */
export interface ResourceType<P = Record<string, unknown>> {
  /**
   * The properties that work, by name. Those in the published schema but not here are refused by name; whether a
   * change needs replacement, and which are required, comes from the schema (`resource-types.json`).
   */
  readonly properties: readonly (keyof P & string)[]
  /** Where our replacement rule differs from the schema's: also replace when one of these changes. */
  readonly replaceOn?: readonly (keyof P & string)[]
  create(props: P, rx: ResourceCtx): Promise<ResourceState>
  /** Changes in place. Absent: every change replaces. */
  update?(id: string, props: P, previous: P, rx: ResourceCtx): Promise<ResourceState>
  /** Must succeed when it is already gone. */
  delete(id: string, props: P, rx: ResourceCtx): Promise<void>
}

export interface ResourceState {
  /** The physical resource id, which `Ref` answers unless `ref` is given. */
  readonly id: string
  readonly ref?: string
  /** What `Fn::GetAtt` answers, by attribute name. */
  readonly attributes?: Readonly<Record<string, unknown>>
}

export interface ResourceCtx {
  readonly account: string
  readonly region: string
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
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
  /** Waits until the node's clock reaches that time. */
  sleepUntil(atMs: number): Promise<void>
}

/** Declares a resource type with typed properties. */
export function resource<P>(type: ResourceType<P>): ResourceType<never> {
  return type as unknown as ResourceType<never>
}
