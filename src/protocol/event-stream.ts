import { type AwsError, isAwsError } from '../kernel/errors.ts'
import type { StructShape } from '../kernel/model.ts'
import { cborError, cborStructure, dialectOf } from './encode-cbor.ts'
import { jsonEncoder } from './encode-json.ts'
import { outputShape, type ResolvedOperation } from './operation.ts'
import { writeElement } from './xml-write.ts'

interface Message {
  headers: Record<string, { type: 'string'; value: string }>
  body: Uint8Array
}

const noBytes = new Uint8Array(0)

/**
 * The output's events, framed. The event member of `output` is an AsyncIterable of `{ EventName: payload }`. With
 * `initial`, the other members go first as `initial-response` (RPC protocols); over REST they are headers instead. An AwsError
 * thrown by the iterable ends the stream as an exception message. https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export async function* eventStream(
  operation: ResolvedOperation,
  output: Record<string, unknown>,
  initial: boolean,
): AsyncGenerator<Uint8Array> {
  const { EventStreamCodec } = await import('@smithy/eventstream-codec')
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
    (text) => Buffer.from(text, 'utf8'),
  )
  const { model } = operation
  const shape = outputShape(operation)
  const member = shape.m.find(({ s }) => model.shapes[s]?.k === 'events')
  if (!member) throw new Error(`${operation.name} has no stream of events`)
  if (initial) {
    const { [member.n]: _, ...rest } = output
    const headers = { ':event-type': 'initial-response', ':content-type': contentType(operation) }
    yield codec.encode(message(headers, 'event', structureBytes(operation, operation.table.out!, rest)))
  }
  const events = model.shapes[member.s] as StructShape
  const source = output[member.n] as AsyncIterable<Record<string, unknown>> | undefined
  try {
    for await (const event of source ?? []) yield codec.encode(encodeEvent(operation, events, event))
  } catch (error) {
    if (!isAwsError(error)) throw error
    const known = events.m.some(({ n }) => n === error.code)
    const headers: Record<string, string> = known
      ? { ':exception-type': error.code, ':content-type': contentType(operation) }
      : { ':error-code': error.code, ':error-message': error.message }
    yield codec.encode(
      known ? message(headers, 'exception', exceptionBytes(operation, error)) : message(headers, 'error', noBytes),
    )
  }
}

function exceptionBytes({ model, protocol }: ResolvedOperation, { code, message, members = {} }: AwsError): Uint8Array {
  if (protocol === 'cbor1.1') return cborError(model, protocol, model.errors[code]?.shape, code, message, members).body
  return Buffer.from(JSON.stringify({ message, ...members }))
}

function encodeEvent(operation: ResolvedOperation, events: StructShape, event: Record<string, unknown>): Message {
  const { model } = operation
  const [name, value] = Object.entries(event)[0] ?? []
  const member = events.m.find(({ n }) => n === name)
  if (!member) throw new Error(`${operation.name} has no event ${name}`)
  const shape = model.shapes[member.s]
  if (shape?.k !== 'struct') throw new Error(`the event ${name} of ${operation.name} is not a structure`)
  const headers: Record<string, string> = { ':event-type': member.n }
  const record = (value ?? {}) as Record<string, unknown>
  for (const part of shape.m) {
    if (part.event === 'header' && record[part.n] !== undefined) headers[part.n] = String(record[part.n])
  }
  const payload = shape.m.find((part) => part.event === 'payload')
  if (payload) {
    const body = record[payload.n]
    if (body instanceof Uint8Array)
      return message({ ...headers, ':content-type': 'application/octet-stream' }, 'event', body)
    if (typeof body === 'string')
      return message({ ...headers, ':content-type': 'text/plain' }, 'event', Buffer.from(body))
    if (body === undefined) return message(headers, 'event', noBytes)
    return structured(operation, headers, payload.s, payload.n, body)
  }
  if (shape.m.every((part) => part.event === 'header')) return message(headers, 'event', noBytes)
  return structured(operation, headers, member.s, shape.n, record)
}

/** A structure as the payload of an event, in the protocol's own format. */
function structured(
  operation: ResolvedOperation,
  headers: Record<string, string>,
  index: number,
  name: string,
  value: unknown,
): Message {
  const { model } = operation
  if (operation.protocol !== 'rest-xml') {
    return message(
      { ...headers, ':content-type': contentType(operation) },
      'event',
      structureBytes(operation, index, value),
    )
  }
  const out: string[] = []
  writeElement(out, model, name, index, value, undefined, name)
  return message({ ...headers, ':content-type': 'text/xml' }, 'event', Buffer.from(out.join('')))
}

function message(headers: Record<string, string>, type: 'event' | 'exception' | 'error', body: Uint8Array): Message {
  const all = { ...headers, ':message-type': type }
  return {
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { type: 'string', value }])),
    body,
  }
}

/** A structure in JSON, or in CBOR where requests are. */
function structureBytes(operation: ResolvedOperation, index: number, value: unknown): Uint8Array {
  if (operation.protocol === 'cbor1.1') return cborStructure(operation, index, value)
  return Buffer.from(JSON.stringify(jsonEncoder(operation.model, index, false)(value)))
}

function contentType({ protocol }: ResolvedOperation): string {
  if (protocol === 'cbor1.1') return dialectOf(protocol).contentType
  return protocol === 'json1.1'
    ? 'application/x-amz-json-1.1'
    : protocol === 'json1.0'
      ? 'application/x-amz-json-1.0'
      : 'application/json'
}
