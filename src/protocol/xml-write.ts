import type { Member, Model, StructShape } from '../kernel/model.ts'
import { isScalar } from './scalars.ts'
import { scalarToText } from './text-scalars.ts'

const unplain = /[^ !#-%'-;=?-~]/
const special = /[&<>"\r\n\u0085\u2028]/
const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\u0085': '&#x85;',
  '\u2028': '&#x2028;',
}
/** What XML 1.0 cannot say at all, even as a reference: control characters, lone surrogates, U+FFFE and U+FFFF. */
function sayable(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}|[\uFFFE\uFFFF]/gu, (c) => {
    const allowed = c === '\t' || c === '\n' || c === '\r' || (c >= '\u007F' && c <= '\u009F')
    return allowed ? c : '\uFFFD'
  })
}

/** Text content. Carriage returns are written as references, since a parser would turn bare ones into line feeds. */
export function escapeText(text: string): string {
  // Most text is plain ASCII without a character that means anything.
  if (!unplain.test(text)) return text
  const clean = sayable(text)
  return special.test(clean) ? clean.replace(/[&<>"\r\u0085\u2028]/g, (c) => replacements[c]!) : clean
}

/** An attribute's value, to stand between double quotes. */
export function escapeAttribute(text: string): string {
  return sayable(text).replace(/[&<>"\r\n\u0085\u2028]/g, (c) => replacements[c]!)
}

/** Writes a structure's members as elements, those bound elsewhere in the message left out. */
export function writeMembers(
  out: string[],
  model: Model,
  shape: StructShape,
  value: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const member of shape.m) {
    if (member.in !== undefined || member.attribute) continue
    const item = value[member.n]
    if (item !== undefined && item !== null) writeMember(out, model, member, item, `${path}.${member.n}`)
  }
}

function writeMember(out: string[], model: Model, member: Member, value: unknown, path: string): void {
  const shape = model.shapes[member.s]!
  const name = member.xml ?? member.n
  if (shape.k === 'list') {
    if (!Array.isArray(value)) throw wrong(value, 'a list', path)
    if (!member.flat) out.push(`<${name}>`)
    for (const item of value)
      writeElement(out, model, member.flat ? name : (shape.xml ?? 'member'), shape.of, item, undefined, path)
    if (!member.flat) out.push(`</${name}>`)
  } else if (shape.k === 'map') {
    if (!member.flat) out.push(`<${name}>`)
    writeEntries(out, model, member.s, value, member.flat ? name : 'entry', path)
    if (!member.flat) out.push(`</${name}>`)
  } else {
    writeElement(out, model, name, member.s, value, member, path)
  }
}

function writeEntries(out: string[], model: Model, index: number, value: unknown, entry: string, path: string): void {
  const shape = model.shapes[index]!
  if (shape.k !== 'map' || typeof value !== 'object' || value === null) throw wrong(value, 'a map', path)
  const [keyName, valueName] = shape.xml ?? ['key', 'value']
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue
    out.push(`<${entry}><${keyName}>${escapeText(key)}</${keyName}>`)
    writeElement(out, model, valueName, shape.of, item, undefined, path)
    out.push(`</${entry}>`)
  }
}

/** Writes one element of any shape. `member` tells its namespace and time format. */
export function writeElement(
  out: string[],
  model: Model,
  name: string,
  index: number,
  value: unknown,
  member: Member | undefined,
  path: string,
): void {
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(value, 'a structure', path)
      const record = value as Readonly<Record<string, unknown>>
      out.push(`<${name}${namespace(member)}${attributes(model, shape, record, path)}>`)
      writeMembers(out, model, shape, record, path)
      out.push(`</${name}>`)
      return
    }
    case 'list':
      if (!Array.isArray(value)) throw wrong(value, 'a list', path)
      out.push(`<${name}>`)
      for (const item of value) writeElement(out, model, shape.xml ?? 'member', shape.of, item, undefined, path)
      out.push(`</${name}>`)
      return
    case 'map':
      out.push(`<${name}>`)
      writeEntries(out, model, index, value, 'entry', path)
      out.push(`</${name}>`)
      return
    case 'events':
      return
    default:
      out.push(
        `<${name}${namespace(member)}>${escapeText(scalarToText(shape, value, member?.time ?? 'iso', path))}</${name}>`,
      )
  }
}

function namespace(member: Member | undefined): string {
  if (!member?.xmlns) return ''
  const [prefix, uri] = member.xmlns
  return ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttribute(uri)}"`
}

function attributes(model: Model, shape: StructShape, value: Readonly<Record<string, unknown>>, path: string): string {
  let text = ''
  for (const member of shape.m) {
    const item = value[member.n]
    if (!member.attribute || item === undefined || item === null) continue
    const scalar = model.shapes[member.s]!
    if (!isScalar(scalar)) throw wrong(item, 'a scalar', path)
    text += ` ${member.xml ?? member.n}="${escapeAttribute(scalarToText(scalar, item, member.time ?? 'iso', `${path}.${member.n}`))}"`
  }
  return text
}

function wrong(value: unknown, expected: string, path: string): Error {
  return new Error(`the output has ${typeof value} where ${path} must be ${expected}`)
}
