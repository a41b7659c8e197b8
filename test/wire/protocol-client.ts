/** Real SDK clients whose requests go straight into our protocol functions: no server, no signature, no network. */
import { Readable } from 'node:stream'
import { HttpResponse } from '@smithy/core/protocols'
import { services } from '../../scripts/models/services.ts'
import type { WireRequest, WireResponse } from '../../src/kernel/http.ts'
import type { Model, Protocol } from '../../src/kernel/model.ts'
import {
  decode,
  detectProtocol,
  type ErrorLike,
  encode,
  encodeError,
  findOperation,
  type ResolvedOperation,
} from '../../src/protocol/protocol.ts'

export interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly hostname: string
}

export interface Seen {
  readonly operation: ResolvedOperation
  readonly input: Record<string, unknown>
  readonly wire: WireRequest
}

/** What our side does with a request: an output, or an error to send. */
export type Answer = (seen: Seen) => { output: object } | { error: ErrorLike } | { response: WireResponse }

const encodeQuery = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array(0)
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  const parts: Uint8Array[] = []
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part)
  return Buffer.concat(parts)
}

export async function toWire(request: SdkRequest): Promise<WireRequest> {
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item: string | null) =>
      item === null ? encodeQuery(name) : `${encodeQuery(name)}=${encodeQuery(item)}`,
    ),
  )
  return {
    method: request.method,
    path: request.path,
    query: query.join('&'),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: Object.entries(request.headers).flat(),
    body: await bytesOf(request.body),
    remoteAddress: '127.0.0.1',
    origin: 'http://127.0.0.1:4566',
  }
}

/** Runs one request through our side as the front door would. */
export function serve(model: Model, wire: WireRequest, answer: Answer): WireResponse {
  let protocol: Protocol = model.protocols[0]!
  let operation: ResolvedOperation | undefined
  try {
    protocol = detectProtocol(model, wire)
    operation = findOperation(model, protocol, wire)
    const given = answer({ operation, input: decode(operation, wire), wire })
    if ('response' in given) return given.response
    if ('error' in given)
      return encodeError(model, protocol, operation, given.error, { requestId: 'request-1', request: wire })
    return encode(operation, given.output, { requestId: 'request-1' })
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      return encodeError(model, protocol, operation, error as ErrorLike, { requestId: 'request-1', request: wire })
    }
    throw error
  }
}

/** A request handler for any SDK client. */
export function handler(model: Model, answer: Answer) {
  return {
    async handle(request: SdkRequest) {
      const response = serve(model, await toWire(request), answer)
      const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
      const { body } = response
      const stream = Readable.from(
        typeof body === 'string' ? [Buffer.from(body)] : body instanceof Uint8Array ? [body] : (body ?? []),
      )
      return { response: new HttpResponse({ statusCode: response.status, headers, body: stream }) }
    },
    destroy() {},
  }
}

export interface AnyClient {
  send(command: object): Promise<Record<string, unknown>>
  destroy(): void
}

/** Config under which a client adds nothing of its own to inputs and outputs. */
const quiet = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  endpoint: 'http://127.0.0.1:4566',
  maxAttempts: 1,
  forcePathStyle: true,
  useQueueUrlAsEndpoint: false,
  accountIdEndpointMode: 'disabled',
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  disableHostPrefix: true,
  disableRequestCompression: true,
}

export interface LoadedClient {
  readonly model: Model
  client(answer: Answer, config?: object): AnyClient
  command(name: string, input: object): object
}

/** The SDK client and the table of one of our services. */
export async function loadClient(id: string): Promise<LoadedClient> {
  const source = services.find((service) => service.id === id)
  if (!source) throw new Error(`no service ${id}`)
  const exported = (await import(`@aws-sdk/client-${source.client}`)) as Record<
    string,
    new (
      input: object,
    ) => AnyClient
  >
  const { default: model } = (await import(`../../src/services/${id}/model.json`, { with: { type: 'json' } })) as {
    default: Model
  }
  const Client = Object.entries(exported).find(([name]) => /^[A-Z].*Client$/.test(name))![1]
  return {
    model,
    client: (answer, config = {}) => new Client({ ...quiet, requestHandler: handler(model, answer), ...config }),
    command: (name, input) => new exported[`${name}Command`]!(input),
  }
}

export const serviceIds: readonly string[] = services.map(({ id }) => id)
