import type { ScalarShape, TimestampFormat } from '../kernel/model.ts'
import { TypeFault } from './faults.ts'
import { fromBase64, toBase64, toNumber } from './scalars.ts'
import { formatTimestamp, parseTimestamp } from './timestamps.ts'

/** Reads a scalar from text, as XML, query parameters, headers and paths have it. Throws a TypeFault. */
export function scalarFromText(shape: ScalarShape, text: string, time: TimestampFormat, path: string): unknown {
  const value = read(shape, text, time)
  if (value === undefined)
    throw new TypeFault(`The value cannot be read as ${shape.k}`, path, { value: text.slice(0, 256) })
  return value
}

function read(shape: ScalarShape, text: string, time: TimestampFormat): unknown {
  switch (shape.k) {
    case 'string':
      return text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'blob':
    case 'stream':
      return fromBase64(text.trim())
    case 'timestamp':
      return parseTimestamp(text.trim(), time)
    case 'document':
      return text
    default: {
      const trimmed = text.trim()
      if (/^[+-]?(?:\d{1,25}(?:\.\d{1,25})?|\.\d{1,25})(?:[eE][+-]?\d{1,3})?$/.test(trimmed))
        return toNumber(Number(trimmed), shape.k)
      return toNumber(trimmed, shape.k)
    }
  }
}

/** Writes a scalar as text. A value of the wrong type is a bug of ours and throws a plain Error. */
export function scalarToText(shape: ScalarShape, value: unknown, time: TimestampFormat, path: string): string {
  switch (shape.k) {
    case 'string':
    case 'document':
      if (typeof value === 'string') return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return String(value)
      break
    case 'blob':
    case 'stream':
      if (value instanceof Uint8Array) return toBase64(value)
      break
    case 'timestamp':
      if (value instanceof Date && !Number.isNaN(value.getTime())) return formatTimestamp(value, time)
      break
    default:
      if (typeof value === 'number') return String(value)
  }
  throw new Error(`the output has ${typeof value} where ${path} must be ${shape.k}`)
}
