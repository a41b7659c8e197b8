import type { HeaderValues, WireResponse } from '../kernel/http.ts'
import { message } from './message.ts'
import type { DeployedStage } from './state.ts'
import { substitute, type Variables } from './variables.ts'

/** An answer of the gateway itself instead of the integration's. */
export interface Problem {
  readonly type: ProblemType
  /** Instead of the usual message. */
  readonly message?: string | undefined
  /** Instead of the usual status. */
  readonly status?: number | undefined
  /** Instead of the usual kind of error. */
  readonly errorType?: string | undefined
  /** Written as `Message`, as the service does where IAM or an authorizer refused. */
  readonly capital?: boolean | undefined
  readonly headers?: HeaderValues | undefined
  /** For `$context.error.validationErrorString`. */
  readonly validation?: string | undefined
}

interface Row {
  readonly status: number
  readonly errorType: string
  readonly message: string | null
}

const server = 'Internal server error'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
export const problems = {
  ACCESS_DENIED: row(403, 'AccessDeniedException', 'User is not authorized to access this resource'),
  API_CONFIGURATION_ERROR: row(500, 'InternalServerErrorException', server),
  AUTHORIZER_CONFIGURATION_ERROR: row(500, 'AuthorizerConfigurationException', null),
  AUTHORIZER_FAILURE: row(500, 'AuthorizerFailureException', null),
  BAD_REQUEST_BODY: row(400, 'BadRequestException', 'Invalid request body'),
  BAD_REQUEST_PARAMETERS: row(400, 'BadRequestException', 'Missing required request parameters'),
  DEFAULT_4XX: row(400, 'BadRequestException', 'Bad Request'),
  DEFAULT_5XX: row(500, 'InternalServerErrorException', server),
  EXPIRED_TOKEN: row(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
  INTEGRATION_FAILURE: row(504, 'InternalServerErrorException', server),
  INTEGRATION_TIMEOUT: row(504, 'InternalServerErrorException', 'Endpoint request timed out'),
  INVALID_API_KEY: row(403, 'ForbiddenException', 'Forbidden'),
  INVALID_SIGNATURE: row(403, 'InvalidSignatureException', 'The request signature we calculated does not match'),
  MISSING_AUTHENTICATION_TOKEN: row(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'),
  QUOTA_EXCEEDED: row(429, 'LimitExceededException', 'Limit Exceeded'),
  REQUEST_TOO_LARGE: row(413, 'RequestTooLargeException', 'HTTP content length exceeded 10485760 bytes.'),
  RESOURCE_NOT_FOUND: row(404, 'NotFoundException', 'Not Found'),
  THROTTLED: row(429, 'TooManyRequestsException', 'Too Many Requests'),
  UNAUTHORIZED: row(401, 'UnauthorizedException', 'Unauthorized'),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'UnsupportedMediaTypeException', 'Unsupported Media Type'),
  WAF_FILTERED: row(403, 'ForbiddenException', 'Forbidden'),
} as const
export type ProblemType = keyof typeof problems

/** True for what `admit` and its parts answer instead of going on. */
export function isProblem(value: object | undefined): value is { readonly problem: Problem } {
  return value !== undefined && 'problem' in value
}

/** The answer of a REST API to a problem, as its gateway responses have it. */
export function restProblem(stage: DeployedStage, problem: Problem, variables: Variables): WireResponse {
  const usual = problems[problem.type]
  const status = problem.status ?? usual.status
  const text = problem.message ?? usual.message
  const errorType = problem.errorType ?? usual.errorType
  const fallback = stage.gatewayResponses?.[status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX']
  const own = stage.gatewayResponses?.[problem.type]
  const custom = own ?? fallback
  const plain = problem.capital
    ? { ...message(status, '', errorType), body: JSON.stringify({ Message: text }) }
    : { ...message(status, '', errorType), body: JSON.stringify({ message: text }) }
  const answered = { ...plain, headers: { ...plain.headers, ...problem.headers } }
  if (!custom) return answered
  const values: Variables = {
    ...variables,
    context: {
      ...variables.context,
      'error.message': text ?? undefined,
      'error.messageString': JSON.stringify(text),
      'error.responseType': problem.type,
      // Templates put it between quotes.
      'error.validationErrorString':
        problem.validation === undefined ? undefined : JSON.stringify(problem.validation).slice(1, -1),
    },
  }
  const headers: HeaderValues = { ...answered.headers }
  for (const [name, expression] of Object.entries(custom.responseParameters)) {
    const value = /^'(.*)'$/.exec(expression)?.[1] ?? variables.expression(expression)
    // What the request brought along must not end the header.
    if (value !== undefined && !/[^\t\x20-\x7e\x80-\xff]/.test(value))
      headers[name.slice('gatewayresponse.header.'.length).toLowerCase()] = value
  }
  const [template] = Object.entries(custom.responseTemplates)
  // Without a template the usual body stays.
  if (template) headers['content-type'] = template[0]
  return {
    status: Number(custom.statusCode ?? status),
    headers,
    body: template ? substitute(template[1], values) : answered.body,
  }
}

function row(status: number, errorType: string, text: string | null): Row {
  return { status, errorType, message: text }
}
