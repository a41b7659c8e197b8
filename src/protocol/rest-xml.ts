import type { WireRequest, WireResponse } from '../kernel/http.ts'
import type { StructShape } from '../kernel/model.ts'
import { readBindings } from './bindings-read.ts'
import { writeBindings } from './bindings-write.ts'
import { eventStream } from './event-stream.ts'
import { TypeFault } from './faults.ts'
import { decodeInput, inputShape, outputShape, type ResolvedOperation, reading } from './operation.ts'
import { hasBodyMembers, isStructure, payloadOf, payloadType, rawPayload } from './rest.ts'
import { structFromXml, valueFromXml } from './xml-decode.ts'
import { readXml } from './xml-read.ts'
import { escapeAttribute, escapeText, writeElement, writeMembers } from './xml-write.ts'

/** restXml, as S3 has it. https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html */
export function decodeRestXml(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  return decodeInput(
    operation,
    reading(operation, () => assemble(operation, request)),
    'js',
  )
}

function assemble(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  const { model } = operation
  const shape = inputShape(operation)
  const raw = readBindings(operation, request)
  const payload = payloadOf(shape)
  if (payload && isStructure(model, payload)) {
    if (request.body.length === 0) return raw
    const root = readXml(request.body)
    const target = model.shapes[payload.s] as StructShape
    const expected = payload.xml ?? target.xml ?? target.n
    if (root.name !== expected)
      throw new TypeFault(`The root element must be ${expected}, not ${root.name.slice(0, 64)}`)
    raw[payload.n] = valueFromXml(model, payload.s, root, payload, payload.n)
  } else if (payload) {
    const value = rawPayload(operation, payload, request)
    if (value !== undefined) raw[payload.n] = value
  } else if (hasBodyMembers(shape) && request.body.length > 0) {
    Object.assign(raw, structFromXml(model, shape, readXml(request.body), '', 0))
  }
  return raw
}

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n'

export function encodeRestXml(operation: ResolvedOperation, output: Record<string, unknown>): WireResponse {
  const { model, table } = operation
  const { status: whole, headers } = writeBindings(operation, output)
  // The model knows the status of a whole body only; a part of one says so by its range.
  const status = headers['content-range'] === undefined ? whole : 206
  const shape = outputShape(operation)
  if (table.streamOut === 'events') {
    headers['content-type'] = 'application/vnd.amazon.eventstream'
    return { status, headers, body: eventStream(operation, output, false) }
  }
  const payload = payloadOf(shape)
  if (payload) {
    const value = output[payload.n]
    if (value === undefined || value === null) return { status, headers, body: '' }
    if (!isStructure(model, payload)) {
      headers['content-type'] ??= payloadType(operation, payload)
      return { status, headers, body: value as Uint8Array }
    }
    const target = model.shapes[payload.s] as StructShape
    const name = payload.xml ?? target.xml ?? target.n
    const out: string[] = []
    writeElement(out, model, name, payload.s, value, payload, payload.n)
    headers['content-type'] ??= 'application/xml'
    return { status, headers, body: prolog + withNamespace(out.join(''), name, model.xmlNamespace) }
  }
  if (table.out === undefined || !hasBodyMembers(shape) || table.http?.[0] === 'HEAD')
    return { status, headers, body: '' }
  headers['content-type'] ??= 'application/xml'
  return { status, headers, body: prolog + document(operation, shape, output) }
}

function document(operation: ResolvedOperation, shape: StructShape, output: Record<string, unknown>): string {
  const { model } = operation
  const name = shape.xml ?? shape.n
  const open = `<${name} xmlns="${escapeAttribute(model.xmlNamespace ?? '')}"`
  // This one output is not wrapped: the root element is the value, and empty for us-east-1.
  if (operation.name === 'GetBucketLocation') {
    const region = output.LocationConstraint
    return typeof region === 'string' && region !== '' ? `${open}>${escapeText(region)}</${name}>` : `${open}/>`
  }
  const out = [open, '>']
  writeMembers(out, model, shape, output, shape.n)
  out.push(`</${name}>`)
  return out.join('')
}

function withNamespace(element: string, name: string, namespace: string | undefined): string {
  return namespace === undefined
    ? element
    : `<${name} xmlns="${escapeAttribute(namespace)}"${element.slice(name.length + 1)}`
}
