import type { WireRequest, WireResponse } from '../kernel/http.ts'
import { readBindings } from './bindings-read.ts'
import { writeBindings } from './bindings-write.ts'
import { jsonEncoder } from './encode-json.ts'
import { eventStream } from './event-stream.ts'
import { readJson, readJsonObject } from './json-text.ts'
import { decodeInput, inputShape, outputShape, type ResolvedOperation, reading } from './operation.ts'
import { hasBodyMembers, inAnswerBody, payloadOf, payloadType, rawPayload } from './rest.ts'
import { put } from './walk.ts'

/** restJson1. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export function decodeRestJson(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  return decodeInput(
    operation,
    reading(operation, () => assemble(operation, request)),
    'rest-json',
  )
}

function assemble(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  const { model } = operation
  const shape = inputShape(operation)
  const raw = readBindings(operation, request)
  const payload = payloadOf(shape)
  if (payload) {
    const kind = model.shapes[payload.s]?.k
    const value = rawPayload(operation, payload, request)
    if (value !== undefined) raw[payload.n] = value
    else if (kind !== 'blob' && kind !== 'string' && request.body.length > 0) raw[payload.n] = readJson(request.body)
  } else if (hasBodyMembers(shape)) {
    const body = readJsonObject(request.body)
    for (const member of shape.m) {
      const key = member.json ?? member.n
      if (member.in === undefined && Object.hasOwn(body, key)) put(raw, member.n, body[key])
    }
  }
  return raw
}

export function encodeRestJson(operation: ResolvedOperation, output: Record<string, unknown>): WireResponse {
  const { model, table } = operation
  const { status, headers } = writeBindings(operation, output)
  const shape = outputShape(operation)
  if (table.streamOut === 'events') {
    headers['content-type'] = 'application/vnd.amazon.eventstream'
    return { status, headers, body: eventStream(operation, output, false) }
  }
  const payload = payloadOf(shape)
  if (payload) {
    const value = output[payload.n]
    if (value === undefined || value === null) return { status, headers, body: '' }
    const kind = model.shapes[payload.s]?.k
    if (kind === 'blob' || kind === 'stream' || kind === 'string') {
      headers['content-type'] ??= payloadType(operation, payload)
      return { status, headers, body: value as Uint8Array }
    }
    headers['content-type'] ??= 'application/json'
    return { status, headers, body: JSON.stringify(jsonEncoder(model, payload.s, false)(value)) }
  }
  if (table.out === undefined || !shape.m.some(inAnswerBody) || status === 204) return { status, headers, body: '' }
  headers['content-type'] ??= 'application/json'
  return { status, headers, body: JSON.stringify(jsonEncoder(model, table.out, true)(output)) }
}
