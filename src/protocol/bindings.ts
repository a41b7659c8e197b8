import type { HeaderValues, WireRequest } from '../kernel/http.ts'
import type { Member, Model, ScalarShape, StructShape, TimestampFormat } from '../kernel/model.ts'
import { TypeFault } from './faults.ts'
import type { ResolvedOperation } from './operation.ts'
import { inputShape, outputShape } from './operation.ts'
import { unescaped } from './query-params.ts'
import { isScalar } from './scalars.ts'
import { scalarFromText, scalarToText } from './text-scalars.ts'
import { put } from './walk.ts'

/**
 * What REST protocols bind outside the body: path labels, query, headers, status.
 * https://smithy.io/2.0/spec/http-bindings.html
 */
export function readBindings(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  const { model, labels } = operation
  const shape = inputShape(operation)
  const out: Record<string, unknown> = {}
  const query = lazyQuery(request.query)
  const order = labelOrder(operation)
  for (const member of shape.m) {
    const value =
      member.in === 'queries'
        ? restOfQuery(operation, shape, member, query())
        : bound(model, member, request, query, labels[order.indexOf(member.n)])
    if (value !== undefined) put(out, member.n, value)
  }
  return out
}

type Query = () => Map<string, string[]>

function bound(model: Model, member: Member, request: WireRequest, query: Query, label: string | undefined): unknown {
  switch (member.in) {
    case 'label':
      return label === undefined ? undefined : fromText(model, member, decodeLabel(label, member), member.time ?? 'iso')
    case 'query': {
      const values = query().get(member.at!)
      if (!values) return undefined
      const target = model.shapes[member.s]!
      if (target.k === 'list')
        return values.map((value) => scalar(model, target.of, member, value, member.time ?? 'iso'))
      return fromText(model, member, values[0]!, member.time ?? 'iso')
    }
    case 'header': {
      const header = request.headers[member.at!.toLowerCase()]
      if (header === undefined) return undefined
      const text = Array.isArray(header) ? header.join(', ') : header
      const target = model.shapes[member.s]!
      if (target.k === 'list')
        return splitList(text, model.shapes[target.of]?.k === 'timestamp').map((part) =>
          scalar(model, target.of, member, part, member.time ?? 'http'),
        )
      return fromText(model, member, text, member.time ?? 'http')
    }
    case 'headers':
      return prefixed(request, member.at!.toLowerCase())
    default:
      return undefined
  }
}

function fromText(model: Model, member: Member, text: string, time: TimestampFormat): unknown {
  return scalar(model, member.s, member, text, time)
}

function scalar(model: Model, index: number, member: Member, text: string, time: TimestampFormat): unknown {
  const shape = model.shapes[index]!
  if (!isScalar(shape)) throw new Error(`${member.n} cannot be bound to a header, query or label`)
  try {
    return scalarFromText(shape, text, time, member.n)
  } catch (error) {
    // The fault is given the member, by whose name in the message S3 tells what was wrong.
    throw error instanceof TypeFault
      ? new TypeFault(error.message, error.path, { member, value: text.slice(0, 256) })
      : error
  }
}

function lazyQuery(text: string): Query {
  let parsed: Map<string, string[]> | undefined
  return () => {
    parsed ??= parseQuery(text)
    return parsed
  }
}

/** Query parameters, percent-decoded, in order. */
export function parseQuery(text: string): Map<string, string[]> {
  const out = new Map<string, string[]>()
  if (text === '') return out
  for (const pair of text.split('&', 1000)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = unescaped(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : unescaped(pair.slice(equals + 1))
    const values = out.get(name)
    if (values) values.push(value)
    else out.set(name, [value])
  }
  return out
}

/** Parameters that no other member takes. */
function restOfQuery(
  { model, table }: ResolvedOperation,
  shape: StructShape,
  member: Member,
  query: Map<string, string[]>,
): Record<string, unknown> {
  // Those that the URI template itself has are no parameters either.
  const taken = new Set(shape.m.map(({ at }) => at).concat([...parseQuery(table.http?.[1].split('?')[1] ?? '').keys()]))
  const target = model.shapes[member.s]!
  const lists = target.k === 'map' && model.shapes[target.of]?.k === 'list'
  const out: Record<string, unknown> = {}
  for (const [name, values] of query) if (!taken.has(name)) put(out, name, lists ? values : values[0])
  return out
}

function prefixed(request: WireRequest, prefix: string): Record<string, unknown> | undefined {
  const out: Record<string, unknown> = {}
  let any = false
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(prefix) || value === undefined) continue
    put(out, name.slice(prefix.length), Array.isArray(value) ? value.join(',') : value)
    any = true
  }
  return any ? out : undefined
}

function decodeLabel(text: string, member: Member): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError)
      throw new TypeFault('The path is not percent-encoded UTF-8', member.n, { member, value: text.slice(0, 256) })
    throw error
  }
}

const orders = new WeakMap<object, readonly string[]>()

/** Names of the template's labels in order; the router hands the values over in the same. */
function labelOrder({ table }: ResolvedOperation): readonly string[] {
  let order = orders.get(table)
  if (!order) {
    order = [...(table.http?.[1] ?? '').matchAll(/\{([^}+]+)\+?\}/g)].map((match) => match[1]!)
    orders.set(table, order)
  }
  return order
}

/** Items of a list in one header; times hold a comma of their own, and items may be quoted. */
function splitList(text: string, times: boolean): string[] {
  if (times) return text.split(/(?<=GMT),/).map((part) => part.trim())
  return [...text.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replace(/\\(.)/g, '$1')))
    .filter((part, i, all) => part !== '' || i < all.length - 1)
}

/** Headers and status of an output. */
export function writeBindings(
  operation: ResolvedOperation,
  output: Readonly<Record<string, unknown>>,
): { status: number; headers: HeaderValues } {
  const { model, table } = operation
  const headers: HeaderValues = {}
  let status = table.http?.[2] ?? 200
  for (const member of outputShape(operation).m) {
    const value = output[member.n]
    if (value === undefined || value === null) continue
    if (member.in === 'status' && typeof value === 'number') status = value
    else if (member.in === 'header') headers[member.at!.toLowerCase()] = headerText(model, member, value)
    else if (member.in === 'headers') {
      for (const [name, item] of Object.entries(value as Record<string, unknown>)) {
        headers[`${member.at!.toLowerCase()}${name.toLowerCase()}`] = safeHeader(String(item))
      }
    }
  }
  return { status, headers }
}

function headerText(model: Model, member: Member, value: unknown): string {
  const shape = model.shapes[member.s]!
  const one = (index: number, item: unknown) =>
    scalarToText(model.shapes[index] as ScalarShape, item, member.time ?? 'http', member.n)
  if (shape.k === 'list' && Array.isArray(value)) {
    return safeHeader(
      value
        .map((item) => one(shape.of, item))
        .map((text) =>
          /[",]/.test(text) && model.shapes[shape.of]?.k === 'string' ? `"${text.replace(/["\\]/g, '\\$&')}"` : text,
        )
        .join(', '),
    )
  }
  return safeHeader(one(member.s, value))
}

/** What a header cannot carry (line ends, letters beyond Latin) is written as RFC 2047 has it, as S3 does. */
function safeHeader(text: string): string {
  return /^[\t\x20-\x7E]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`
}
