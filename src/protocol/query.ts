import type { WireRequest, WireResponse } from '../kernel/http.ts'
import type { ListShape, MapShape, Member, Model, StructShape } from '../kernel/model.ts'
import { deepest } from './checks.ts'
import { TypeFault } from './faults.ts'
import { decodeInput, inputShape, type ResolvedOperation, reading } from './operation.ts'
import { type ParamNode, readParams } from './query-params.ts'
import { scalarFromText } from './text-scalars.ts'
import { put } from './walk.ts'
import { escapeAttribute, escapeText, writeMembers } from './xml-write.ts'

/** awsQuery. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export function decodeQuery(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  const { model } = operation
  const shape = inputShape(operation)
  const raw = reading(operation, () => struct(model, shape, readParams(request.query, request.body), '', 0))
  // A queue's URL is also an endpoint: clients of this protocol may post to it and leave the parameter out.
  if (
    model.id === 'sqs' &&
    raw.QueueUrl === undefined &&
    queuePath.test(request.path) &&
    shape.m.some(({ n }) => n === 'QueueUrl')
  ) {
    raw.QueueUrl = request.origin + request.path
  }
  return decodeInput(operation, raw, 'js')
}

const queuePath = /^\/\d{12}\/[^/]+$/

function struct(
  model: Model,
  shape: StructShape,
  node: ParamNode,
  path: string,
  depth: number,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const member of shape.m) {
    const child = node.children?.get(member.xml ?? member.n) ?? emptied(model, member, node)
    if (child) put(out, member.n, value(model, member, member.s, child, `${path}${member.n}`, depth + 1))
  }
  return out
}

/** botocore writes an empty flattened list under the member's name (`Entries=`), not the name of its items. */
function emptied(model: Model, member: Member, node: ParamNode): ParamNode | undefined {
  if (member.flat !== true || model.shapes[member.s]?.k !== 'list') return undefined
  const child = node.children?.get(member.n)
  return child?.value === '' && !child.children ? child : undefined
}

function value(
  model: Model,
  member: Member | undefined,
  index: number,
  node: ParamNode,
  path: string,
  depth: number,
): unknown {
  if (depth > deepest) throw new TypeFault('The input nests too deep', path.slice(0, 256))
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
      return struct(model, shape, node, `${path}.`, depth)
    case 'list':
      return list(model, shape, node, member?.flat === true, path, depth)
    case 'map':
      return map(model, shape, node, member?.flat === true, path, depth)
    case 'events':
      return undefined
    default:
      if (node.value === undefined) throw new TypeFault(`Unexpected complex parameter: ${path} takes one value`, path)
      return scalarFromText(shape, node.value, member?.time ?? 'iso', path)
  }
}

function list(model: Model, shape: ListShape, node: ParamNode, flat: boolean, path: string, depth: number): unknown[] {
  const items = flat ? node : node.children?.get(shape.xml ?? 'member')
  return numbered(items, path).map(([n, item]) => value(model, undefined, shape.of, item, `${path}.${n}`, depth + 1))
}

function map(
  model: Model,
  shape: MapShape,
  node: ParamNode,
  flat: boolean,
  path: string,
  depth: number,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const [keyName, valueName] = shape.xml ?? ['key', 'value']
  for (const [n, entry] of numbered(flat ? node : node.children?.get('entry'), path)) {
    const key = entry.children?.get(keyName)?.value
    if (key === undefined) throw new TypeFault(`The entry ${path}.${n} has no ${keyName}`, path)
    const item = entry.children?.get(valueName)
    if (item) put(out, key, value(model, undefined, shape.of, item, `${path}.${n}`, depth + 1))
  }
  return out
}

/** Items in the order of their numbers. Numbers may have gaps, as clients leave when they drop empty items. */
export function numbered(node: ParamNode | undefined, path: string): [number, ParamNode][] {
  if (!node?.children) return []
  const items = [...node.children].map(([key, item]): [number, ParamNode] => {
    if (!/^\d{1,9}$/.test(key)) throw new TypeFault(`Key ${key.slice(0, 64)} of ${path} is not a number`, path)
    return [Number(key), item]
  })
  return items.sort(([a], [b]) => a - b)
}

/** The answer: `<XResponse><XResult>…</XResult><ResponseMetadata>…`. The result element is there whenever the operation has an output. */
export function encodeQuery(
  operation: ResolvedOperation,
  output: Record<string, unknown>,
  requestId: string,
): WireResponse {
  const { model, name, table } = operation
  const out: string[] = [
    `<?xml version="1.0"?>\n<${name}Response xmlns="${escapeAttribute(model.xmlNamespace ?? '')}">`,
  ]
  if (table.out !== undefined) {
    out.push(`<${name}Result>`)
    writeMembers(out, model, model.shapes[table.out] as StructShape, output, `${name}Result`)
    out.push(`</${name}Result>`)
  }
  out.push(`<ResponseMetadata><RequestId>${escapeText(requestId)}</RequestId></ResponseMetadata></${name}Response>`)
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: out.join('') }
}
