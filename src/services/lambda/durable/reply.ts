import type { ErrorObject } from '@aws-sdk/client-lambda'

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
  return { status: Status, error: errorObject(error) }
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

/** The error of an invocation that failed, from the document that a failed function answers. */
export function errorOf(payload: Uint8Array): ErrorObject {
  const { errorType, errorMessage, trace, stackTrace } = parseObject(payload)
  return errorObject({ ErrorType: errorType, ErrorMessage: errorMessage, StackTrace: trace ?? stackTrace })
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
