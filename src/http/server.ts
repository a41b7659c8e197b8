import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { accessDenied, isAccessDenied } from '../authz/denied.ts'
import { AwsError, awsError } from '../kernel/errors.ts'
import type { WireResponse } from '../kernel/http.ts'
import type { Log } from '../kernel/log.ts'
import { StoreError } from '../kernel/store.ts'
import { encodeError } from '../protocol/protocol.ts'
import type { BodyBudget } from './body.ts'
import type { Exchange, Incoming, Outgoing, Step } from './exchange.ts'
import { hostnameOf } from './guard.ts'
import { alsoHttp2 } from './http2.ts'
import { plainError } from './plain-error.ts'
import { send } from './send.ts'
import { styleOf } from './sign.ts'

export interface ServerOptions {
  readonly port: number
  readonly host: string
  readonly log: Log
  readonly steps: readonly Step[]
  /** What requests need that is not there yet as the door opens: those that come before it wait for it. */
  readonly opened: Promise<unknown>
  /** Answers the node's own pages and APIs; true when it did. */
  readonly admin: (exchange: Exchange) => Promise<boolean> | boolean
  readonly inFlight: { count: number; readonly max: number }
  readonly budget: BodyBudget
  readonly limits: {
    readonly connections: number
    readonly headerBytes: number
    readonly headersMs: number
    readonly idleMs: number
    readonly keepAliveMs: number
    readonly drainMs: number
  }
}

export interface FrontDoor {
  readonly port: number
  /** Stops accepting, lets requests in flight end (for at most `drainMs`), closes. */
  drain(): Promise<void>
}

/** Opens the front door: one HTTP server, every request through the same steps. Rejects when the port is taken. */
export async function openFrontDoor(options: ServerOptions): Promise<FrontDoor> {
  const { limits, inFlight, log } = options
  let draining = false
  let opening: Promise<unknown> | undefined = options.opened.finally(() => {
    opening = undefined
  })
  opening.catch(() => undefined) // a node that cannot open everything does not start

  const server: Server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // Bodies are bounded by their pace (body.ts), not by their length: a large upload takes as long as it takes.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
      noDelay: true,
      insecureHTTPParser: false,
    },
    (req, res) => void answer(req, res),
  )
  const sessions = alsoHttp2(server, limits, (req, res) => void answer(req, res))
  server.maxConnections = limits.connections
  // 100-continue is sent when a step first reads the body: a refused upload never starts.
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    // Listeners and iterators alike come to bytes by `read`; `resume` alone is called by the former only.
    const read = req.read.bind(req)
    let asked = false
    req.read = (size) => {
      // Node drains what a refused client sends on after the answer.
      if (!asked && !res.headersSent) {
        asked = true
        res.writeContinue()
      }
      return read(size)
    }
    void answer(req, res)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    const status = clientErrors[error.code ?? ''] ?? '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })

  async function answer(req: Incoming, res: Outgoing): Promise<void> {
    inFlight.count++
    const url = req.url ?? '/'
    const mark = url.indexOf('?')
    const x: Exchange = {
      req,
      res,
      requestId: randomUUID(),
      path: mark === -1 ? url : url.slice(0, mark),
      query: mark === -1 ? '' : url.slice(mark + 1),
      hostname: hostnameOf(req.headers.host),
      wire: undefined,
      entry: undefined,
      service: undefined,
      entrance: false,
      protocol: undefined,
      operation: undefined,
      auth: undefined,
      scope: undefined,
      input: undefined,
      ctx: undefined,
      bufferedBytes: 0,
      extraHeaders: undefined,
      response: undefined,
      abort: undefined,
    }
    let errorCode: string | undefined
    try {
      try {
        if (opening) await opening
        // Also a turn of the parser's: a body that came with its head is here, whole, when this goes on.
        if (!(await options.admin(x))) {
          for (const step of options.steps) {
            const pending = step.run(x)
            if (pending) await pending
            if (x.response) break
          }
        }
      } catch (error) {
        if (res.headersSent) throw error
        errorCode = visibleError(error).code
        x.response = errorResponse(x, error)
      }
      const response = x.response
      if (!response) throw new Error('no step answered')
      // What was not read of a body would be taken for the next request's, or read for nothing.
      if (req.httpVersionMajor < 2 && (draining || !req.complete)) res.setHeader('connection', 'close')
      const sending = send(res, response, x.extraHeaders, limits.idleMs)
      if (sending) await sending
      if (x.ctx && x.service?.answered) tell(x, response, errorCode)
    } catch (error) {
      log.error('a request could not be answered', {
        requestId: x.requestId,
        error: error instanceof Error ? error.stack : String(error),
      })
      res.destroy()
    } finally {
      inFlight.count--
      options.budget.used -= x.bufferedBytes
    }
  }

  function tell({ req, ctx, service, operation, input }: Exchange, response: WireResponse, errorCode?: string): void {
    const { status, headers } = response
    const bytesSent = req.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    service!.answered!(ctx!, { operation: operation!.name, input: input!, status, errorCode, bytesSent })
  }

  function errorResponse(x: Exchange, error: unknown) {
    const shown = visibleError(error)
    if (shown !== error) {
      log.error('internal failure', {
        requestId: x.requestId,
        service: x.entry?.id,
        operation: x.operation?.name,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    }
    if (!x.service || !x.protocol || x.entrance) return plainError(shown, x.requestId)
    const worded = isAccessDenied(shown) ? accessDenied(shown.message, styleOf(x)) : shown
    const request = { method: x.req.method ?? 'GET', path: x.path, query: x.query, headers: x.req.headers }
    return encodeError(x.service.model, x.protocol, x.operation, worded, { requestId: x.requestId, request })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', resolve)
    listen(server, options.port, options.host)
  })

  return {
    port: (server.address() as AddressInfo).port,
    async drain() {
      draining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      sessions.drain()
      server.closeIdleConnections()
      const timer = setTimeout(() => {
        sessions.close()
        server.closeAllConnections()
      }, limits.drainMs)
      await closed
      clearTimeout(timer)
    },
  }
}

/** What a connection is told that never became a request. */
const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** The error a client is shown: a modelled one as it is, a refusing store as unavailable, anything else as our failure. */
export function visibleError(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  if (error instanceof StoreError) {
    if (error.reason === 'limit')
      return awsError('ValidationException', `The request is larger than one transaction may be: ${error.message}`)
    if (error.reason === 'full')
      return awsError(
        'ServiceUnavailable',
        'The disk of the node is full. Nothing was stored; free space and try again.',
        { status: 503 },
      )
    return awsError(
      'ServiceUnavailable',
      'The node could not store or read this durably. Nothing was acknowledged; try again.',
      { status: 503 },
    )
  }
  return awsError(
    'InternalFailure',
    'The request failed because of a fault in Landfall. Its log has the reason under this request id.',
    { status: 500 },
  )
}

/**
 * Listens on a host. `listen` would look up even what is an address, which costs a start as much as opening the store
 * does; so for one it is asked for what it does next. That has no documented name: without it, all is looked up.
 */
function listen(server: Server & { _listen2?: unknown }, port: number, host: string): void {
  const isAddress = /^(\d{1,3}\.){3}\d{1,3}$/.test(host)
  if (isAddress && typeof server._listen2 === 'function') server._listen2(host, port, 4, backlog)
  else server.listen(port, host, backlog)
}

/** Connections that the kernel keeps until they are taken: Node's own default. */
const backlog = 511
