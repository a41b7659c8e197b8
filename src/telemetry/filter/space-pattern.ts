import { type Comparison, comparison, operators } from './condition.ts'
import { type Filter, invalid } from './pattern.ts'

/**
 * `[ip, user, ..., status = 4*, bytes > 1000]`: the fields of a line split at spaces, quotation marks and brackets
 * holding fields together; `...` stands for any number of fields.
 */
export function spacePattern(text: string): Filter {
  if (!text.endsWith(']')) throw invalid('begins with [ but does not end with ]')
  const fields = cut(text.slice(1, -1), ',').map((field) => field.trim())
  const gap = fields.indexOf('...')
  if (gap !== fields.lastIndexOf('...')) throw invalid('has more than one ...')
  const checks = fields.map((field) => (field === '...' ? () => true : fieldCheck(field)))
  return (message) => {
    const values = splitFields(message)
    if (gap === -1) return values.length === checks.length && checks.every((check, index) => check(values[index]))
    const after = checks.length - gap - 1
    if (values.length < gap + after) return false
    return checks.every((check, index) =>
      index === gap ? true : check(index < gap ? values[index] : values[values.length - (checks.length - index)]),
    )
  }
}

/** The fields of a line by the names that a pattern gives them: `$ip`, or `$1` for those without a name. */
export function spaceFields(text: string): (message: string) => Record<string, string> {
  const fields = cut(text.slice(1, -1), ',').map((field) => field.trim())
  const gap = fields.indexOf('...')
  const names = fields.map((field) => /^[\w.-]+/.exec(field)?.[0])
  return (message) => {
    const values = splitFields(message)
    const found: Record<string, string> = {}
    for (const [index, name] of names.entries()) {
      if (index === gap) continue
      const at = gap === -1 || index < gap ? index : values.length - (fields.length - index)
      const value = values[at]
      if (value !== undefined) found[`$${name ?? at + 1}`] = value
    }
    return found
  }
}

/** `name`, `name = value`, or several joined by `&&` / `||` (of which `&&` binds closer). */
function fieldCheck(field: string): Comparison {
  const either = cut(field, '||').map((part) => {
    const all = cut(part, '&&').map((term) => oneCheck(term.trim()))
    return (value: unknown) => all.every((check) => check(value))
  })
  return (value) => either.some((check) => check(value))
}

function oneCheck(term: string): Comparison {
  const name = /^[^=!<>"%]*/.exec(term)?.[0] ?? ''
  const rest = term.slice(name.length)
  const operator = operators.find((candidate) => rest.startsWith(candidate))
  if (!/^[\w.-]*$/.test(name.trim()) || (!operator && rest !== '')) {
    throw invalid(`has a field that is no name: ${term}`)
  }
  return operator ? comparison(operator, rest.slice(operator.length).trim()) : () => true
}

/** The parts between separators that are not within quotation marks, or the percent signs of a regular expression. */
function cut(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  let within: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (within === '"' && character === '\\') at++
    else if (within !== undefined) within = character === within ? undefined : within
    else if (character === '"' || (character === '%' && /=\s*$/.test(text.slice(from, at)))) within = character
    else if (text.startsWith(separator, at)) {
      parts.push(text.slice(from, at))
      at += separator.length - 1
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

/** The fields of a line. One pass over it: what is opened and not closed is looked for once. */
export function splitFields(message: string): string[] {
  const fields: string[] = []
  const last = { '"': message.lastIndexOf('"'), '[': message.lastIndexOf(']') }
  const bare = /\S+/y
  for (let at = 0; at < message.length; ) {
    const opening = message[at]
    if ((opening === '"' || opening === '[') && last[opening] > at) {
      const end = message.indexOf(opening === '"' ? '"' : ']', at + 1)
      fields.push(message.slice(at + 1, end))
      at = end + 1
    } else if (opening?.trim() === '') at++
    else {
      bare.lastIndex = at
      fields.push(bare.exec(message)?.[0] ?? '')
      at = bare.lastIndex
    }
  }
  return fields
}
