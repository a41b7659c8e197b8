import { isScalar } from '../scalar.ts'
import { invalid, wildcard } from './pattern.ts'
import { leadingRegex, regex } from './regex.ts'

/** Compares a value with the literal of a pattern; numbers as numbers, text with wildcards. */
export type Comparison = (value: unknown) => boolean

export const operators = ['>=', '<=', '!=', '=', '>', '<'] as const
export type Operator = (typeof operators)[number]

/** A comparison of `operator` with a literal as written: `"text*"`, `12.5`, `word`, `%regex%`. */
export function comparison(operator: Operator, literal: string): Comparison {
  const expression = leadingRegex(literal)
  if (expression) {
    if (expression.literal !== literal || (operator !== '=' && operator !== '!='))
      throw invalid(`compares with ${operator} what cannot be: ${literal}`)
    return matching(regex(expression.source), operator)
  }
  const quoted = /^"([\s\S]*)"$/.exec(literal)
  const number = quoted ? Number.NaN : Number(literal)
  if (operator === '=' || operator === '!=') {
    const wanted = operator === '='
    if (!quoted && literal !== '' && !Number.isNaN(number)) return (value) => (numberIn(value) === number) === wanted
    return matching(wildcard(quoted ? quoted[1]!.replaceAll(/\\(.)/g, '$1') : literal), operator)
  }
  if (Number.isNaN(number)) throw invalid(`compares with ${operator} something that is no number: ${literal}`)
  return (value) => {
    const given = numberIn(value)
    if (operator === '>') return given > number
    if (operator === '<') return given < number
    return operator === '>=' ? given >= number : given <= number
  }
}

/** A number, or what a text says as one; NaN for all else: neither null nor a list is 0. */
function numberIn(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
}

function matching(matches: (text: string) => boolean, operator: '=' | '!='): Comparison {
  const wanted = operator === '='
  return (value) => value !== undefined && (isScalar(value) && matches(String(value))) === wanted
}
