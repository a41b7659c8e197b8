import type { FindJob } from '../delivery/waiting.ts'
import type { FaultSet } from '../faults/faults.ts'
import type { Host } from '../kernel/host.ts'
import type { Scope } from '../kernel/records.ts'

/** A signed request to the node's own API. */
export interface Asked {
  readonly query: URLSearchParams
  readonly scope: Scope
  /** What follows the route's path. */
  readonly rest: string
  /** The body as a JSON object. Throws ValidationException when it is none. */
  body(): Record<string, unknown>
  /** Throws AccessDenied unless the action (`landfall:…`) is allowed on the resource. */
  allow(action: string, resource: string): Promise<void>
}

/** What those routes look into. */
export interface Controlled {
  readonly host: Host
  /** Undefined on a node that allows none. */
  readonly faults: FaultSet | undefined
  readonly job: FindJob
  /** Ids of those that the node has. */
  readonly services: readonly string[]
}

/** Answers one kind of request, with what is sent as JSON. */
export type Route = (asked: Asked, controlled: Controlled) => Promise<object>
