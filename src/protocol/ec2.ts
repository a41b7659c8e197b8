import type { WireRequest, WireResponse } from '../kernel/http.ts'
import type { Model, StructShape } from '../kernel/model.ts'
import { deepest } from './checks.ts'
import type { ErrorLike } from './errors.ts'
import { TypeFault } from './faults.ts'
import { decodeInput, inputShape, type ResolvedOperation, reading } from './operation.ts'
import { numbered } from './query.ts'
import { type ParamNode, readParams } from './query-params.ts'
import { scalarFromText } from './text-scalars.ts'
import { put } from './walk.ts'
import { escapeAttribute, escapeText, writeMembers } from './xml-write.ts'

/**
 * EC2's own variant of the query protocol: every list is written as `Name.1`, names begin with a capital, answers have
 * no result element. https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export function decodeEc2(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  const { model } = operation
  const raw = reading(operation, () =>
    struct(model, inputShape(operation), readParams(request.query, request.body), '', 0),
  )
  return decodeInput(operation, raw, 'js')
}

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

function struct(model: Model, shape: StructShape, node: ParamNode, path: string, depth: number) {
  const out: Record<string, unknown> = {}
  for (const member of shape.m) {
    const name = capitalised(member.xml ?? member.n)
    const child = node.children?.get(name)
    if (child) put(out, member.n, value(model, member.s, child, path + name, depth + 1, member.time))
  }
  return out
}

function value(
  model: Model,
  index: number,
  node: ParamNode,
  path: string,
  depth: number,
  time: 'iso' | 'http' | 'epoch' = 'iso',
): unknown {
  if (depth > deepest) throw new TypeFault('The input nests too deep', path.slice(0, 256))
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
      return struct(model, shape, node, `${path}.`, depth)
    case 'list':
      return numbered(node, path).map(([n, item]) => value(model, shape.of, item, `${path}.${n}`, depth + 1))
    case 'map':
    case 'events':
      // No operation takes one.
      throw new TypeFault(`Unexpected complex parameter: ${path}`, path)
    default:
      if (node.value === undefined) throw new TypeFault(`Unexpected complex parameter: ${path} takes one value`, path)
      return scalarFromText(shape, node.value, time, path)
  }
}

export function encodeEc2(
  operation: ResolvedOperation,
  output: Record<string, unknown>,
  requestId: string,
): WireResponse {
  const { model, name, table } = operation
  const out = [
    `<?xml version="1.0" encoding="UTF-8"?>\n<${name}Response xmlns="${escapeAttribute(model.xmlNamespace ?? '')}">`,
    `<requestId>${escapeText(requestId)}</requestId>`,
  ]
  if (table.out === undefined) out.push('<return>true</return>')
  else writeMembers(out, model, model.shapes[table.out] as StructShape, output, `${name}Result`)
  out.push(`</${name}Response>`)
  return { status: 200, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: out.join('') }
}

/** What the front door says, in the words of this service. */
const codes: Readonly<Record<string, string>> = {
  AccessDenied: 'UnauthorizedOperation',
  InvalidClientTokenId: 'AuthFailure',
  SignatureDoesNotMatch: 'AuthFailure',
  MissingAuthenticationToken: 'AuthFailure',
  ExpiredToken: 'RequestExpired',
}

/** Status where that is another than elsewhere. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const ec2Statuses: Readonly<Record<string, number>> = {
  InvalidClientTokenId: 401,
  SignatureDoesNotMatch: 401,
  MissingAuthenticationToken: 401,
  ExpiredToken: 400,
}

export function ec2Error({ code, message }: ErrorLike, status: number, requestId: string): WireResponse {
  const body =
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escapeText(codes[code] ?? code)}</Code>` +
    `<Message>${escapeText(message)}</Message></Error></Errors><RequestID>${escapeText(requestId)}</RequestID></Response>`
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body }
}
