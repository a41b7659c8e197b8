import { type Comparison, comparison, operators } from './condition.ts'
import { type Filter, invalid } from './pattern.ts'

/**
 * `[ip, user, ..., status = 4*, bytes > 1000]`: the fields of a line split at spaces, quotation marks and brackets
 * holding fields together; `...` stands for any number of fields.
 */
export function spacePattern(text: string): Filter {
  if (!text.endsWith(']')) throw invalid('begins with [ but does not end with ]')
  const fields = text
    .slice(1, -1)
    .split(',')
    .map((field) => field.trim())
  const gap = fields.indexOf('...')
  if (gap !== fields.lastIndexOf('...')) throw invalid('has more than one ...')
  const checks = fields.map((field) => (field === '...' ? () => true : fieldCheck(field)))
  return (message) => {
    const values = split(message)
    if (gap === -1) return values.length === checks.length && checks.every((check, index) => check(values[index]))
    const after = checks.length - gap - 1
    if (values.length < gap + after) return false
    return checks.every((check, index) =>
      index === gap ? true : check(index < gap ? values[index] : values[values.length - (checks.length - index)]),
    )
  }
}

/** `name`, `name = value`, or several joined by `&&` / `||` (of which `&&` binds closer). */
function fieldCheck(field: string): Comparison {
  const either = field.split('||').map((part) => {
    const all = part.split('&&').map((term) => oneCheck(term.trim()))
    return (value: unknown) => all.every((check) => check(value))
  })
  return (value) => either.some((check) => check(value))
}

function oneCheck(term: string): Comparison {
  const operator = operators.find((candidate) => term.includes(candidate))
  if (!operator) {
    if (!/^[\w.-]*$/.test(term)) throw invalid(`has a field that is no name: ${term}`)
    return () => true
  }
  return comparison(operator, term.slice(term.indexOf(operator) + operator.length).trim())
}

function split(message: string): string[] {
  return [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}
