import { TypeFault } from './faults.ts'

/** Parameters of one request, dots read as nesting: `Tag.1.Key=a` is Tag → 1 → Key → `a`. */
export interface ParamNode {
  value?: string
  children?: Map<string, ParamNode>
}

const mostParams = 10_000
const deepestName = 64

/** Reads the URL's query and a form body into a tree. Bounded in number and depth; throws a TypeFault. */
export function readParams(query: string, body: Uint8Array): ParamNode {
  const root: ParamNode = {}
  let count = 0
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  for (const part of [query, text]) {
    if (part === '') continue
    for (const [name, value] of pairs(part)) {
      if (++count > mostParams) throw new TypeFault(`The request has more than ${mostParams} parameters`)
      insert(root, name, value)
    }
  }
  return root
}

function* pairs(text: string): Generator<[string, string]> {
  let start = 0
  while (start <= text.length) {
    let end = text.indexOf('&', start)
    if (end < 0) end = text.length
    if (end > start) {
      const pair = text.slice(start, end)
      const equals = pair.indexOf('=')
      yield equals < 0 ? [unescaped(pair), ''] : [unescaped(pair.slice(0, equals)), unescaped(pair.slice(equals + 1))]
    }
    start = end + 1
  }
}

/** Percent-decoding as forms have it. */
export function unescaped(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch (error) {
    if (error instanceof URIError) throw new TypeFault('The request has a parameter that is not percent-encoded UTF-8')
    throw error
  }
}

function insert(root: ParamNode, name: string, value: string): void {
  const segments = name.split('.', deepestName + 1)
  if (segments.length > deepestName) throw new TypeFault('The request has a parameter whose name nests too deep')
  let node = root
  for (const segment of segments) {
    node.children ??= new Map()
    let child = node.children.get(segment)
    if (!child) {
      child = {}
      node.children.set(segment, child)
    }
    node = child
  }
  node.value = value
}

/** Query parameters, percent-decoded, in order. */
export function parseQuery(text: string): Map<string, string[]> {
  const out = new Map<string, string[]>()
  if (text === '') return out
  for (const pair of text.split('&')) {
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
