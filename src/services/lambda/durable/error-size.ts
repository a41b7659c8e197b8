import type { ErrorObject } from '@aws-sdk/client-lambda'
import { durableLimits } from './limits.ts'
import { sizeOf } from './payloads.ts'

export const errorTooLarge = `Error object size must be less than or equal to ${durableLimits.errorBytes} bytes.`

/** Whether an error is larger than is taken, or could be kept. */
export function isErrorTooLarge(error: ErrorObject | undefined): boolean {
  return sizeOf(JSON.stringify(error)) > durableLimits.errorBytes
}
