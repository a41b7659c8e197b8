/**
 * The server side of AWS's wire protocols, driven by the services' tables. What a request goes through: detectProtocol,
 * findOperation, decode, (the operation), encode or encodeError. docs/decisions/002-wire.md
 */
import { bodyOf, type WireRequest, type WireResponse } from '../kernel/http.ts'
import type { Model } from '../kernel/model.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { decodeEc2, encodeEc2 } from './ec2.ts'
import { requestIds } from './errors.ts'
import { decodeJson, encodeJson } from './json.ts'
import { decodeInput, notModelled, operationNamed, type ResolvedOperation } from './operation.ts'
import { decodeQuery, encodeQuery } from './query.ts'
import { decodeRestJson, encodeRestJson } from './rest-json.ts'
import { decodeRestXml, encodeRestXml } from './rest-xml.ts'

export type { Protocol } from '../kernel/model.ts'
export { type ErrorContext, type ErrorLike, encodeError } from './errors.ts'
export { detectProtocol, findOperation } from './find.ts'
export type { ResolvedOperation } from './operation.ts'
export type { Address } from './router.ts'

/**
 * The input of a request, checked against the table: timestamps as Date, blobs as Uint8Array, a streaming body as
 * `request.stream`, absent idempotency tokens filled in. Members that the table does not know are ignored, as AWS does.
 * Throws the AwsError that the service would send.
 */
export function decode(operation: ResolvedOperation, request: WireRequest): Record<string, unknown> {
  switch (operation.protocol) {
    case 'json1.0':
    case 'json1.1':
      return decodeJson(operation, request.body)
    case 'query':
      return decodeQuery(operation, request)
    case 'ec2':
      return decodeEc2(operation, request)
    case 'rest-json':
      return decodeRestJson(operation, request)
    case 'rest-xml':
      return decodeRestXml(operation, request)
    case 'cbor':
    case 'cbor1.1':
      return decodeCbor(operation, request.body)
  }
}

/**
 * The same checks for a call from inside, whose input is JavaScript values already (Date, Uint8Array). Returns a copy.
 * Members set to undefined are absent.
 */
export function decodeInternal(model: Model, name: string, input: object): Record<string, unknown> {
  const operation = operationNamed(model, model.protocols[0]!, name)
  if (!operation) throw notModelled(model, name)
  return decodeInput(operation, input as Record<string, unknown>, 'js')
}

/**
 * The answer of an operation. Only members of the table are written; a value of the wrong type is a bug and throws a
 * plain Error. An output stream is handed on as it is.
 */
export function encode(
  operation: ResolvedOperation,
  output: object,
  { requestId }: { readonly requestId: string },
): WireResponse {
  const response = encodeBody(operation, output as Record<string, unknown>, requestId)
  return {
    ...response,
    headers: { ...response.headers, ...requestIds(operation.model, operation.protocol, requestId) },
  }
}

function encodeBody(operation: ResolvedOperation, output: Record<string, unknown>, requestId: string): WireResponse {
  const whole = bodyOf(output)
  if (whole) return { status: 200, headers: { 'content-type': whole.contentType }, body: whole.bytes }
  switch (operation.protocol) {
    case 'json1.0':
    case 'json1.1':
      return encodeJson(operation, output)
    case 'query':
      return encodeQuery(operation, output, requestId)
    case 'ec2':
      return encodeEc2(operation, output, requestId)
    case 'rest-json':
      return encodeRestJson(operation, output)
    case 'rest-xml':
      return encodeRestXml(operation, output)
    case 'cbor':
    case 'cbor1.1':
      return encodeCbor(operation, output)
  }
}
