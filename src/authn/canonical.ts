import type { IncomingHttpHeaders } from 'node:http'

/**
 * The canonical form of a request, as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * describes it. Texts hold one byte a character (latin1), as Node hands over paths and header values.
 */

/** `once`: S3, the path as sent. `twice`: everything else, `.` and `..` resolved and the encoded path encoded again. */
export type PathEncoding = 'once' | 'twice'

const plainPath = /^[A-Za-z0-9\-._~/]*$/
const plainQuery = /^(?:[A-Za-z0-9\-._~=]|%[0-9A-F]{2})*$/
const unreserved = /[A-Za-z0-9\-._~]/
const hex = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
const encoded = hex.map((code, byte) => (unreserved.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : code))

function encode(text: string, keepSlash: boolean): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i) & 0xff
    out += keepSlash && byte === 0x2f ? '/' : encoded[byte]
  }
  return out
}

/** Percent-decoding to bytes. A `%` that is not followed by two hex digits stays as it is. */
function decode(text: string): string {
  return text.includes('%')
    ? text.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text
}

function normalize(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') kept.pop()
    else kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

export function canonicalPath(path: string, encoding: PathEncoding): string {
  if (path === '/' || path === '') return '/'
  if (encoding === 'once') return plainPath.test(path) ? path : encode(decode(path), true)
  const normal = path.includes('//') || path.includes('/.') ? normalize(path) : path
  return plainPath.test(normal) ? normal : encode(normal, true)
}

/** The query sorted by encoded name, then value, without the parameters in `leaveOut` (decoded names). */
export function canonicalQuery(query: string, leaveOut?: ReadonlySet<string>): string {
  if (query === '') return ''
  const pairs: [name: string, value: string][] = []
  for (const part of query.split('&')) {
    if (part === '') continue
    const at = part.indexOf('=')
    let name = at < 0 ? part : part.slice(0, at)
    let value = at < 0 ? '' : part.slice(at + 1)
    if (!plainQuery.test(part) || value.includes('=')) {
      name = encode(decode(name), false)
      value = encode(decode(value), false)
    }
    if (leaveOut?.has(name)) continue
    pairs.push([name, value])
  }
  if (pairs.length > 1) pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A query's parameters, decoded; the first of a repeated name. `+` is a plus sign, as signatures see it. */
export function queryParameters(query: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    const name = decode(at < 0 ? part : part.slice(0, at))
    if (name !== '' && !found.has(name)) found.set(name, at < 0 ? '' : decode(part.slice(at + 1)))
  }
  return found
}

const space = /[\t\n\r]| {2}|^ | $/

function collapse(value: string): string {
  return space.test(value) ? value.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '') : value
}

/** `name:value\n` for each signed header, or the name of one that the request lacks as `missing`. */
export function canonicalHeaders(
  names: readonly string[],
  request: { headers: IncomingHttpHeaders; rawHeaders: readonly string[] },
): { text: string } | { missing: string } {
  // Node joins repeated headers with ', ' or drops repeats; the signature has them joined with ','.
  const repeated = Object.keys(request.headers).length * 2 !== request.rawHeaders.length
  const values = repeated ? joinRepeated(request.rawHeaders) : undefined
  let text = ''
  for (const name of names) {
    const value = values ? values.get(name) : request.headers[name]
    if (typeof value !== 'string') return { missing: name }
    text += `${name}:${collapse(value)}\n`
  }
  return { text }
}

function joinRepeated(rawHeaders: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    const value = collapse(rawHeaders[i + 1]!)
    const before = values.get(name)
    values.set(name, before === undefined ? value : `${before},${value}`)
  }
  return values
}
