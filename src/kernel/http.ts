import type { IncomingHttpHeaders } from 'node:http'

/** A request as the front door hands it on. Nothing is decoded yet. */
export interface WireRequest {
  readonly method: string
  /** As sent: still percent-encoded, without the query. */
  readonly path: string
  /** As sent, without `?`. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value … in order of arrival, as sent. */
  readonly rawHeaders: readonly string[]
  /** The whole body, when the operation takes it whole. Bounded by the front door. */
  readonly body: Uint8Array
  /** The body as it arrives, for operations with a streaming payload (then `body` is empty). */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
  /** Trailing headers of a chunked body, names in lower case. Settles when `stream` has ended. */
  readonly trailers?: Promise<Readonly<Record<string, string>>> | undefined
  readonly remoteAddress: string
  /** `http` or `https`, with the host the client addressed: `http://127.0.0.1:4566`. */
  readonly origin: string
}

export type HeaderValues = Record<string, string | string[]>

export interface WireResponse {
  readonly status: number
  readonly headers: HeaderValues
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
}

const bodies = new WeakMap<object, { readonly contentType: string; readonly bytes: Uint8Array }>()

/** Has an operation's output be answered as these bytes, in place of the protocol's form of it. Calls from inside see the output. */
export function asBody<T extends object>(output: T, contentType: string, bytes: Uint8Array): T {
  bodies.set(output, { contentType, bytes })
  return output
}

/** The bytes that an output is to be answered as, if it is. */
export function bodyOf(output: object): { readonly contentType: string; readonly bytes: Uint8Array } | undefined {
  return bodies.get(output)
}
