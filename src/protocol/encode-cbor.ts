import type { WireResponse } from '../kernel/http.ts'
import type { Model, Protocol, StructShape } from '../kernel/model.ts'
import { CborWriter } from './cbor-write.ts'
import type { ResolvedOperation } from './operation.ts'

interface Dialect {
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string
  readonly ticksPerSecond: number
}

/** rpcv2Cbor. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
const rpc: Dialect = {
  headers: { 'smithy-protocol': 'rpc-v2-cbor' },
  contentType: 'application/cbor',
  ticksPerSecond: 1,
}
/**
 * AWS JSON 1.1 with CBOR for JSON, which the SDKs for Java send to Kinesis. Times are whole milliseconds under the tag that
 * stands for seconds elsewhere: https://github.com/aws/aws-sdk-java-v2/issues/4661
 */
const jsonLike: Dialect = { headers: {}, contentType: 'application/x-amz-cbor-1.1', ticksPerSecond: 1000 }

/** How a protocol has CBOR. */
export const dialectOf = (protocol: Protocol): Dialect => (protocol === 'cbor1.1' ? jsonLike : rpc)

/** The bytes of one structure of the table. */
export function cborStructure({ model, protocol }: ResolvedOperation, index: number, value: unknown): Uint8Array {
  const writer = new CborWriter(dialectOf(protocol).ticksPerSecond)
  writeValue(writer, model, index, value, (model.shapes[index] as StructShape).n)
  return writer.bytes()
}

/** An error: its members under their names, with the shape's name as `__type`. */
export function cborError(
  model: Model,
  protocol: Protocol,
  shape: number | undefined,
  type: string,
  message: string,
  members: Readonly<Record<string, unknown>>,
): Pick<WireResponse, 'headers'> & { readonly body: Uint8Array } {
  const { headers, contentType, ticksPerSecond } = dialectOf(protocol)
  const known =
    shape === undefined
      ? []
      : (model.shapes[shape] as StructShape).m.filter(
          ({ n }) => members[n] !== undefined && n.toLowerCase() !== 'message',
        )
  const writer = new CborWriter(ticksPerSecond)
  writer.map(2 + known.length)
  writer.text('__type')
  writer.text(type)
  writer.text('message')
  writer.text(message)
  for (const member of known) {
    writer.text(member.n)
    writeValue(writer, model, member.s, members[member.n], member.n)
  }
  return { headers: { ...headers, 'content-type': contentType }, body: writer.bytes() }
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
