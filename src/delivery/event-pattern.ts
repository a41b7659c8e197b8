import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * Patterns that choose events, of EventBridge rules, event source mappings and filter policies: an object shaped like
 * the event, whose leaves are lists of what a value may be.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * A pattern is compiled once; matching takes time linear in the event times the pattern, whatever they hold: no regular
 * expressions, no expansion of `$or`.
 */
export type EventPattern = (event: unknown) => boolean

/** Why a text or value is no pattern; the service that was given it says so in its own words. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

const maxDepth = 32
/** Values and conditions of one pattern. Its text is bounded by whoever takes it (4 KB as a rule). */
const maxRules = 5_000
/** Numbers are compared within these bounds, as EventBridge does. */
const maxNumber = 5e9

/** Compiles a pattern from JSON text. Throws PatternError. */
export function parsePattern(text: string): EventPattern {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new PatternError(`It is not JSON: ${(error as Error).message}`)
  }
  return compilePattern(parsed)
}

/** Compiles a pattern that is parsed already. Throws PatternError. */
export function compilePattern(pattern: unknown): EventPattern {
  if (!isObject(pattern)) throw new PatternError('A pattern is a JSON object.')
  return fields(pattern, 0, { rules: 0 })
}

interface Budget {
  rules: number
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(pattern: Record<string, unknown>, depth: number, budget: Budget): EventPattern {
  if (depth > maxDepth) throw new PatternError('It is nested too deeply.')
  const all = Object.entries(pattern).map(([name, rule]) =>
    name === '$or' ? either(rule, depth, budget) : field(name, rule, depth, budget),
  )
  return (event) => all.every((matches) => matches(event))
}

function either(rule: unknown, depth: number, budget: Budget): EventPattern {
  if (!Array.isArray(rule) || rule.length < 2 || !rule.every(isObject)) {
    throw new PatternError('$or takes a list of two patterns or more.')
  }
  const any = rule.map((one) => fields(one, depth + 1, budget))
  return (event) => any.some((matches) => matches(event))
}

function field(name: string, rule: unknown, depth: number, budget: Budget): EventPattern {
  const named = (event: unknown) => (isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined)
  if (Array.isArray(rule)) {
    if (rule.length === 0) throw new PatternError(`The list of ${name} is empty.`)
    budget.rules += rule.length
    if (budget.rules > maxRules) throw new PatternError(`It has more than ${maxRules} values.`)
    const any = rule.map(condition)
    return (event) => {
      const candidates = leaves(named(event))
      return any.some((matches) => candidates.some(matches))
    }
  }
  if (!isObject(rule)) throw new PatternError(`What ${name} may be is given as a list.`)
  const inner = fields(rule, depth + 1, budget)
  // Of a list of objects, one has to match in all fields.
  return (event) => {
    const value = named(event)
    return Array.isArray(value) ? value.some(inner) : inner(value)
  }
}

/** The values that conditions look at: of a list, each; undefined for what is not there, or is an object. */
function leaves(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [isObject(value) ? undefined : value]
  const found = value.flat(maxDepth).filter((one) => !isObject(one))
  return found.length > 0 ? found : [undefined]
}

function condition(rule: unknown): EventPattern {
  if (Array.isArray(rule)) throw new PatternError('A list holds values, not lists.')
  if (!isObject(rule)) return (value) => value === rule
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(rule)
  const make = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!make || more.length > 0) throw new PatternError(`Unrecognized match type ${operator}.`)
  return make(operand)
}

type TextTest = (value: string) => boolean

const operators: Readonly<Record<string, (operand: unknown) => EventPattern>> = {
  prefix: (operand) => onText(affix('prefix', operand)),
  suffix: (operand) => onText(affix('suffix', operand)),
  'equals-ignore-case': (operand) => onText(sameLetters(operand)),
  wildcard: (operand) => onText(wildcard(operand)),
  cidr: (operand) => onText(cidr(operand)),
  'anything-but': anythingBut,
  numeric,
  exists(operand) {
    if (typeof operand !== 'boolean') throw new PatternError('exists takes true or false.')
    return (value) => (value !== undefined) === operand
  },
}

function onText(test: TextTest): EventPattern {
  return (value) => typeof value === 'string' && test(value)
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new PatternError(`${operator} takes a string.`)
  return operand
}

