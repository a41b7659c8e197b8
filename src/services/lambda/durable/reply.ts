import type { ErrorObject } from '@aws-sdk/client-lambda'
import { errorTooLarge, isErrorTooLarge } from './error-size.ts'

export interface Reply {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'PENDING'
  readonly result?: string | undefined
  readonly error?: ErrorObject | undefined
}

const wrong = (ErrorMessage: string): Reply => ({
  status: 'FAILED',
  error: { ErrorType: 'InvalidParameterValueException', ErrorMessage },
})

/** What a durable function answers an invocation with; anything else has the execution fail, as on Lambda. */
export function readReply(payload: Uint8Array): Reply {
  const { Status, Result, Error: error } = parseObject(payload)
  const result = typeof Result === 'string' ? Result : undefined
  if (Status === 'PENDING') return { status: Status }
  if (Status === 'SUCCEEDED') {
    return error ? wrong('Cannot provide an Error for SUCCEEDED status.') : { status: Status, result }
  }
  if (Status !== 'FAILED') return wrong('Invalid Status in invocation output.')
  if (result !== undefined) return wrong('Cannot provide a Result for FAILED status.')
  const failure = errorObject(error)
  return isErrorTooLarge(failure) ? wrong(errorTooLarge) : { status: Status, error: failure }
}

function errorObject(given: unknown): ErrorObject {
  const { ErrorType, ErrorMessage, ErrorData, StackTrace } = Object(given) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const lines = Array.isArray(StackTrace) ? StackTrace.filter((line) => typeof line === 'string') : undefined
  return {
    ErrorType: text(ErrorType),
    ErrorMessage: text(ErrorMessage),
    ErrorData: text(ErrorData),
    StackTrace: lines,
  }
}

/** In characters, of an error that is longer than is kept. */
const shortened = { type: 1_000, message: 100_000 } as const

/** The error of an invocation that failed, from the document that a failed function answers: what is too long is cut off. */
export function errorOf(payload: Uint8Array): ErrorObject {
  const { errorType, errorMessage, trace, stackTrace } = parseObject(payload)
  const error = errorObject({ ErrorType: errorType, ErrorMessage: errorMessage, StackTrace: trace ?? stackTrace })
  if (!isErrorTooLarge(error)) return error
  return {
    ErrorType: error.ErrorType?.slice(0, shortened.type),
    ErrorMessage: error.ErrorMessage?.slice(0, shortened.message),
  }
}

function parseObject(payload: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // A stream of other bytes: nothing that a durable function answers.
    return {}
  }
}
