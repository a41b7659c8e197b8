import type { HeaderValues } from '../kernel/http.ts'
import type { Member, Model, ScalarShape } from '../kernel/model.ts'
import { outputShape, type ResolvedOperation } from './operation.ts'
import { scalarToText } from './text-scalars.ts'

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
