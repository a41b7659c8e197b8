import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { arnMatches, parseArnPattern, splitArn } from './arn-pattern.ts'
import { fill, matches, type Pattern, parsePattern, type Resolve } from './pattern.ts'

/**
 * Condition operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */

/** The values of a condition key (lower case) in a request; undefined when the request does not have the key. */
export type ContextLookup = (key: string) => readonly string[] | undefined

export interface Condition {
  readonly operator: string
  readonly key: string
  holds(lookup: ContextLookup, resolve: Resolve): boolean
}

/** Compares one value of the request with one of the policy. */
type Test = (value: string, resolve: Resolve) => boolean
type Compile = (policyValue: string, variables: boolean) => Test

const text =
  (compare: (value: string, wanted: string) => boolean): Compile =>
  (policyValue, variables) => {
    const pattern = parsePattern(policyValue, { wildcards: false, variables })
    return (value, resolve) => {
      const wanted = fill(pattern, resolve)
      return wanted !== undefined && compare(value, wanted)
    }
  }

const like: Compile = (policyValue, variables) => {
  const pattern: Pattern = parsePattern(policyValue, { wildcards: true, variables })
  return (value, resolve) => matches(pattern, value, resolve)
}

const numeric = (compare: (value: number, wanted: number) => boolean): Compile =>
  text((value, wanted) => {
    const [left, right] = [parseNumber(value), parseNumber(wanted)]
    return left !== undefined && right !== undefined && compare(left, right)
  })

const date = (compare: (value: number, wanted: number) => boolean): Compile =>
  text((value, wanted) => {
    const [left, right] = [parseDate(value), parseDate(wanted)]
    return left !== undefined && right !== undefined && compare(left, right)
  })

const arn: Compile = (policyValue, variables) => {
  const pattern = parseArnPattern(policyValue, variables)
  return (value, resolve) => arnMatches(pattern, splitArn(value), resolve)
}

const ip: Compile = (policyValue) => {
  const block = parseBlock(policyValue)
  return (value) => {
    const address = value.startsWith('::ffff:') && isIPv4(value.slice(7)) ? value.slice(7) : value
    if (!block || !(isIPv4(address) || isIPv6(address))) return false
    return block.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}

interface Operator {
  readonly compile: Compile
  /** Holds when no value matches, and when the key is absent. */
  readonly negated?: boolean
}

const equals = text((value, wanted) => value === wanted)
const equalsIgnoringCase = text((value, wanted) => value.toLowerCase() === wanted.toLowerCase())
const numericEquals = numeric((a, b) => a === b)
const dateEquals = date((a, b) => a === b)

const operators: Readonly<Record<string, Operator>> = {
  stringequals: { compile: equals },
  stringnotequals: { compile: equals, negated: true },
  stringequalsignorecase: { compile: equalsIgnoringCase },
  stringnotequalsignorecase: { compile: equalsIgnoringCase, negated: true },
  stringlike: { compile: like },
  stringnotlike: { compile: like, negated: true },
  numericequals: { compile: numericEquals },
  numericnotequals: { compile: numericEquals, negated: true },
  numericlessthan: { compile: numeric((a, b) => a < b) },
  numericlessthanequals: { compile: numeric((a, b) => a <= b) },
  numericgreaterthan: { compile: numeric((a, b) => a > b) },
  numericgreaterthanequals: { compile: numeric((a, b) => a >= b) },
  dateequals: { compile: dateEquals },
  datenotequals: { compile: dateEquals, negated: true },
  datelessthan: { compile: date((a, b) => a < b) },
  datelessthanequals: { compile: date((a, b) => a <= b) },
  dategreaterthan: { compile: date((a, b) => a > b) },
  dategreaterthanequals: { compile: date((a, b) => a >= b) },
  bool: { compile: equalsIgnoringCase },
  binaryequals: { compile: text((value, wanted) => sameBytes(value, wanted)) },
  ipaddress: { compile: ip },
  notipaddress: { compile: ip, negated: true },
  arnequals: { compile: arn },
  arnlike: { compile: arn },
  arnnotequals: { compile: arn, negated: true },
  arnnotlike: { compile: arn, negated: true },
}

/** Compiles one operator and key of a `Condition` block, or undefined when there is no such operator. */
export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition | undefined {
  const split = /^(?:(forallvalues|foranyvalue):)?(.+?)(ifexists)?$/.exec(operator.toLowerCase())
  if (!split) return undefined
  const [, quantifier, name, ifExists] = split
  const lowerKey = key.toLowerCase()
  if (name === 'null' && !quantifier && !ifExists) {
    const wantAbsent = values.some((value) => value.toLowerCase() === 'true')
    return { operator, key: lowerKey, holds: (lookup) => (lookup(lowerKey) === undefined) === wantAbsent }
  }
  const found = Object.hasOwn(operators, name!) ? operators[name!] : undefined
  if (!found) return undefined
  const tests = values.map((value) => found.compile(value, variables))
  const negated = found.negated === true
  const matchesOne = (value: string, resolve: Resolve) => tests.some((test) => test(value, resolve))
  return {
    operator,
    key: lowerKey,
    holds(lookup, resolve) {
      const present = lookup(lowerKey)
      if (present === undefined || present.length === 0) {
        if (ifExists || quantifier === 'forallvalues') return true
        return negated && quantifier === undefined
      }
      if (quantifier === 'forallvalues') return present.every((value) => matchesOne(value, resolve) !== negated)
      if (quantifier === 'foranyvalue') return present.some((value) => matchesOne(value, resolve) !== negated)
      return present.some((value) => matchesOne(value, resolve)) !== negated
    },
  }
}

function parseNumber(value: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return undefined
  return Number(value)
}

/** Epoch milliseconds of a W3C date or of epoch seconds. */
function parseDate(value: string): number | undefined {
  if (/^-?\d{5,13}$/.test(value)) return Number(value) * 1000
  if (!/^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}))?)?)?$/.test(value))
    return undefined
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? undefined : atMs
}

function sameBytes(a: string, b: string): boolean {
  return Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'))
}

/** Addresses of a CIDR block or of one address; undefined when it is neither. */
function parseBlock(value: string): BlockList | undefined {
  const [address, prefix, more] = value.split('/')
  const family = isIPv4(address!) ? 'ipv4' : isIPv6(address!) ? 'ipv6' : undefined
  const most = family === 'ipv4' ? 32 : 128
  if (
    !family ||
    more !== undefined ||
    (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= most))
  ) {
    return undefined
  }
  const block = new BlockList()
  block.addSubnet(address!, prefix === undefined ? most : Number(prefix), family)
  return block
}
