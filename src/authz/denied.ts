import type { AccessRequest } from '../kernel/authorization.ts'
import { type AwsError, awsError } from '../kernel/errors.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Decision } from './evaluate.ts'

/** How a service family names the refusal. */
export type DenialStyle = 'json' | 'query' | 'rest-json' | 's3'

const codes: Readonly<Record<DenialStyle, readonly [code: string, status: number]>> = {
  json: ['AccessDeniedException', 400],
  'rest-json': ['AccessDeniedException', 403],
  query: ['AccessDenied', 403],
  s3: ['AccessDenied', 403],
}

/** `User: … is not authorized to perform: sqs:SendMessage on resource: … because no identity-based policy allows the … action`. */
export function denialMessage(
  principal: Principal,
  request: Pick<AccessRequest, 'action' | 'resource'>,
  decision: Decision,
): string {
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn
  const what = `User: ${who} is not authorized to perform: ${request.action} on resource: ${request.resource}`
  if (!decision.reason) return what
  const { kind, policy } = decision.reason
  if (kind === 'implicit') return `${what} because no ${policy} allows the ${request.action} action`
  return `${what} with an explicit deny in ${policy === 'identity-based policy' ? 'an' : 'a'} ${policy}`
}

export function accessDenied(message: string, style: DenialStyle = 'query'): AwsError {
  const [code, status] = codes[style]
  return awsError(code, message, { status })
}

/** A refusal worded for another family of services; any other error as it is. */
export function inStyle(error: unknown, style: DenialStyle): unknown {
  if (!isAccessDenied(error)) return error
  return accessDenied(error.message, style)
}

export function isAccessDenied(error: unknown): error is AwsError {
  return error instanceof Error && (error.name === 'AccessDenied' || error.name === 'AccessDeniedException')
}
