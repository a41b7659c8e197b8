import type { WireRequest } from '../kernel/http.ts'
import type { Member, Model, OperationTable, TimestampFormat } from '../kernel/model.ts'
import { TypeFault } from './faults.ts'
import { inputShape, type ResolvedOperation } from './operation.ts'
import { parseQuery } from './query-params.ts'
import { isScalar } from './scalars.ts'
import { scalarFromText } from './text-scalars.ts'
import { put } from './walk.ts'

interface Source {
  readonly request: WireRequest
  readonly labels: readonly string[]
  /** Parsed when first asked for. */
  query(): Map<string, string[]>
}

interface Binding {
  readonly name: string
  read(source: Source): unknown
}

const bindings = new WeakMap<OperationTable, readonly Binding[]>()

/**
 * What REST protocols bind outside the body: path labels, query, headers.
 * https://smithy.io/2.0/spec/http-bindings.html
 */
export function readBindings(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  let known = bindings.get(operation.table)
  if (!known) {
    known = bind(operation)
    bindings.set(operation.table, known)
  }
  let parsed: Map<string, string[]> | undefined
  const source: Source = {
    request,
    labels: operation.labels,
    query() {
      parsed ??= parseQuery(request.query)
      return parsed
    },
  }
  const out: Record<string, unknown> = {}
  for (const { name, read } of known) {
    const value = read(source)
    if (value !== undefined) put(out, name, value)
  }
  return out
}

function bind(operation: ResolvedOperation): Binding[] {
  // The router hands the labels over in the template's order.
  const order = [...(operation.table.http?.[1] ?? '').matchAll(/\{([^}+]+)\+?\}/g)].map((match) => match[1]!)
  return inputShape(operation).m.flatMap((member) => {
    const read = reader(operation, member, order.indexOf(member.n))
    return read ? [{ name: member.n, read }] : []
  })
}

function reader(operation: ResolvedOperation, member: Member, label: number): Binding['read'] | undefined {
  const { model } = operation
  const target = model.shapes[member.s]!
  const one = (text: string, time: TimestampFormat) => scalar(model, member.s, member, text, time)
  switch (member.in) {
    case 'label':
      return ({ labels }) => {
        const text = labels[label]
        return text === undefined ? undefined : one(decodeLabel(text, member), member.time ?? 'iso')
      }
    case 'query':
      return ({ query }) => {
        const values = query().get(member.at!)
        if (!values) return undefined
        const time = member.time ?? 'iso'
        return target.k === 'list'
          ? values.map((text) => scalar(model, target.of, member, text, time))
          : one(values[0]!, time)
      }
    case 'queries':
      return ({ query }) => restOfQuery(operation, member, query())
    case 'header': {
      const name = member.at!.toLowerCase()
      const time = member.time ?? 'http'
      return ({ request }) => {
        const header = request.headers[name]
        if (header === undefined) return undefined
        const text = Array.isArray(header) ? header.join(', ') : header
        if (target.k === 'list') {
          const times = model.shapes[target.of]?.k === 'timestamp'
          return splitList(text, times).map((part) => scalar(model, target.of, member, part, time))
        }
        return lenient(member) ? parsedOrAbsent(() => one(text, time)) : one(text, time)
      }
    }
    case 'headers': {
      const prefix = member.at!.toLowerCase()
      return ({ request }) => prefixed(request, prefix)
    }
    default:
      return undefined
  }
}

/** S3 takes an Expires that is no time (`0`, `-1` are common); who wants it as it came has the request's headers. */
const lenient = (member: Member): boolean => member.at === 'Expires'

function parsedOrAbsent(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeFault) return undefined
    throw error
  }
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

/** Parameters that neither another member nor the URI template takes. */
function restOfQuery(
  operation: ResolvedOperation,
  member: Member,
  query: Map<string, string[]>,
): Record<string, unknown> {
  const { model, table } = operation
  const literals = parseQuery(table.http?.[1].split('?')[1] ?? '').keys()
  const taken = new Set([...inputShape(operation).m.map(({ at }) => at), ...literals])
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

/** Items of a list in one header; times hold a comma of their own, and items may be quoted. */
function splitList(text: string, times: boolean): string[] {
  if (times) return text.split(/(?<=GMT),/).map((part) => part.trim())
  return [...text.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replace(/\\(.)/g, '$1')))
    .filter((part, i, all) => part !== '' || i < all.length - 1)
}
