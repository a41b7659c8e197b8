import type { WireResponse } from '../kernel/http.ts'
import { readCbor } from './cbor-read.ts'
import { cborStructure, dialectOf } from './encode-cbor.ts'
import { eventStream } from './event-stream.ts'
import { TypeFault } from './faults.ts'
import { decodeInput, type ResolvedOperation, reading } from './operation.ts'

/** An input in CBOR, of either dialect. */
export function decodeCbor(operation: ResolvedOperation, body: Uint8Array): Record<string, unknown> {
  const { ticksPerSecond } = dialectOf(operation.protocol)
  const raw = body.length === 0 ? {} : reading(operation, () => readObject(body, ticksPerSecond))
  return decodeInput(operation, raw, 'js')
}

function readObject(body: Uint8Array, ticksPerSecond: number): Record<string, unknown> {
  const value = readCbor(body, ticksPerSecond)
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Date ||
    value instanceof Uint8Array
  ) {
    throw new TypeFault('The body must be one CBOR map')
  }
  return value as Record<string, unknown>
}

export function encodeCbor(operation: ResolvedOperation, output: Record<string, unknown>): WireResponse {
  const { table, protocol } = operation
  const { headers, contentType } = dialectOf(protocol)
  if (table.streamOut === 'events') {
    return {
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream' },
      body: eventStream(operation, output, true),
    }
  }
  if (table.out === undefined) return { status: 200, headers: { ...headers }, body: '' }
  const body = cborStructure(operation, table.out, output)
  return { status: 200, headers: { ...headers, 'content-type': contentType }, body }
}
