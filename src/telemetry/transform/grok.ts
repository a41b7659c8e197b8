import { type Fields, setAt } from './fields.ts'
import { grokPatterns } from './grok-patterns.ts'

const mostPatterns = 20
const reference = /%\{(\w+)(?::([\w.@-]+))?\}/g

/** What is wrong with a grok expression. */
export class GrokError extends Error {
  override name = 'GrokError'
}

/** Takes named parts out of text; undefined when it does not match. */
export type Grok = (text: string) => Fields | undefined

/**
 * Reads a grok expression: a regular expression with patterns by name in it, `%{IP:client} %{WORD:method}`. Parts with
 * a name are taken, those in quotes without them; it may match anywhere. To be used in a worker: it may backtrack
 * without end. Throws GrokError.
 */
export function parseGrok(match: string): Grok {
  const names: string[] = []
  let patterns = 0
  const expand = (text: string, depth: number): string =>
    text.replace(reference, (_all, pattern: string, name: string | undefined) => {
      const source = Object.hasOwn(grokPatterns, pattern) ? grokPatterns[pattern] : undefined
      if (source === undefined) throw new GrokError(`the grok pattern ${pattern} is not known`)
      if (depth === 0 && ++patterns > mostPatterns)
        throw new GrokError(`a grok expression can have at most ${mostPatterns} patterns`)
      const inner = expand(source, depth + 1)
      return name === undefined ? `(?:${inner})` : `(?<part${names.push(name) - 1}>${inner})`
    })
  const source = expand(match, 0)
  if (names.length === 0) throw new GrokError('a grok expression needs a pattern with a field name: %{PATTERN:FIELD}')
  const regex = compile(source)
  return (text) => {
    const groups = regex.exec(text)?.groups
    if (!groups) return undefined
    const fields: Fields = {}
    for (const [index, name] of names.entries()) {
      const part = groups[`part${index}`]
      if (part !== undefined) setAt(fields, name, unquoted(part))
    }
    return fields
  }
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source)
  } catch (error) {
    throw new GrokError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function unquoted(text: string): string {
  return /^(["'])[\s\S]*\1$/.test(text) && text.length > 1 ? text.slice(1, -1) : text
}
