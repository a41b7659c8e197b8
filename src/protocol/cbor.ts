import type { WireResponse } from '../kernel/http.ts'
import type { Model, StructShape } from '../kernel/model.ts'
import { readCbor } from './cbor-read.ts'
import { CborWriter } from './cbor-write.ts'
import { TypeFault } from './faults.ts'
import { decodeInput, type ResolvedOperation, reading } from './operation.ts'

/** rpcv2Cbor. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export function decodeCbor(operation: ResolvedOperation, body: Uint8Array): Record<string, unknown> {
  return decodeInput(operation, body.length === 0 ? {} : reading(operation, () => readObject(body)), 'js')
}

function readObject(body: Uint8Array): Record<string, unknown> {
  const value = readCbor(body)
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Date ||
    value instanceof Uint8Array
  ) {
    throw new TypeFault('The body must be one CBOR map')
  }
  return value as Record<string, unknown>
}

const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }

export function encodeCbor({ model, table }: ResolvedOperation, output: Record<string, unknown>): WireResponse {
  if (table.out === undefined) return { status: 200, headers: { 'smithy-protocol': 'rpc-v2-cbor' }, body: '' }
  const writer = new CborWriter()
  writeValue(
    writer,
    model,
    table.out,
    output,
    table.out === undefined ? '' : (model.shapes[table.out] as StructShape).n,
  )
  return { status: 200, headers: { ...headers }, body: writer.bytes() }
}

/** An error's body: its members under their names, with the shape's name as `__type`. */
export function cborError(
  model: Model,
  shape: number | undefined,
  type: string,
  message: string,
  members: Readonly<Record<string, unknown>>,
): Uint8Array {
  const known =
    shape === undefined
      ? []
      : (model.shapes[shape] as StructShape).m.filter(
          ({ n }) => members[n] !== undefined && n.toLowerCase() !== 'message',
        )
  const writer = new CborWriter()
  writer.map(2 + known.length)
  writer.text('__type')
  writer.text(type)
  writer.text('message')
  writer.text(message)
  for (const member of known) {
    writer.text(member.n)
    writeValue(writer, model, member.s, members[member.n], member.n)
  }
  return writer.bytes()
}

function writeValue(writer: CborWriter, model: Model, index: number, value: unknown, path: string): void {
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union': {
      const record = value as Readonly<Record<string, unknown>>
      const present = shape.m.filter(({ n }) => record[n] !== undefined && record[n] !== null)
      writer.map(present.length)
      for (const member of present) {
        writer.text(member.n)
        writeValue(writer, model, member.s, record[member.n], `${path}.${member.n}`)
      }
      return
    }
    case 'list': {
      if (!Array.isArray(value)) throw wrong(value, 'a list', path)
      writer.list(value.length)
      for (const item of value) writeValue(writer, model, shape.of, item, path)
      return
    }
    case 'map': {
      const entries = Object.entries(value as object).filter(([, item]) => item !== undefined && item !== null)
      writer.map(entries.length)
      for (const [key, item] of entries) {
        writer.text(key)
        writeValue(writer, model, shape.of, item, path)
      }
      return
    }
    case 'string':
      if (typeof value !== 'string') throw wrong(value, 'a string', path)
      writer.text(value)
      return
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong(value, 'a boolean', path)
      writer.boolean(value)
      return
    case 'blob':
    case 'stream':
      if (!(value instanceof Uint8Array)) throw wrong(value, 'bytes', path)
      writer.blob(value)
      return
    case 'timestamp':
      if (!(value instanceof Date)) throw wrong(value, 'a Date', path)
      writer.time(value)
      return
    case 'document':
    case 'events':
      throw new Error(`${path} has no form in CBOR`)
    default:
      if (typeof value !== 'number') throw wrong(value, 'a number', path)
      writer.number(value)
  }
}

function wrong(value: unknown, expected: string, path: string): Error {
  return new Error(`the output has ${typeof value} where ${path} must be ${expected}`)
}
