import type { ScalarShape, Shape, TimestampFormat } from '../kernel/model.ts'
import { numberBounds } from './checks.ts'
import { fromEpoch, parseTimestamp } from './timestamps.ts'

/**
 * How values are written before decoding: `json` as JSON has them (base64, seconds), `js` as operations have them
 * (Uint8Array, Date), which is also what the XML, query, CBOR and header readers make.
 */
export type Form = 'json' | 'js'

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The bytes of base64 text; undefined when it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !base64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Base64 of bytes, without copying them. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** A JSON value's time; undefined when it has none. */
export function timeFromJson(value: unknown, format: TimestampFormat): Date | undefined {
  if (format === 'epoch') return fromEpoch(value)
  return typeof value === 'string' ? parseTimestamp(value, format) : undefined
}

const special: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }

/** The number a value stands for as this kind; undefined when it is none of it. */
export function toNumber(value: unknown, kind: ScalarShape['k']): number | undefined {
  if (typeof value === 'number') {
    const bounds = numberBounds[kind]
    if (!bounds) return value
    return Number.isInteger(value) && value >= bounds[0] && value <= bounds[1] ? value : undefined
  }
  // Only fractions have these three words. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
  if (typeof value === 'string' && !numberBounds[kind] && Object.hasOwn(special, value)) return special[value]
  return undefined
}

const composite = new Set(['struct', 'union', 'events', 'list', 'map'])

export function isScalar(shape: Shape): shape is ScalarShape {
  return !composite.has(shape.k)
}
