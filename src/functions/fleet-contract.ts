import type { MovableClock } from '../kernel/clock.ts'
import type { FunctionSpec, Provisioned, Provisioning, RunRequest } from '../kernel/functions.ts'
import type { Log } from '../kernel/log.ts'
import type { Served } from './served.ts'
import type { StartInstance } from './start-instance.ts'

/** All instances of all functions, and the requests that wait for one. */
export interface Fleet extends AsyncDisposable {
  run(spec: FunctionSpec, request: RunRequest): Promise<Served>
  /** Starts one instance ahead of its first request, unless the version has some or there is little room. */
  startSpare(spec: FunctionSpec, onLog: RunRequest['onLog']): void
  provision(spec: FunctionSpec, provisioning: Provisioning): void
  provisioned(spec: FunctionSpec): Provisioned
  retire(functionArn: string, options?: { readonly versions: boolean }): void
  count(functionArn?: string): number
}

export interface FleetOptions {
  readonly start: StartInstance
  readonly clock: MovableClock
  readonly log: Log
  readonly maxInstances: number
  readonly startsAtOnce: number
  readonly idleMs: number
  /** Whether the host runs out of memory: idle instances are given up then. */
  isShort(): boolean
}

/** Thrown when no instance can be had: more requests wait than would ever be served in time. */
export class FleetFull extends Error {
  override name = 'FleetFull'
}
