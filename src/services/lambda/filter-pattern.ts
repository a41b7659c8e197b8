import { invalid } from './errors.ts'

/**
 * Patterns that choose events: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html. A pattern is
 * an object shaped like the event, whose leaves are lists of what a value may be.
 */
export type Pattern = (event: unknown) => boolean

const maxDepth = 32
const malformed = (why: string) => invalid(`Invalid filter pattern definition. ${why}`)

/** Reads a pattern. Throws InvalidParameterValueException when it is not one. */
export function readPattern(text: string): Pattern {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw malformed(`It is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(parsed)) throw malformed('A pattern is a JSON object.')
  return fields(parsed, 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(pattern: Record<string, unknown>, depth: number): Pattern {
  if (depth > maxDepth) throw malformed('It is nested too deeply.')
  const all = Object.entries(pattern).map(([name, rule]): Pattern => {
    if (name === '$or') {
      if (!Array.isArray(rule) || rule.length < 2 || !rule.every(isObject))
        throw malformed('$or takes a list of patterns.')
      const any = rule.map((one) => fields(one, depth + 1))
      return (event) => any.some((matches) => matches(event))
    }
    if (Array.isArray(rule)) {
      if (rule.length === 0) throw malformed(`The list of ${name} is empty.`)
      const any = rule.map((one) => leaf(one))
      // What is not there is undefined, which only `exists` looks for; of a list, one item has to match.
      return (event) => {
        const value = isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined
        const candidates = Array.isArray(value) ? value : [value]
        return any.some((matches) => candidates.some(matches))
      }
    }
    if (!isObject(rule)) throw malformed(`What ${name} may be is given as a list.`)
    const inner = fields(rule, depth + 1)
    return (event) => {
      const value = isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined
      return Array.isArray(value) ? value.some(inner) : inner(value)
    }
  })
  return (event) => all.every((matches) => matches(event))
}

function leaf(rule: unknown): Pattern {
  if (!isObject(rule)) {
    if (Array.isArray(rule)) throw malformed('A list holds values, not lists.')
    return (value) => value === rule
  }
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(rule)
  const make = operators[operator]
  if (!make || more.length > 0) throw malformed(`Unrecognized match type ${operator}.`)
  return make(operand)
}

const operators: Readonly<Record<string, (operand: unknown) => Pattern>> = {
  prefix: (operand) => onText('prefix', operand, (value, text) => value.startsWith(text)),
  suffix: (operand) => onText('suffix', operand, (value, text) => value.endsWith(text)),
  'equals-ignore-case': (operand) =>
    onText('equals-ignore-case', operand, (value, text) => value.toLowerCase() === text.toLowerCase()),
  exists(operand) {
    if (typeof operand !== 'boolean') throw malformed('exists takes true or false.')
    return (value) => (value !== undefined) === operand
  },
  'anything-but'(operand) {
    const inner = isObject(operand) ? [leaf(operand)] : (Array.isArray(operand) ? operand : [operand]).map(leaf)
    return (value) => value !== undefined && !inner.some((matches) => matches(value))
  },
  numeric(operand) {
    if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
      throw malformed('numeric takes a list of comparisons and numbers.')
    }
    const tests: ((value: number) => boolean)[] = []
    for (let at = 0; at < operand.length; at += 2) {
      const compare = comparisons[String(operand[at])]
      const bound: unknown = operand[at + 1]
      if (!compare || typeof bound !== 'number') throw malformed('numeric takes a list of comparisons and numbers.')
      tests.push((value) => compare(value, bound))
    }
    return (value) => typeof value === 'number' && tests.every((passes) => passes(value))
  },
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function onText(name: string, operand: unknown, test: (value: string, text: string) => boolean): Pattern {
  if (typeof operand !== 'string') throw malformed(`${name} takes a string.`)
  return (value) => typeof value === 'string' && test(value, operand)
}
