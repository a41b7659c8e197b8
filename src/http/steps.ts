import type { Socket } from 'node:net'
import type { RequestContext } from '../kernel/authorization.ts'
import type { Directory } from '../kernel/directory.ts'
import { awsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import type { WireRequest } from '../kernel/http.ts'
import { inflated } from '../protocol/compressed.ts'
import { decode, detectProtocol, encode, findOperation } from '../protocol/protocol.ts'
import { arrivedBody, type BodyBudget, hold, readBody, streamBody } from './body.ts'
import type { Exchange, Step } from './exchange.ts'
import { faultPlace } from './fault-place.ts'
import { isForeignOrigin, isOwnHost, refuseHost, refuseOrigin } from './guard.ts'
import { notImplemented } from './not-implemented.ts'
import { operate } from './operate.ts'
import { RequestCtx } from './request-ctx.ts'
import { route } from './route.ts'
import type { Authenticator } from './sign.ts'

const defaultMaxBodyBytes = 1_200_000

export interface StepOptions {
  readonly host: Host
  readonly directory: Directory
  readonly authenticator: Authenticator
  /** Answers `/_landfall/…` and `/`; undefined when the path is not its own. */
  readonly admin: (exchange: Exchange) => Promise<boolean> | boolean
  /** The node's own names, besides addresses and localhost. */
  readonly names: readonly string[]
  readonly defaultScope: { readonly account: string; readonly region: string }
  readonly inFlight: { count: number; readonly max: number }
  readonly budget: BodyBudget
  readonly idleMs: number
  readonly secure: boolean
}

/** The way of a request, top to bottom. A step that sets `response` ends it; a throw is answered as the service's error. */
export function createSteps(options: StepOptions): readonly Step[] {
  const { host, directory, authenticator } = options
  return [
    {
      name: 'route',
      run(x) {
        const routed = route(directory, {
          method: x.req.method ?? '',
          path: x.path,
          query: x.query,
          headers: x.req.headers,
          hostname: x.hostname,
        })
        if (!routed)
          throw awsError(
            'UnknownService',
            'No service here is meant by this request. Check the endpoint and the credential scope of the signature.',
            { status: 404 },
          )
        x.entry = routed.entry
        x.entrance = routed.entrance
        x.path = routed.path
      },
    },
    {
      name: 'load the service',
      run(x) {
        const entry = x.entry!
        x.service = directory.loaded(entry)
        if (x.service) return
        return directory.load(entry).then((service) => {
          x.service = service
        })
      },
    },
    {
      name: 'detect the protocol',
      run(x) {
        if (!x.entrance) x.protocol = detectProtocol(x.service!.model, address(x))
      },
    },
    {
      name: 'admit',
      run(x) {
        if (options.inFlight.count > options.inFlight.max) {
          throw awsError(
            // S3's name for it; the others have one in common.
            x.protocol === 'rest-xml' ? 'SlowDown' : 'ThrottlingException',
            'The node answers as many requests as it may. Reduce your request rate.',
            { status: 503 },
          )
        }
      },
    },
    {
      name: 'guard against web pages',
      run(x) {
        if (x.entrance) return
        const asked = x.req.headers.origin !== undefined || x.req.method === 'OPTIONS'
        return asked && x.service!.cors ? crossOrigin(x) : refuseForeign(x)
      },
    },
    {
      name: 'enter',
      run(x) {
        if (x.entrance) return enter(x)
      },
    },
    {
      name: 'find the operation',
      run(x) {
        const { model, maxBodyBytes } = x.service!
        // A query request names its operation in the body; the others before it, so that a stream stays one.
        if (x.protocol !== 'query' && x.protocol !== 'ec2') {
          x.wire = wireRequest(x, options.secure)
          x.operation = findOperation(model, x.protocol!, x.wire)
          if (x.operation.streamingInput) {
            const arrived = arrivedBody(x.req)
            if (arrived) x.wire = wireRequest(x, options.secure, arrived)
            return
          }
        }
        const take = (body: Uint8Array) => {
          x.wire = wireRequest(x, options.secure, body)
          // What was signed is the body as it came: it stays so until that is checked.
          const named = x.operation ? undefined : unpacked(x)
          if (!named) x.operation ??= findOperation(model, x.protocol!, x.wire)
          return named?.then((wire) => {
            x.operation = findOperation(model, x.protocol!, wire)
          })
        }
        const body = readWhole(x, maxBodyBytes ?? defaultMaxBodyBytes)
        return body instanceof Promise ? body.then(take) : take(body)
      },
    },
    {
      name: 'authenticate',
      run: authenticator,
    },
    {
      name: 'inflate the body',
      run(x) {
        return unpacked(x)?.then((wire) => {
          x.wire = wire
        })
      },
    },
    {
      name: 'decode the input',
      run(x) {
        if (!(x.operation!.name in x.service!.operations)) {
          throw notImplemented(x.service!, x.operation!.name)
        }
        x.input = decode(x.operation!, x.wire!)
      },
    },
    {
      name: 'authorise and operate',
      run(x) {
        const { principal, region } = x.auth!
        const ctx = new RequestCtx({
          host,
          scope: {
            account: principal.account || options.defaultScope.account,
            region: region || options.defaultScope.region,
          },
          requestId: x.requestId,
          principal,
          baseUrl: x.wire!.origin,
          sourceIp: x.wire!.remoteAddress,
          requestContext: requestContext(x, region || options.defaultScope.region),
          wire: x.wire,
          signal: () => signalOf(x, host),
        })
        x.ctx = ctx
        const operation = x.service!.operations[x.operation!.name]!
        const work = () => operate(operation, x.input!, ctx)
        const operating = host.faults?.active
          ? host.faults.around(faultPlace(x.service!, x.operation!.name, x.input!, ctx.account), work, (then) =>
              x.res.once('finish', then),
            )
          : work()
        return operating.then((output) => {
          x.response = encode(x.operation!, output, { requestId: x.requestId })
        })
      },
    },
  ]

  /** A service with rules of its own for pages of other origins (S3's buckets) answers by them. */
  async function crossOrigin(x: Exchange): Promise<void> {
    const headers = await x.service!.cors!(wireRequest(x, options.secure), host)
    if (!headers) refuseForeign(x)
    else if (x.req.method === 'OPTIONS') x.response = { status: 200, headers }
    else x.extraHeaders = headers
  }

  function refuseForeign(x: Exchange): void {
    const { origin, host: named } = x.req.headers
    if (!isOwnHost(x.hostname, options.names)) throw refuseHost(x.hostname)
    if (isForeignOrigin(origin, named)) throw refuseOrigin(origin ?? '')
  }

  async function enter(x: Exchange): Promise<void> {
    const { id, entrance, entranceStreams, maxBodyBytes } = x.service!
    if (!entrance) throw new Error(`${id} declares an entrance but has none`)
    if (entranceStreams) {
      const stream = streamBody(x.req, Number.POSITIVE_INFINITY, options.idleMs)
      x.response = await entrance({ ...wireRequest(x, options.secure), stream }, host, signalOf(x, host))
      return
    }
    const body = await readWhole(x, maxBodyBytes ?? defaultMaxBodyBytes)
    x.response = await entrance(wireRequest(x, options.secure, body), host, signalOf(x, host))
  }

  function readWhole(x: Exchange, maxBytes: number): Promise<Uint8Array> | Uint8Array {
    return readBody(x.req, maxBytes, options.idleMs, options.budget, taken(x))
  }

  /** The request with its body inflated, which is held beside what came. Undefined: nothing of it is compressed. */
  function unpacked(x: Exchange): Promise<WireRequest> | undefined {
    return inflated(x.protocol!, x.wire!)?.then((wire) => {
      hold(options.budget, wire.body.length, taken(x))
      return wire
    })
  }
}

/** Counts what a request holds, for giving it back at its end. */
const taken = (x: Exchange) => (bytes: number) => {
  x.bufferedBytes += bytes
}

const noBytes: Uint8Array = new Uint8Array(0)

function address(x: Exchange) {
  return { method: x.req.method ?? 'GET', path: x.path, query: x.query, headers: x.req.headers }
}

export function wireRequest(x: Exchange, secure: boolean, body = noBytes): WireRequest {
  const { req } = x
  return {
    method: req.method ?? 'GET',
    path: x.path,
    query: x.query,
    headers: req.headers,
    rawHeaders: req.rawHeaders,
    body,
    remoteAddress: req.socket.remoteAddress ?? '',
    origin: `${secure ? 'https' : 'http'}://${req.headers.host ?? ''}`,
  }
}

/** The signal of a request: made on demand, since most operations never wait. */
export function signalOf(x: Exchange, host: Host): AbortSignal {
  if (!x.abort) {
    x.abort = new AbortController()
    const { abort } = x
    x.res.once('close', () => abort.abort(new Error('the request ended')))
    if (x.res.destroyed) abort.abort(new Error('the client is gone'))
  }
  return AbortSignal.any([x.abort.signal, host.signal])
}

/** What a connection says of all its requests. */
interface Peer {
  readonly address: string
  readonly secure: boolean
}
const peers = new WeakMap<Socket, Peer>()

function peerOf(socket: Socket): Peer {
  let peer = peers.get(socket)
  if (!peer) {
    const address = socket.remoteAddress ?? ''
    // What never leaves the machine nobody can read on the way: policies that insist on TLS (osls gives its bucket one) hold.
    peer = { address, secure: 'encrypted' in socket || /^(?:::1$|(?:::ffff:)?127\.)/.test(address) }
    peers.set(socket, peer)
  }
  return peer
}

export function requestContext({ req: { headers, socket } }: Exchange, region: string): RequestContext {
  const { address, secure } = peerOf(socket)
  const context: Record<string, string | boolean> = {
    'aws:SourceIp': address,
    'aws:SecureTransport': secure,
    'aws:RequestedRegion': region,
  }
  if (headers['user-agent']) context['aws:UserAgent'] = headers['user-agent']
  if (headers.referer) context['aws:Referer'] = headers.referer
  return context
}
