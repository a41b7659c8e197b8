import type { WireRequest } from '../kernel/http.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Addressed } from './find-stage.ts'
import type { Matched } from './match.ts'

/** A request on its way to an integration, with what every event form needs of it. */
export interface Incoming extends Addressed, Matched {
  readonly wire: WireRequest
  readonly requestId: string
  readonly nowMs: number
  readonly host: string
  /** Of a call from within the node: who makes it, in place of a signature. */
  readonly calledBy?: Principal | undefined
  /** Text, or base64 when `isBase64Encoded`; absent when there was no body. */
  readonly body: string | undefined
  readonly isBase64Encoded: boolean
}

const textTypes = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i

/** The body as events carry it: text where the type says so and it is valid UTF-8, base64 elsewhere. */
export function encodeBody(
  body: Uint8Array,
  contentType: string | undefined,
  binary: (type: string) => boolean,
): { body: string | undefined; isBase64Encoded: boolean } {
  if (body.length === 0) return { body: undefined, isBase64Encoded: false }
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (binary(contentType ?? '')) return { body: buffer.toString('base64'), isBase64Encoded: true }
  return { body: buffer.toString('utf8'), isBase64Encoded: false }
}

/**
 * HTTP APIs and function URLs decide by the content type alone: what is not one of a few is binary, forms and what says no
 * type among it. The documentation does not list them; tried on the service by https://github.com/ministackorg/ministack/pull/766
 */
export function isBinaryForHttp(contentType: string): boolean {
  return !textTypes.test(contentType)
}

/** REST APIs are told which types are binary; `*` and `type/*` are wildcards. */
export function isBinaryForRest(declared: readonly string[]): (contentType: string) => boolean {
  return (contentType) => {
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
    return declared.some(
      (pattern) =>
        pattern === '*/*' || pattern === type || (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1))),
    )
  }
}

/** Values of each header in order of arrival, under the name as sent. */
export function headerLists(wire: WireRequest): Map<string, { name: string; values: string[] }> {
  const lists = new Map<string, { name: string; values: string[] }>()
  for (let at = 0; at + 1 < wire.rawHeaders.length; at += 2) {
    const name = wire.rawHeaders[at]!
    const known = lists.get(name.toLowerCase())
    if (known) known.values.push(wire.rawHeaders[at + 1]!)
    else lists.set(name.toLowerCase(), { name, values: [wire.rawHeaders[at + 1]!] })
  }
  return lists
}

/** Values of each query parameter in order. */
export function queryLists(query: string): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query)) {
    const known = lists.get(name)
    if (known) known.push(value)
    else lists.set(name, [value])
  }
  return lists
}

/** What a proxy puts before a request: where it came from. */
export function forwarding({ wire }: Pick<Incoming, 'wire'>): Record<string, string> {
  const [, port = ''] = /:(\d+)$/.exec(wire.headers.host ?? '') ?? []
  const earlier = wire.headers['x-forwarded-for']
  return {
    'x-forwarded-for': earlier === undefined ? wire.remoteAddress : `${earlier}, ${wire.remoteAddress}`,
    'x-forwarded-port': port || (wire.origin.startsWith('https') ? '443' : '80'),
    'x-forwarded-proto': wire.origin.startsWith('https') ? 'https' : 'http',
  }
}

/** A trace header: the client's, or a new root. */
export function traceId(incoming: Pick<Incoming, 'wire' | 'nowMs' | 'requestId'>): string {
  const given = incoming.wire.headers['x-amzn-trace-id']
  if (typeof given === 'string') return given
  return `Root=1-${Math.floor(incoming.nowMs / 1000).toString(16)}-${incoming.requestId.replaceAll('-', '').slice(0, 24)}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `21/Apr/2020:15:08:21 +0000` */
export function commonLogTime(atMs: number): string {
  const at = new Date(atMs)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
}
