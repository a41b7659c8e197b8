import { isUtf8 } from 'node:buffer'
import { TypeFault } from './faults.ts'

/** The JSON object in a body; an empty body is an empty object. Throws a TypeFault for anything else. */
export function readJsonObject(body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {}
  const value = readJson(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeFault('The body must be one JSON object')
  }
  return value as Record<string, unknown>
}

/** The JSON value in a body. */
export function readJson(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw new TypeFault('The body is not UTF-8')
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new TypeFault('The body is not well-formed JSON')
    throw error
  }
}