function affix(operator: 'prefix' | 'suffix', operand: unknown): TextTest {
  const ignoresCase = isObject(operand) && Object.keys(operand).join() === 'equals-ignore-case'
  const fold = ignoresCase ? (value: string) => value.toLowerCase() : (value: string) => value
  const wanted = fold(text(operator, ignoresCase ? operand['equals-ignore-case'] : operand))
  return operator === 'prefix' ? (value) => fold(value).startsWith(wanted) : (value) => fold(value).endsWith(wanted)
}

function sameLetters(operand: unknown): TextTest {
  const wanted = text('equals-ignore-case', operand).toLowerCase()
  return (value) => value.toLowerCase() === wanted
}

/** `*` stands for any characters, also none; `\*` and `\\` for themselves. */
function wildcard(operand: unknown): TextTest {
  const parts = ['']
  const source = text('wildcard', operand)
  for (let at = 0; at < source.length; at++) {
    let character = source[at] as string
    if (character === '*') {
      if (source[at + 1] === '*') throw new PatternError('Consecutive wildcard characters are not allowed.')
      parts.push('')
      continue
    }
    if (character === '\\') {
      character = source[++at] ?? ''
      if (character !== '*' && character !== '\\') throw new PatternError('Invalid escape character in a wildcard.')
    }
    parts[parts.length - 1] += character
  }
  const first = parts[0] as string
  if (parts.length === 1) return (value) => value === first
  const last = parts.at(-1) as string
  const middle = parts.slice(1, -1)
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false
    let from = first.length
    for (const part of middle) {
      // The earliest place leaves the most to the parts that follow, so no other has to be tried.
      const found = value.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    return from <= value.length - last.length
  }
}

function cidr(operand: unknown): TextTest {
  const [address = '', bits = '', ...more] = text('cidr', operand).split('/')
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  const most = family === 'ipv4' ? 32 : 128
  if (!family || !/^\d{1,3}$/.test(bits) || Number(bits) > most || more.length > 0) {
    throw new PatternError('Malformed CIDR, must have form address/bits.')
  }
  const block = new BlockList()
  block.addSubnet(address, Number(bits), family)
  return (value) => (family === 'ipv4' ? isIPv4(value) : isIPv6(value)) && block.check(value, family)
}

function anythingBut(operand: unknown): EventPattern {
  if (isObject(operand)) {
    const [[operator, inner] = ['', undefined], ...more] = Object.entries(operand)
    const make = Object.hasOwn(textTests, operator) ? textTests[operator] : undefined
    if (!make || more.length > 0) throw new PatternError(`Unsupported anything-but pattern: ${operator}.`)
    const tests = some('anything-but', inner).map(make)
    return (value) => value !== undefined && !(typeof value === 'string' && tests.some((test) => test(value)))
  }
  const values = some('anything-but', operand)
  const kinds = new Set(values.map((value) => typeof value))
  if (kinds.size > 1 || values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new PatternError('Inside anything-but, there are either strings or numbers.')
  }
  const excluded = new Set(values)
  return (value) => value !== undefined && !excluded.has(value)
}

/** What `anything-but` may turn round. */
const textTests: Readonly<Record<string, (operand: unknown) => TextTest>> = {
  prefix: (operand) => affix('prefix', operand),
  suffix: (operand) => affix('suffix', operand),
  'equals-ignore-case': sameLetters,
  wildcard,
}

function some(operator: string, operand: unknown): readonly unknown[] {
  const list = Array.isArray(operand) ? operand : [operand]
  if (list.length === 0 || list.length > maxRules)
    throw new PatternError(`${operator} takes a value or a list of some.`)
  return list
}

function numeric(operand: unknown): EventPattern {
  const malformed = () => new PatternError('numeric takes a list of comparisons and numbers.')
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) throw malformed()
  const tests: ((value: number) => boolean)[] = []
  for (let at = 0; at < operand.length; at += 2) {
    const name: unknown = operand[at]
    const compare = typeof name === 'string' && Object.hasOwn(comparisons, name) ? comparisons[name] : undefined
    const bound: unknown = operand[at + 1]
    if (!compare || typeof bound !== 'number') throw malformed()
    if (Math.abs(bound) > maxNumber) throw new PatternError(`Numbers are from -${maxNumber} to ${maxNumber}.`)
    tests.push((value) => compare(value, bound))
  }
  return (value) => typeof value === 'number' && Math.abs(value) <= maxNumber && tests.every((passes) => passes(value))
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}
