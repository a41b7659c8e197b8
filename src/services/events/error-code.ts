import { isAwsError } from '../../kernel/errors.ts'

const errorCodes: Readonly<Record<string, string>> = {
  AccessDenied: 'NO_PERMISSIONS',
  AccessDeniedException: 'NO_PERMISSIONS',
  ResourceNotFoundException: 'NO_RESOURCE',
  QueueDoesNotExist: 'NO_RESOURCE',
  InvalidParameterValue: 'INVALID_PARAMETER',
}

/** As dead-letter queues and logs say why a target did not take an event. */
export function errorCodeOf(error: unknown): string {
  const code = isAwsError(error) ? error.code : 'InternalError'
  return errorCodes[code] ?? code
}
