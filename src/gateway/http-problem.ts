import type { WireResponse } from '../kernel/http.ts'
import { message } from './message.ts'
import type { Problem, ProblemType } from './problem.ts'

/** HTTP APIs know few answers of their own, and say little. Everything that is not here is a 500. */
const answers: Readonly<Partial<Record<ProblemType, readonly [status: number, text: string]>>> = {
  RESOURCE_NOT_FOUND: [404, 'Not Found'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  ACCESS_DENIED: [403, 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Forbidden'],
  INVALID_SIGNATURE: [403, 'Forbidden'],
  EXPIRED_TOKEN: [403, 'Forbidden'],
  THROTTLED: [429, 'Too Many Requests'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  INTEGRATION_TIMEOUT: [503, 'Service Unavailable'],
  INTEGRATION_FAILURE: [503, 'Service Unavailable'],
}

/** The answer of an HTTP API to a problem. */
export function httpProblem({ type, headers }: Problem): WireResponse {
  const [status, text] = answers[type] ?? [500, 'Internal Server Error']
  const answer = message(status, text)
  return headers ? { ...answer, headers: { ...answer.headers, ...headers } } : answer
}
