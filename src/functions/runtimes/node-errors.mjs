// Errors as Lambda's Node runtimes tell them.
import { types } from 'node:util'

/** An error as the caller of the function sees it. */
export function describe(error) {
  try {
    if (isError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack).split('\n'),
      }
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] }
  } catch {
    const problem = 'there was a problem while retrieving one or more of its message, name, and stack'
    return { errorType: 'handled', errorMessage: `callback called with Error argument, but ${problem}`, trace: [] }
  }
}

export function isError(error) {
  return (
    types.isNativeError(error) ||
    (typeof error?.name === 'string' && typeof error.message === 'string' && typeof error.stack === 'string')
  )
}

/** DEL is no character that an answer may have. */
const printable = (text) => String(text ?? '').replaceAll('\x7f', '%7F')

/** A failure that the runtime words itself. */
export class RuntimeError extends Error {
  constructor(errorType, message, stack) {
    super(message)
    Object.defineProperty(this, 'name', { value: errorType })
    this.stack = stack ?? `${errorType}: ${message}`
  }
}
