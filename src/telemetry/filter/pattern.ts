import { awsError } from '../../kernel/errors.ts'
import { jsonPattern } from './json-pattern.ts'
import { spacePattern } from './space-pattern.ts'
import { termsPattern } from './terms-pattern.ts'

/** Whether a log message matches. */
export type Filter = (message: string) => boolean

const mostCharacters = 1_024
const kept = new Map<string, Filter>()

/**
 * Reads a filter pattern: words, `%a regular expression%`, `{ $.json = conditions }` or `[space, delimited, fields]`. Empty
 * matches everything.
 * Throws InvalidParameterException saying where it is wrong.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilter(text: string): Filter {
  const known = kept.get(text)
  if (known) return known
  if (text.length > mostCharacters) throw invalid(`is longer than ${mostCharacters} characters`)
  const trimmed = text.trim()
  if (regexesIn(trimmed) > mostRegexes) throw invalid(`has more than ${mostRegexes} regular expressions`)
  const filter = trimmed.startsWith('{')
    ? jsonPattern(trimmed)
    : trimmed.startsWith('[')
      ? spacePattern(trimmed)
      : termsPattern(trimmed)
  if (kept.size >= 200) kept.delete(kept.keys().next().value!)
  kept.set(text, filter)
  return filter
}

export function invalid(problem: string): Error {
  return awsError('InvalidParameterException', `Invalid filter pattern: it ${problem}.`)
}

const mostRegexes = 2

/** How many regular expressions a pattern holds that has been read. */
export function regexesIn(text: string): number {
  // What stands between quotation marks is text.
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').match(/(?:^\s*|=\s*)%[^%]*%/g)?.length ?? 0
}

/** Matches text with `*` for any characters, in time linear in its length for each part. */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return (text) => text === pattern
  const first = parts[0]!
  const last = parts.at(-1)!
  const middle = parts.slice(1, -1)
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    const end = text.length - last.length
    for (const part of middle) {
      const found = text.indexOf(part, at)
      if (found === -1 || found + part.length > end) return false
      at = found + part.length
    }
    return at <= end
  }
}
