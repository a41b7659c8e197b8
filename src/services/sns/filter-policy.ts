import { compilePattern, type EventPattern, PatternError } from '../../delivery/event-pattern.ts'
import { invalid } from './names.ts'
import type { MessageAttribute, Published, SubscriptionSettings } from './state.ts'

type Scope = NonNullable<SubscriptionSettings['filterScope']>

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const mostKeys = 5
const mostCombinations = 150
const mostBytes = 262_144

/** Compiled policies by their text, of which every message of a topic needs all. */
const compiled = new Map<string, EventPattern>()
const mostCompiled = 10_000

/** Throws InvalidParameter for what is no filter policy of that scope. */
export function checkFilterPolicy(text: string, scope: Scope): void {
  const refuse = (why: string) => invalid(`FilterPolicy: ${why}`)
  if (Buffer.byteLength(text) > mostBytes) throw refuse('Filter policy is too large')
  let policy: unknown
  try {
    policy = JSON.parse(text)
    compilePattern(policy)
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof SyntaxError)) throw error
    throw refuse(error.message)
  }
  const leaves = leavesOf(policy as object)
  if (scope === 'MessageAttributes' && leaves.some(({ depth }) => depth > 1)) {
    throw refuse('Filter policy scope MessageAttributes does not support nested filter policy')
  }
  if (new Set(leaves.map(({ path }) => path)).size > mostKeys) {
    throw refuse(`Filter policy can not have more than ${mostKeys} keys`)
  }
  // Values that are nested count once for each level they are nested in.
  const combinations = leaves.reduce((product, { values, depth }) => product * values * depth, 1)
  if (combinations > mostCombinations) throw refuse('Filter policy is too complex')
}

interface Leaf {
  readonly path: string
  readonly values: number
  readonly depth: number
}

function leavesOf(policy: object, path = '', depth = 1): Leaf[] {
  return Object.entries(policy).flatMap(([name, rule]: [string, unknown]): Leaf[] => {
    if (name === '$or' && Array.isArray(rule)) return rule.flatMap((one: object) => leavesOf(one, path, depth))
    const inner = `${path}.${name}`
    if (Array.isArray(rule)) return [{ path: inner, values: rule.length, depth }]
    return leavesOf(rule as object, inner, depth + 1)
  })
}

/** Whether a subscription wants a message. */
export function wants({ filterPolicy, filterScope }: SubscriptionSettings, published: Published): boolean {
  if (filterPolicy === undefined) return true
  const matches = patternOf(filterPolicy)
  if (filterScope !== 'MessageBody') return matches(attributesEvent(published.attributes))
  const body = parseBody(published.message)
  return body !== undefined && matches(body)
}

function patternOf(text: string): EventPattern {
  const known = compiled.get(text)
  if (known) return known
  const made = compilePattern(JSON.parse(text))
  if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value ?? '')
  compiled.set(text, made)
  return made
}

/** Attributes as an event of the same shape as a policy: numbers and lists as what they are, bytes not at all. */
function attributesEvent(attributes: Readonly<Record<string, MessageAttribute>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { dataType, stringValue }]) => {
      if (stringValue === undefined) return []
      if (dataType === 'String.Array') return [[name, parseArray(stringValue)]]
      return [[name, /^Number(?:\.|$)/.test(dataType) ? Number(stringValue) : stringValue]]
    }),
  )
}

function parseArray(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : text
  } catch {
    // Not JSON: it is matched as the text it is.
    return text
  }
}

function parseBody(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
