import type { InvocationResponse } from '@aws-sdk/client-lambda'

/** What a function answered, as it is shown. */
export interface InvokeAnswer {
  readonly status: number | undefined
  /** `Handled` or `Unhandled` when the function failed. */
  readonly error: string | undefined
  readonly version: string | undefined
  /** Parsed where it is JSON. */
  readonly payload: unknown
  readonly log: string | undefined
}

export function readAnswer(answer: InvocationResponse): InvokeAnswer {
  const payload = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : ''
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    payload: payload && asJson(payload),
    log: answer.LogResult === undefined ? undefined : Buffer.from(answer.LogResult, 'base64').toString('utf8'),
  }
}

/** The value of a JSON text; a function may answer with something else, and then the text itself is the answer. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function pretty(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
