import type { RequestContext } from './authorization.ts'
import type { Clock } from './clock.ts'
import type { Host } from './host.ts'
import type { WireRequest } from './http.ts'
import type { Ids } from './ids.ts'
import type { Principal } from './principal.ts'
import type { ReadTx, Scope, Tx } from './records.ts'

/** What an operation knows of the world besides its input. Time and identifiers come from here and nowhere else. */
export interface Ctx {
  /** Account and region that the request is for; `tx` handed to the operation is in this scope. */
  readonly scope: Scope
  readonly account: string
  readonly region: string
  readonly requestId: string
  readonly principal: Principal
  /** What conditions may ask about the request itself: for `host.isAllowed` on the items of a batch. */
  readonly requestContext: RequestContext
  /** The node's time when the request (or this attempt of it) began, epoch milliseconds. */
  readonly nowMs: number
  readonly clock: Clock
  readonly ids: Ids
  /** A fresh UUID. */
  newId(): string
  /** Aborted when the client is gone or the node stops. Long calls end when it is. */
  readonly signal: AbortSignal
  /** `http://127.0.0.1:4566`: where the client reached us, for URLs in answers. Path-form URLs start with it. */
  readonly baseUrl: string
  readonly sourceIp: string
  /** The request on the wire; absent when the call comes from inside (a template, a target). */
  readonly wire?: WireRequest
  readonly host: Host
  /** `arn:aws:<service>:<region>:<account>:<resource>` in this scope. */
  arn(service: string, resource: string): string
  /** Transactions in this scope, for operations of kind `call`. */
  read<T>(fn: (tx: ReadTx) => T | Promise<T>): Promise<T>
  write<T>(fn: (tx: Tx) => T | Promise<T>): Promise<T>
}
