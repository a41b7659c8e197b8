import { validateHeaderName, validateHeaderValue } from 'node:http'
import { awsError } from '../kernel/errors.ts'

/**
 * A path whose `*` stand for values, in order. Throws InvalidParameterValue for a value that would lead to another path
 * than the endpoint's.
 */
export function fillPath(path: string, given: readonly string[]): string {
  const values = given.values()
  return path.replaceAll('*', () => segment(values.next().value ?? ''))
}

function segment(value: string): string {
  if (value === '.' || value === '..') throw wrong('A value for the path is . or .., which names another path.')
  return encodeURIComponent(value)
}

/** Throws InvalidParameterValue for what no request can have: it says nothing of the endpoint, and does not change. */
export function checkHeaders(headers: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, String(value))
    } catch (cause) {
      throw wrong(`The header ${name.slice(0, 100)} has a name or a value that no header can have.`, cause)
    }
  }
}

function wrong(message: string, cause?: unknown): Error {
  return awsError('InvalidParameterValue', message, { cause })
}
