import { isUtf8 } from 'node:buffer'
import { deepest } from './checks.ts'
import { TypeFault } from './faults.ts'

/** An element: its local name (the prefix of a namespace cut off), attributes as written, children, and text. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  /** Character data directly in it, references resolved. */
  text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const attribute = /([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const mostElements = 200_000
const mostAttributes = 64

/**
 * Parses a document strictly: one root, balanced tags, no document type (so no entities but XML's own five), bounded
 * depth and number of elements. Linear in the body. Throws a TypeFault.
 */
export function readXml(body: Uint8Array): XmlElement {
  if (!isUtf8(body)) throw new TypeFault('The body is not UTF-8')
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const stack: XmlElement[] = []
  let root: XmlElement | undefined
  let count = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length) {
    const open = text.indexOf('<', at)
    const data = text.slice(at, open < 0 ? text.length : open)
    const parent = stack.at(-1)
    if (parent) parent.text += resolveReferences(data)
    else if (data.trim() !== '') throw new TypeFault('The body has text outside its root element')
    if (open < 0) break
    if (text.startsWith('<!--', open)) at = after(text, '-->', open + 4)
    else if (text.startsWith('<![CDATA[', open)) {
      const end = after(text, ']]>', open + 9)
      if (!parent) throw new TypeFault('The body has text outside its root element')
      parent.text += text.slice(open + 9, end - 3)
      at = end
    } else if (text.startsWith('<?', open)) at = after(text, '?>', open + 2)
    else if (text.startsWith('<!', open))
      throw new TypeFault('The body has a document type declaration, which is not allowed')
    else if (text.startsWith('</', open)) {
      const end = after(text, '>', open + 2)
      const element = stack.pop()
      if (!element || localName(text.slice(open + 2, end - 1).trimEnd()) !== element.name)
        throw new TypeFault('The body has a closing tag without its opening tag')
      at = end
    } else {
      if (++count > mostElements) throw new TypeFault(`The body has more than ${mostElements} elements`)
      if (root && !parent) throw new TypeFault('The body has more than one root element')
      const tag = readTag(text, open)
      if (parent) parent.children.push(tag.element)
      else root = tag.element
      if (!tag.closed) {
        if (stack.length >= deepest) throw new TypeFault(`The body nests deeper than ${deepest} elements`)
        stack.push(tag.element)
      }
      at = tag.end
    }
  }
  if (!root) throw new TypeFault('The body has no root element')
  if (stack.length > 0) throw new TypeFault(`The element ${stack.at(-1)!.name} is not closed`)
  return root
}

/** The position after the next `mark`. */
function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  if (found < 0) throw new TypeFault('The body ends inside a tag')
  return found + mark.length
}

const nameEnd = /[\s/>]/g
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/
const name = /^[\p{L}_:][\p{L}\p{N}_:.\-\u00B7]*$/u

function readTag(text: string, open: number): { element: XmlElement; closed: boolean; end: number } {
  nameEnd.lastIndex = open + 1
  const found = nameEnd.exec(text)
  if (!found) throw new TypeFault('The body ends inside a tag')
  const qualified = text.slice(open + 1, found.index)
  if (qualified.length > 256 || !(plainName.test(qualified) || name.test(qualified)))
    throw new TypeFault('The body has a tag without a name')
  const attributes: Record<string, string> = {}
  let at = found.index
  for (let count = 0; ; count++) {
    while (/\s/.test(text[at] ?? '')) at++
    const closed = text[at] === '/'
    if (text[closed ? at + 1 : at] === '>') {
      return {
        element: { name: localName(qualified), attributes, children: [], text: '' },
        closed,
        end: at + (closed ? 2 : 1),
      }
    }
    attribute.lastIndex = at
    const pair = attribute.exec(text)
    if (!pair || count >= mostAttributes) throw new TypeFault(`The tag ${localName(qualified)} is malformed`)
    if (pair[1] !== '__proto__') attributes[pair[1]!] = resolveReferences(pair[2] ?? pair[3] ?? '')
    at = attribute.lastIndex
  }
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(':') + 1)
}

function resolveReferences(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  if (!lines.includes('&')) return lines
  return lines.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{1,8}));|&/g,
    (whole, hex?: string, decimal?: string, named?: string) => {
      if (named !== undefined && Object.hasOwn(entities, named)) return entities[named]!
      const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1
      if (code <= 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        throw new TypeFault(`The body refers to ${whole === '&' ? 'an entity' : whole}, which is not defined`)
      }
      return String.fromCodePoint(code)
    },
  )
}
