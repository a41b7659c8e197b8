import { isScalar } from '../scalar.ts'
import { jsonSelectors, valuesAt, wholePath } from './json-pattern.ts'
import { invalid } from './pattern.ts'
import { spaceFields } from './space-pattern.ts'

/** Takes one value out of a message: undefined when it is not there, or is no single value. */
export type Extract = (message: string) => string | undefined

/**
 * Reads where a value is in the messages that a pattern is about: `$.ms` with one on JSON, `$bytes` with one on fields.
 * Throws InvalidParameterException for what the pattern does not know.
 */
export function parseExtract(pattern: string, selector: string): Extract {
  const text = pattern.trim()
  if (text.startsWith('{')) {
    const path = wholePath(selector)
    return (message) => {
      const document = parsed(message)
      const [value] = document === undefined ? [] : valuesAt(document, path)
      return isScalar(value) ? String(value) : undefined
    }
  }
  if (text.startsWith('[')) {
    const fields = spaceFields(text)
    return (message) => fields(message)[selector]
  }
  throw invalid(`is of words, which have no value ${selector}`)
}

/** All values that a pattern names, of a message that matches it; for TestMetricFilter. */
export function parseExtracts(pattern: string): (message: string) => Record<string, string> {
  const text = pattern.trim()
  if (text.startsWith('[')) return spaceFields(text)
  if (!text.startsWith('{')) return () => ({})
  const selectors = jsonSelectors(text).map((selector) => [selector, parseExtract(text, selector)] as const)
  return (message) =>
    Object.fromEntries(
      selectors.flatMap(([selector, extract]) => {
        const value = extract(message)
        return value === undefined ? [] : [[selector, value]]
      }),
    )
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    // Not JSON: it has no members.
    return undefined
  }
}
