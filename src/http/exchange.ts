import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { Authentication } from '../authn/authenticate.ts'
import type { Ctx } from '../kernel/context.ts'
import type { HeaderValues, WireRequest, WireResponse } from '../kernel/http.ts'
import type { Scope } from '../kernel/records.ts'
import type { Service, ServiceEntry } from '../kernel/service.ts'
import type { Protocol, ResolvedOperation } from '../protocol/protocol.ts'

/** A request, of HTTP/1.1 or HTTP/2. */
export interface Incoming extends Readable {
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  readonly httpVersionMajor: number
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly complete: boolean
  readonly socket: Socket
}

/** Its answer. */
export interface Outgoing extends Writable {
  readonly headersSent: boolean
  setHeader(name: string, value: string): unknown
  writeHead(status: number, headers: HeaderValues): unknown
}

/** One request on its way through the steps; each step fills in what it finds out. */
export interface Exchange {
  readonly req: Incoming
  readonly res: Outgoing
  readonly requestId: string
  /** Path and query as sent, after a virtual-host bucket was moved into the path. */
  path: string
  query: string
  /** The Host header without its port, lower case. */
  hostname: string
  wire: WireRequest | undefined
  entry: ServiceEntry | undefined
  service: Service | undefined
  /** Set when the request is for an entrance of the service, not for its API. */
  entrance: boolean
  protocol: Protocol | undefined
  operation: ResolvedOperation | undefined
  auth: Authentication | undefined
  scope: Scope | undefined
  input: object | undefined
  ctx: Ctx | undefined
  /** Bytes of body that count against the node's bound until the end. */
  bufferedBytes: number
  /** Headers for the answer whatever it will be (CORS). */
  extraHeaders: Record<string, string | string[]> | undefined
  response: WireResponse | undefined
  /** Aborted when the client is gone or the node stops; made when first asked for. */
  abort: AbortController | undefined
}

/** A step reads and fills the exchange. Setting `response` ends the way; a throw is answered as an error. */
export interface Step {
  readonly name: string
  run(exchange: Exchange): void | Promise<void>
}
