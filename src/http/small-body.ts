import { awsError } from '../kernel/errors.ts'
import { type BodyBudget, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'

const mostBytes = 65_536

/** The whole body of a request to the node's own API. */
export function readSmallBody(
  x: Exchange,
  { idleMs, budget }: { readonly idleMs: number; readonly budget: BodyBudget },
): Promise<Uint8Array> | Uint8Array {
  return readBody(x.req, mostBytes, idleMs, budget, (bytes) => {
    x.bufferedBytes += bytes
  })
}

/** Throws ValidationException for what is no JSON object. */
export function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>
  } catch (error) {
    throw awsError('ValidationException', 'The body must be JSON.', { status: 400, cause: error })
  }
  throw awsError('ValidationException', 'The body must be a JSON object.', { status: 400 })
}
