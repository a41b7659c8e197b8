import type { ThrottleReason } from '@aws-sdk/client-lambda'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { type FunctionName, functionArn } from './names.ts'

const user = { members: { Type: 'User' } }

export const invalid = (message: string): AwsError => awsError('InvalidParameterValueException', message, user)
export const conflict = (message: string): AwsError => awsError('ResourceConflictException', message, user)
export const notFound = (message: string): AwsError => awsError('ResourceNotFoundException', message, user)

export function functionNotFound(name: FunctionName): AwsError {
  return notFound(`Function not found: ${functionArn(name)}`)
}

/** A parameter of the API that nothing here could honour. */
export function unsupported(parameter: string, why: string): AwsError {
  return invalid(`${parameter} is not supported here: ${why}`)
}

export function revisionMismatch(): AwsError {
  return awsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    user,
  )
}

export function constraint(value: unknown, at: string, rule: string): AwsError {
  const shown = typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
  return awsError(
    'ValidationException',
    `1 validation error detected: Value '${shown}' at '${at}' failed to satisfy constraint: ${rule}`,
    { status: 400 },
  )
}

export function tooManyRequests(reason: ThrottleReason): AwsError {
  // The one of them whose words are others: https://github.com/fyoorer/ShadowClone/issues/46
  const message = reason === 'CallerRateLimitExceeded' ? 'Rate exceeded' : 'Rate Exceeded.'
  return awsError('TooManyRequestsException', message, {
    members: { Type: 'User', Reason: reason },
    // In seconds: places become free as requests end, and a second's requests with the second.
    headers: { 'retry-after': '1' },
  })
}

export function requestTooLarge(maxBytes: number, operation: string): AwsError {
  return awsError(
    'RequestTooLargeException',
    `Request must be smaller than ${maxBytes} bytes for the ${operation} operation`,
    user,
  )
}
