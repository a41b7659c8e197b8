import type { RequestContext } from '../kernel/authorization.ts'
import type { Ctx } from '../kernel/context.ts'
import type { Host } from '../kernel/host.ts'
import type { WireRequest } from '../kernel/http.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ReadTx, Scope, Tx } from '../kernel/records.ts'

export interface CtxOptions {
  readonly host: Host
  readonly scope: Scope
  readonly requestId: string
  readonly principal: Principal
  readonly baseUrl: string
  readonly sourceIp: string
  readonly requestContext: RequestContext
  readonly wire?: WireRequest | undefined
  /** Asked for only by operations that wait. */
  readonly signal: () => AbortSignal
}

/** The context of one request. A class, since every request makes one. */
export class RequestCtx implements Ctx {
  readonly #options: CtxOptions
  readonly nowMs: number
  constructor(options: CtxOptions) {
    this.#options = options
    this.nowMs = options.host.clock.nowMs()
  }
  get scope(): Scope {
    return this.#options.scope
  }
  get account(): string {
    return this.#options.scope.account
  }
  get region(): string {
    return this.#options.scope.region
  }
  get requestId(): string {
    return this.#options.requestId
  }
  get principal(): Principal {
    return this.#options.principal
  }
  get clock() {
    return this.#options.host.clock
  }
  get ids() {
    return this.#options.host.ids
  }
  get host(): Host {
    return this.#options.host
  }
  get signal(): AbortSignal {
    return this.#options.signal()
  }
  get baseUrl(): string {
    return this.#options.baseUrl
  }
  get requestContext(): RequestContext {
    return this.#options.requestContext
  }
  get sourceIp(): string {
    return this.#options.sourceIp
  }
  // An optional member that may not be undefined: present only as a getter that answers for both.
  get wire(): WireRequest {
    return this.#options.wire as WireRequest
  }
  newId(): string {
    return this.#options.host.ids.uuid()
  }
  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.account}:${resource}`
  }
  read<T>(fn: (tx: ReadTx) => T | Promise<T>): Promise<T> {
    return this.host.records.read(this.scope, fn)
  }
  write<T>(fn: (tx: Tx) => T | Promise<T>): Promise<T> {
    return this.host.records.write(this.scope, fn)
  }
}
