import { crc32 } from 'node:zlib'
import type { WireResponse } from '../kernel/http.ts'
import { jsonEncoder } from './encode-json.ts'
import { eventStream } from './event-stream.ts'
import { readJsonObject } from './json-text.ts'
import { decodeInput, type ResolvedOperation, reading } from './operation.ts'

/** awsJson 1.0 and 1.1. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export function decodeJson(operation: ResolvedOperation, body: Uint8Array): Record<string, unknown> {
  return decodeInput(
    operation,
    reading(operation, () => readJsonObject(body)),
    'json',
  )
}

export function encodeJson(operation: ResolvedOperation, output: Record<string, unknown>): WireResponse {
  const { model, table, protocol } = operation
  if (table.streamOut === 'events') {
    return {
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream' },
      body: eventStream(operation, output, true),
    }
  }
  // Operations without output answer with an empty body, except that real services send {} where a shape exists.
  const body = table.out === undefined ? '' : JSON.stringify(jsonEncoder(model, table.out, false)(output))
  return jsonResponse(operation.model.id, protocol, 200, body)
}

/** A JSON answer with the headers that the service's clients check. */
export function jsonResponse(service: string, protocol: string, status: number, body: string): WireResponse {
  const headers: Record<string, string> = {
    'content-type': protocol === 'json1.1' ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0',
  }
  // boto3 rejects an answer whose checksum is wrong, and the SDKs expect one from this service.
  if (service === 'dynamodb') headers['x-amz-crc32'] = String(crc32(body))
  return { status, headers, body }
}
