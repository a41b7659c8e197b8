import type { HeaderValues, WireResponse } from '../kernel/http.ts'

/**
 * What a function's answer means as HTTP, or undefined when it is not of the form its payload format asks for. A body
 * that is said to be base64 is decoded where `decodes` its content type; without one it has `defaultType`.
 */
export function readReply(
  payload: Uint8Array,
  format: '1.0' | '2.0',
  decodes: (contentType: string) => boolean = () => true,
  defaultType = format === '2.0' ? 'text/plain;charset=UTF-8' : 'application/json',
): WireResponse | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    // The runtime always answers JSON; anything else is an answer we can't use.
    return undefined
  }
  const structured =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  if (format === '2.0' && (structured === undefined || structured.statusCode === undefined)) {
    // Format 2.0 takes any value for a body of 200.
    const body = typeof value === 'string' ? value : JSON.stringify(value)
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  if (!structured) return undefined
  const status = Number(structured.statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined
  const headers: HeaderValues = {}
  if (!addHeaders(headers, structured.headers) || !addHeaders(headers, structured.multiValueHeaders)) return undefined
  if (format === '2.0' && Array.isArray(structured.cookies)) headers['set-cookie'] = structured.cookies.map(String)
  const { body } = structured
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined
  headers['content-type'] ??= defaultType
  const encoded = structured.isBase64Encoded === true && decodes(String(headers['content-type']))
  const bytes = encoded && typeof body === 'string' ? Buffer.from(body, 'base64') : (body ?? '')
  return { status, headers, body: bytes }
}

/** Headers that belong to a connection, and are not passed on. */
export const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'content-length',
])

function addHeaders(headers: HeaderValues, given: unknown): boolean {
  if (given === undefined || given === null) return true
  if (typeof given !== 'object' || Array.isArray(given)) return false
  for (const [name, value] of Object.entries(given as Record<string, unknown>)) {
    const lower = name.toLowerCase()
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return false
    if (hopByHop.has(lower)) continue
    const values = (Array.isArray(value) ? value : [value]).map(String)
    // A line break would end the header and begin another, and letters beyond Latin have no place: such an answer is malformed.
    if (values.some((text) => /[^\t\x20-\x7e\x80-\xff]/.test(text))) return false
    // A name in both maps keeps the values of both, each once.
    const all = [...new Set([headers[lower] ?? [], values].flat())]
    headers[lower] = all.length === 1 ? all[0]! : all
  }
  return true
}
