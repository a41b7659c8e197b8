import type { HeaderValues, WireRequest, WireResponse } from '../kernel/http.ts'
import type { Problem } from './problem.ts'
import type { Mock, MockResponse } from './state.ts'

/**
 * The answer of a mock integration. What its settings make impossible is a 500, as the service has it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
 */
export function answerMock(mock: Mock, wire: WireRequest): WireResponse | { readonly problem: Problem } {
  const contentType = mediaType(wire.headers['content-type']) || 'application/json'
  const templated = Object.keys(mock.requests).length > 0
  let picked = Object.hasOwn(mock.requests, contentType) ? mock.requests[contentType] : undefined
  if (picked === undefined) {
    if (mock.passthrough === 'NEVER' || (mock.passthrough === 'WHEN_NO_TEMPLATES' && templated))
      return { problem: { type: 'UNSUPPORTED_MEDIA_TYPE' } }
    picked = statusInBody(wire.body)
  }
  const response = picked === undefined ? undefined : choose(mock.responses, String(picked))
  if (!response) return { problem: { type: 'API_CONFIGURATION_ERROR' } }

  const accepted = mediaType(wire.headers.accept)
  const [type, body] = Object.entries(response.bodies).find(([name]) => name === accepted) ??
    Object.entries(response.bodies)[0] ?? ['application/json', undefined]
  const headers: HeaderValues = { 'content-type': type, ...response.headers }
  const { origin } = wire.headers
  if (origin !== undefined && body?.allowOrigins?.some((pattern) => whole(pattern).test(origin)))
    headers['access-control-allow-origin'] = origin
  return { status: response.status, headers, body: body?.text ?? '' }
}

function choose(responses: readonly MockResponse[], status: string): MockResponse | undefined {
  return (
    responses.find(({ pattern }) => pattern !== '' && whole(pattern).test(status)) ??
    responses.find(({ pattern }) => pattern === '')
  )
}

/** Patterns are checked when they are stored. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}

function statusInBody(body: Uint8Array): number | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    // Not JSON: then it says no status code.
    return undefined
  }
  const status = value !== null && typeof value === 'object' && 'statusCode' in value ? value.statusCode : undefined
  // A status has three digits: a pattern may backtrack without end on the twenty that a number can have.
  return typeof status === 'number' && Number.isInteger(status) && status >= 0 && status <= 999 ? status : undefined
}

function mediaType(header: string | undefined): string {
  return header?.split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? ''
}
