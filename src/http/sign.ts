import { type AuthnDeps, authenticate } from '../authn/authenticate.ts'
import { dechunk } from '../authn/dechunk.ts'
import { authnError, type ErrorStyle, missingCredentials } from '../authn/errors.ts'
import { verifyForm } from '../authn/form.ts'
import { sha256Hex } from '../authn/hmac.ts'
import { awsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import { streamBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { withHoistedHeaders } from './hoisted.ts'

export type Authenticator = (x: Exchange) => Promise<void>

export interface AuthenticatorOptions {
  readonly findKey: AuthnDeps['findKey']
  /** Wall time: signatures are as fresh as clients' clocks say. */
  wallNowMs(): number
  readonly idleMs: number
  readonly maxStreamBytes: number
}

/** How the service of a request words refusals. */
export function styleOf(x: Exchange): ErrorStyle {
  if (x.protocol === 'rest-xml') return 's3'
  if (x.protocol === 'query' || x.protocol === 'ec2') return 'query'
  return x.protocol === 'rest-json' ? 'rest-json' : 'json'
}

/**
 * Finds out who sends a request and hands its body on as the client meant it: a body that was read whole is checked and
 * unwrapped here, one that streams while it is read. What is wrong with one that streams is told to who reads it, after
 * what was asked of the request, even when all of it came with the head: answers are the same either way.
 */
export function createAuthenticator({
  findKey,
  wallNowMs,
  idleMs,
  maxStreamBytes,
}: AuthenticatorOptions): Authenticator {
  return async (x) => {
    const wire = x.wire!
    const style = styleOf(x)
    const arrived = wire.body.length > 0
    const streaming = x.operation!.streamingInput && !arrived
    // Clients of the others sign streams of unknown hash as what they turn out to be: they have no header for it.
    const reads = x.operation!.streamingInput && (!arrived || style === 's3')
    // What was signed is the path as sent, before a bucket moved into it.
    const url = x.req.url ?? '/'
    const mark = url.indexOf('?')
    const path = mark === -1 ? url : url.slice(0, mark)
    const hostBucket = path === x.path ? undefined : x.path.slice(1, x.path.length - path.length)
    const auth = await authenticate(
      {
        method: wire.method,
        path,
        query: wire.query,
        headers: wire.headers,
        rawHeaders: wire.rawHeaders,
        body: reads ? undefined : wire.body,
      },
      {
        findKey,
        wallNowMs,
        style,
        signingNames: x.entry!.signingNames,
        ...(hostBucket === undefined ? {} : { hostBucket }),
      },
    )
    if (auth.signature === 'none' && !x.operation!.noAuth && !x.entry!.catchAll) throw missingCredentials(style)
    x.auth = auth
    if (auth.signature === 'v4-query' || auth.signature === 'v2-query') x.wire = withHoistedHeaders(wire)

    const wrapped = auth.signedPayload !== 'hash' && auth.signedPayload !== 'unsigned'
    if (!streaming && !wrapped) {
      const isOther = reads && auth.payloadHash !== undefined && auth.payloadHash !== sha256Hex(wire.body)
      if (isOther) x.wire = { ...x.wire!, stream: failing(authnError(style, 'badPayloadHash')) }
      return
    }
    let settle!: (trailers: Readonly<Record<string, string>>) => void
    const trailers = new Promise<Readonly<Record<string, string>>>((resolve) => {
      settle = resolve
    })
    const source = streaming ? streamBody(x.req, maxStreamBytes, idleMs) : wire.body
    const body = settled(dechunk(source, auth, { onTrailers: (found) => settle(Object.fromEntries(found)) }), () =>
      settle({}),
    )
    if (streaming) x.wire = { ...x.wire!, stream: body, trailers }
    else if (!reads) x.wire = { ...x.wire!, body: await whole(body), trailers }
    else {
      x.wire = await whole(body).then(
        (unwrapped) => ({ ...x.wire!, body: unwrapped, trailers }),
        (error: unknown) => ({ ...x.wire!, stream: failing(error), trailers }),
      )
    }
  }
}

/** A body of which nothing can be read. */
// biome-ignore lint/correctness/useYield: it has nothing to yield
async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
  throw error
}

/** What `host.authenticate` does: finds out who signed a request to an entrance of a service. */
export function entranceAuthenticator(findKey: AuthnDeps['findKey'], wallNowMs: () => number): Host['authenticate'] {
  return async (wire, signingNames) => {
    const auth = await authenticate(wire, { findKey, wallNowMs, style: 'rest-json', signingNames })
    if (auth.signedPayload !== 'hash' && auth.signedPayload !== 'unsigned') {
      throw awsError('InvalidSignatureException', 'Sign the body as a whole: this URL takes no chunked bodies.', {
        status: 403,
      })
    }
    return auth.principal
  }
}

/** What `host.authenticateForm` does. */
export function formAuthenticator(findKey: AuthnDeps['findKey'], wallNowMs: () => number): Host['authenticateForm'] {
  return (fields, signingNames) => verifyForm(fields, { findKey, wallNowMs, style: 's3', signingNames })
}

/** Runs `done` when the body has ended, however it did. */
async function* settled(body: AsyncIterable<Uint8Array>, done: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } finally {
    done()
  }
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
