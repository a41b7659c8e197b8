import type { Item } from './attribute-value.ts'
import { ionFields } from './ion-items.ts'
import { ionStructs } from './ion-text.ts'
import type { Import, Table } from './state.ts'
import { itemFromWire, type WireItem, type WireValue } from './wire-values.ts'

/** Of an item as text; longer lines are no items. */
const maxLineLength = 8_000_000

/** Lines of UTF-8, without their ends; a carriage return before the end belongs to it. Too long ones come cut off. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!.slice(0, maxLineLength + 1)
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

/** The records of a file, as text: lines, or structs of Ion. */
export function recordsOf(body: AsyncIterable<Uint8Array>, format: Import['format']): AsyncGenerator<string> {
  return format === 'ION' ? ionStructs(body) : linesOf(body)
}

/** Reads one line as an item; undefined for a header. Throws for what is no item of the table. */
export type ReadLine = (line: string) => Item | undefined

/** What reads the lines of one file, from its first. */
export function readerOf({ format, csv }: Import, table: Table): ReadLine {
  if (format === 'DYNAMODB_JSON') return readJson
  if (format === 'ION') return readIon
  let header = csv?.header
  return (line) => {
    const fields = fieldsOf(line, csv?.delimiter ?? ',')
    if (!header) {
      header = fields
      return undefined
    }
    if (fields.length !== header.length) throw new Error('a line has more or fewer fields than the header')
    // Keys are of their types, all else is text.
    const wire = header.map((name, i) => [name, { [typeOf(name)]: fieldValue(name, fields[i]!) }])
    return itemFromWire(Object.fromEntries(wire) as WireItem)

    function fieldValue(name: string, text: string): string | Uint8Array {
      return typeOf(name) === 'B' ? Buffer.from(text, 'base64') : text
    }

    function typeOf(name: string): string {
      return (Object.hasOwn(table.attributeTypes, name) && table.attributeTypes[name]) || 'S'
    }
  }
}

function readJson(line: string): Item {
  return itemFromWire(wireItem(recordOf(line).Item))
}

function readIon(text: string): Item {
  const { M: item } = ionFields(text).Item ?? {}
  if (!item) throw new Error('a struct has no Item')
  return itemFromWire(item)
}

/** A line of JSON that has an `Item`. Throws for another. */
export function recordOf(line: string): { readonly Item: Record<string, unknown> } & Record<string, unknown> {
  if (line.length > maxLineLength) throw new Error('a line is too long')
  const parsed: unknown = JSON.parse(line)
  if (!isRecord(parsed) || !isRecord(parsed.Item)) throw new Error('a line has no Item')
  return { ...parsed, Item: parsed.Item }
}

/** An item of DynamoDB JSON. Throws for what has not the form of one. */
export function wireItem(json: Record<string, unknown>): WireItem {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, wireValue(value)]))
}

/** As the protocol decodes a value: binary as bytes. Throws for what has not the form of one. */
function wireValue(json: unknown): WireValue {
  if (!isRecord(json)) throw new Error('a value is none')
  const members = Object.entries(json).map(([type, value]): [string, unknown] => {
    if (type === 'B') return [type, bytes(value)]
    if (type === 'S' || type === 'N') return [type, text(value)]
    if (type === 'BOOL' || type === 'NULL') return [type, value === true]
    if (type === 'M' && isRecord(value)) return [type, wireItem(value)]
    if (!Array.isArray(value)) throw new Error('a value is none')
    if (type === 'L') return [type, value.map(wireValue)]
    return [type, type === 'BS' ? value.map(bytes) : value.map(text)]
  })
  return Object.fromEntries(members)
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a value is no text')
  return value
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(text(value), 'base64')
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of a line of CSV: quoted ones may hold the delimiter, and quotes as two. */
export function fieldsOf(line: string, delimiter: string): string[] {
  const fields: string[] = []
  let at = 0
  while (at <= line.length) {
    if (line[at] !== '"') {
      const end = line.indexOf(delimiter, at)
      fields.push(line.slice(at, end < 0 ? line.length : end))
      at = end < 0 ? line.length + 1 : end + 1
      continue
    }
    let field = ''
    for (at++; ; at++) {
      const end = line.indexOf('"', at)
      if (end < 0) throw new Error('a quoted field does not end')
      field += line.slice(at, end)
      at = end + 1
      if (line[at] !== '"') break
      field += '"'
    }
    if (at < line.length && line[at] !== delimiter) throw new Error('something follows a quoted field')
    fields.push(field)
    at++
  }
  return fields
}
