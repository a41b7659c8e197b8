import type { HeaderValues, WireResponse } from '../kernel/http.ts'
import type { ErrorTable, Model, Protocol, StructShape } from '../kernel/model.ts'
import { ec2Error, ec2Statuses } from './ec2.ts'
import { cborError } from './encode-cbor.ts'
import { jsonEncoder } from './encode-json.ts'
import { jsonResponse } from './json.ts'
import type { ResolvedOperation } from './operation.ts'
import type { Address } from './router.ts'
import { queryCodes, statuses } from './rules.ts'
import { escapeAttribute, escapeText, writeMembers } from './xml-write.ts'

/** What of an AwsError goes on the wire. */
export interface ErrorLike {
  readonly code: string
  readonly message: string
  readonly status?: number | undefined
  readonly members?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface ErrorContext {
  readonly requestId: string
  readonly request: Address
}

/**
 * An error as the service sends it. The status is the table's for this code, else the error's own, else that of the
 * common errors, else 400.
 */
export function encodeError(
  model: Model,
  protocol: Protocol,
  operation: ResolvedOperation | undefined,
  error: ErrorLike,
  context: ErrorContext,
): WireResponse {
  const table = Object.hasOwn(model.errors, error.code) ? model.errors[error.code] : undefined
  const own = protocol === 'ec2' ? ec2Statuses[error.code] : undefined
  const status = own ?? table?.status ?? error.status ?? statuses[error.code] ?? 400
  const response = body(model, protocol, operation, error, table, status, context)
  return {
    ...response,
    headers: { ...response.headers, ...requestIds(model, protocol, context.requestId), ...error.headers },
  }
}

/** The headers by which clients show the request's id. */
export function requestIds(model: Model, protocol: Protocol, requestId: string): HeaderValues {
  if (protocol !== 'rest-xml' || model.id !== 's3') return { 'x-amzn-requestid': requestId }
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId(requestId) }
}

/** S3's second id names the machine that answered; ours is the request's id again, in that id's alphabet. */
const hostId = (requestId: string): string => Buffer.from(requestId).toString('base64')

function body(
  model: Model,
  protocol: Protocol,
  operation: ResolvedOperation | undefined,
  error: ErrorLike,
  table: ErrorTable | undefined,
  status: number,
  context: ErrorContext,
): WireResponse {
  switch (protocol) {
    case 'json1.0':
    case 'json1.1': {
      const text = JSON.stringify({ __type: jsonType(model, error.code, table), ...jsonMembers(model, error, table) })
      return withQueryError(jsonResponse(model.id, protocol, status, text), model, error, table, status)
    }
    case 'cbor':
    case 'cbor1.1': {
      const type = protocol === 'cbor' ? `${model.namespace}#${error.code}` : error.code
      const written = cborError(model, protocol, table?.shape, type, error.message, error.members ?? {})
      return withQueryError({ status, ...written }, model, error, table, status)
    }
    case 'rest-json': {
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': error.code }
      const members = jsonMembers(model, error, table)
      // Lambda's errors say whose fault they were; in its models that is an ordinary member.
      if (model.id === 'lambda' && members.Type === undefined) members.Type = status >= 500 ? 'Service' : 'User'
      return { status, headers, body: JSON.stringify(members) }
    }
    case 'query':
      return {
        status,
        headers: { 'content-type': 'text/xml' },
        body: queryError(model, error, table, status, context.requestId),
      }
    case 'ec2':
      return ec2Error(error, status, context.requestId)
    case 'rest-xml':
      return s3Error(operation, error, status, context)
  }
}

/** DynamoDB's clients see where an error came from; most services send the bare name. */
function jsonType(model: Model, code: string, table: ErrorTable | undefined): string {
  if (model.id === 'sqs') return `com.amazonaws.sqs#${code}`
  if (model.id !== 'dynamodb') return code
  if (table) return `com.amazonaws.dynamodb.v20120810#${code}`
  return code === 'ValidationException' ? `com.amazon.coral.validate#${code}` : `com.amazon.coral.service#${code}`
}

function jsonMembers(model: Model, error: ErrorLike, table: ErrorTable | undefined): Record<string, unknown> {
  const shape = table?.shape === undefined ? undefined : (model.shapes[table.shape] as StructShape)
  const name = shape?.m.find(({ n }) => n.toLowerCase() === 'message')
  const key = name?.json ?? name?.n ?? (model.id === 'lambda' ? 'Message' : 'message')
  const members =
    table?.shape === undefined
      ? {}
      : (jsonEncoder(model, table.shape, false)(error.members ?? {}) as Record<string, unknown>)
  return { ...members, [key]: error.message }
}

const queryCode = (error: ErrorLike, table: ErrorTable | undefined): string =>
  table?.query ?? queryCodes[error.code] ?? error.code
const fault = (status: number): 'Sender' | 'Receiver' => (status >= 500 ? 'Receiver' : 'Sender')

/** Without this header the SDKs show a shape's name where programs compare with the old code. */
function withQueryError(
  response: WireResponse,
  model: Model,
  error: ErrorLike,
  table: ErrorTable | undefined,
  status: number,
): WireResponse {
  if (!model.queryCompatible) return response
  return {
    ...response,
    headers: { ...response.headers, 'x-amzn-query-error': `${queryCode(error, table)};${fault(status)}` },
  }
}

function queryError(
  model: Model,
  error: ErrorLike,
  table: ErrorTable | undefined,
  status: number,
  requestId: string,
): string {
  const out = [
    `<?xml version="1.0"?>\n<ErrorResponse xmlns="${escapeAttribute(model.xmlNamespace ?? '')}"><Error>`,
    `<Type>${fault(status)}</Type><Code>${escapeText(queryCode(error, table))}</Code><Message>${escapeText(error.message)}</Message>`,
  ]
  if (table?.shape !== undefined) {
    const shape = model.shapes[table.shape] as StructShape
    const members = { ...shape, m: shape.m.filter(({ n }) => n.toLowerCase() !== 'message') }
    writeMembers(out, model, members, error.members ?? {}, error.code)
  }
  out.push(`</Error><RequestId>${escapeText(requestId)}</RequestId></ErrorResponse>`)
  return out.join('')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
function s3Error(
  operation: ResolvedOperation | undefined,
  error: ErrorLike,
  status: number,
  { requestId, request }: ErrorContext,
): WireResponse {
  if (request.method === 'HEAD' || status === 304 || operation?.table.http?.[0] === 'HEAD')
    return { status, headers: {}, body: '' }
  const members = Object.entries(error.members ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && typeof value !== 'object',
  )
  const out = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error>',
    `<Code>${escapeText(error.code)}</Code><Message>${escapeText(error.message)}</Message>`,
    ...members.map(([name, value]) => `<${name}>${escapeText(String(value))}</${name}>`),
  ]
  if (!members.some(([name]) => name === 'Resource')) out.push(`<Resource>${escapeText(request.path)}</Resource>`)
  out.push(`<RequestId>${escapeText(requestId)}</RequestId><HostId>${hostId(requestId)}</HostId></Error>`)
  return { status, headers: { 'content-type': 'application/xml' }, body: out.join('') }
}
