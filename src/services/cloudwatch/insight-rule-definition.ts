import { awsError } from '../../kernel/errors.ts'
import { type Path, valuesAt, wholePath } from '../../telemetry/filter/json-pattern.ts'
import { splitFields } from '../../telemetry/filter/space-pattern.ts'

/** What an event is to a rule: who contributed, and how much. */
export interface Contribution {
  readonly keys: readonly string[]
  readonly value: number
}

/** A rule's definition, read. */
export interface Definition {
  /** Names of log groups; one that ends with `*` stands for all that begin so. */
  readonly groups: readonly string[]
  readonly keys: readonly string[]
  readonly aggregate: 'Count' | 'Sum'
  /** Undefined for an event that the rule is not about: a filter, a key or the value is not there. */
  contribution(message: string): Contribution | undefined
}

/** The value of one field of an event. */
type Field = (event: unknown) => unknown
type Check = (event: unknown) => boolean

const mostGroups = 100
const mostKeys = 4
const mostFilters = 4
const mostValues = 10
const aboutText = ['In', 'NotIn', 'StartsWith'] as const
const aboutNumbers: Readonly<Record<string, (value: number, than: number) => boolean>> = {
  GreaterThan: (value, than) => value > than,
  LessThan: (value, than) => value < than,
  EqualTo: (value, than) => value === than,
  NotEqualTo: (value, than) => value !== than,
}

/**
 * Reads a rule. Throws InvalidParameterValue saying what is wrong.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
 */
export function readDefinition(text: string): Definition {
  const given = objectOf(parsed(text), 'RuleDefinition')
  only(given, ['Schema', 'LogGroupNames', 'LogGroupARNs', 'LogFormat', 'Fields', 'Contribution', 'AggregateOn'])
  const schema = objectOf(given.Schema, 'Schema')
  if (schema.Name !== 'CloudWatchLogRule' || schema.Version !== 1)
    throw wrong('Schema must be {"Name": "CloudWatchLogRule", "Version": 1}')
  if (given.LogGroupARNs !== undefined)
    throw wrong('LogGroupARNs needs cross-account observability, which Landfall does not have: use LogGroupNames')
  const groups = textsOf(given.LogGroupNames, 'LogGroupNames', mostGroups)
  const format = given.LogFormat
  if (format !== 'JSON' && format !== 'CLF') throw wrong('LogFormat must be JSON or CLF')
  if (format === 'JSON' && given.Fields !== undefined) throw wrong('Fields is for the LogFormat CLF')
  const field = format === 'JSON' ? jsonField : lineField(given.Fields)
  const contribution = objectOf(given.Contribution, 'Contribution')
  only(contribution, ['Keys', 'ValueOf', 'Filters'])
  const keys = textsOf(contribution.Keys, 'Keys', mostKeys)
  const aggregate = given.AggregateOn
  if (aggregate !== 'Count' && aggregate !== 'Sum') throw wrong('AggregateOn must be Count or Sum')
  if ((aggregate === 'Sum') !== (contribution.ValueOf !== undefined))
    throw wrong('ValueOf must be given with an AggregateOn of Sum, and with no other')
  const keyFields = keys.map(field)
  const valueField = contribution.ValueOf === undefined ? undefined : field(textOf(contribution.ValueOf, 'ValueOf'))
  const checks = readFilters(contribution.Filters, field)
  const read = format === 'JSON' ? parsed : splitFields
  return {
    groups,
    keys,
    aggregate,
    contribution(message) {
      const event = read(message)
      if (event === undefined || !checks.every((check) => check(event))) return undefined
      const values = keyFields.map((of) => scalar(of(event)))
      const value = valueField ? numberOf(valueField(event)) : 1
      if (value === undefined || values.includes(undefined)) return undefined
      return { keys: values.filter((one) => one !== undefined), value }
    },
  }
}

function jsonField(selector: string): Field {
  let path: Path
  try {
    path = wholePath(selector)
  } catch {
    throw wrong(`${selector.slice(0, 100)} must name a member, as $.name does`)
  }
  return (event) => valuesAt(event, path)[0]
}

/** `{"4": "ip"}`: names of the fields of a line, which are counted from 1. */
function lineField(given: unknown): (name: string) => Field {
  const places = new Map<string, number>()
  for (const [place, name] of Object.entries(objectOf(given, 'Fields'))) {
    if (!/^[1-9]\d{0,3}$/.test(place)) throw wrong('Fields must have numbers from 1 as names')
    places.set(textOf(name, 'Fields'), Number(place) - 1)
  }
  return (name) => {
    const place = places.get(name)
    if (place === undefined) throw wrong(`${name.slice(0, 100)} is not one of Fields`)
    return (event) => (event as readonly string[])[place]
  }
}

function readFilters(given: unknown, field: (name: string) => Field): Check[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length > mostFilters)
    throw wrong(`Filters must be a list of at most ${mostFilters}`)
  return given.map((one: unknown) => {
    const { Match, ...rest } = objectOf(one, 'Filters')
    const of = field(textOf(Match, 'Match'))
    const [[operator, operand] = ['', undefined], ...more] = Object.entries(rest)
    if (more.length > 0) throw wrong('Each of Filters has Match and one operator')
    return checkFor(of, operator, operand)
  })
}

function checkFor(of: Field, operator: string, operand: unknown): Check {
  if (operator === 'IsPresent') {
    if (typeof operand !== 'boolean') throw wrong('IsPresent must be true or false')
    return (event) => (of(event) !== undefined) === operand
  }
  const compare = Object.hasOwn(aboutNumbers, operator) ? aboutNumbers[operator] : undefined
  if (compare) {
    if (typeof operand !== 'number') throw wrong(`${operator} must be a number`)
    return (event) => {
      const value = numberOf(of(event))
      return value !== undefined && compare(value, operand)
    }
  }
  const known = aboutText.find((name) => name === operator)
  if (!known)
    throw wrong(`Each of Filters needs one of ${[...aboutText, ...Object.keys(aboutNumbers), 'IsPresent'].join(', ')}`)
  const values = textsOf(operand, operator, mostValues)
  return (event) => {
    const value = scalar(of(event))
    if (value === undefined) return false
    if (known === 'StartsWith') return values.some((start) => value.startsWith(start))
    return values.includes(value) === (known === 'In')
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: what reads it says so, or passes the event by.
    return undefined
  }
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
  return Number.isFinite(number) ? number : undefined
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(`${what} must be a JSON object`)
  return value as Record<string, unknown>
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw wrong(`${what} must be text`)
  return value
}

function textsOf(value: unknown, what: string, most: number): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw wrong(`${what} must be a list of 1 to ${most} texts`)
  return value.map((one) => textOf(one, what))
}

function only(given: Record<string, unknown>, names: readonly string[]): void {
  for (const name of Object.keys(given)) if (!names.includes(name)) throw wrong(`${name.slice(0, 100)} is not known`)
}

function wrong(problem: string): Error {
  return awsError('InvalidParameterValue', `The rule definition is not valid: ${problem}.`)
}
