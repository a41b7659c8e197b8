import { compilePattern, type EventPattern, PatternError } from '../../delivery/event-pattern.ts'
import { awsError } from '../../kernel/errors.ts'

/** Compiled patterns by their text, of which every event of a bus needs all. */
const compiled = new Map<string, EventPattern>()
const mostCompiled = 10_000

/** The pattern of a text. Throws InvalidEventPatternException. */
export function patternOf(text: string): EventPattern {
  const known = compiled.get(text)
  if (known) return known
  const made = compile(text)
  if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value ?? '')
  compiled.set(text, made)
  return made
}

function compile(text: string): EventPattern {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && Object.keys(parsed).length === 0) {
      throw new PatternError('Empty patterns are not allowed.')
    }
    return compilePattern(parsed)
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof SyntaxError)) throw error
    throw awsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`)
  }
}
