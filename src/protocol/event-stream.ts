import { isAwsError } from '../kernel/errors.ts'
import type { StructShape } from '../kernel/model.ts'
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
 * `initial`, the other members go first as `initial-response` (awsJson); over REST they are headers instead. An AwsError
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
    const encoded = JSON.stringify(jsonEncoder(model, operation.table.out!, false)(rest))
    yield codec.encode(
      message(
        { ':event-type': 'initial-response', ':content-type': jsonType(operation) },
        'event',
        Buffer.from(encoded),
      ),
    )
  }
  const events = model.shapes[member.s] as StructShape
  const source = output[member.n] as AsyncIterable<Record<string, unknown>> | undefined
  try {
    for await (const event of source ?? []) yield codec.encode(encodeEvent(operation, events, event))
  } catch (error) {
    if (!isAwsError(error)) throw error
    const known = events.m.some(({ n }) => n === error.code)
    const headers: Record<string, string> = known
      ? { ':exception-type': error.code, ':content-type': jsonType(operation) }
      : { ':error-code': error.code, ':error-message': error.message }
    const body = known ? Buffer.from(JSON.stringify({ message: error.message, ...error.members })) : noBytes
    yield codec.encode(message(headers, known ? 'exception' : 'error', body))
  }
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
    const text = JSON.stringify(jsonEncoder(model, index, false)(value))
    return message({ ...headers, ':content-type': jsonType(operation) }, 'event', Buffer.from(text))
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

function jsonType({ protocol }: ResolvedOperation): string {
  return protocol === 'json1.1'
    ? 'application/x-amz-json-1.1'
    : protocol === 'json1.0'
      ? 'application/x-amz-json-1.0'
      : 'application/json'
}
