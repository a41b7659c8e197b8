import { nestsWithin } from '../kernel/nesting.ts'
import { decodePath } from './event-v2.ts'
import { mostLevels } from './nesting.ts'

/**
 * JSON Schema draft 4, as far as models of APIs use it: every validation keyword but `format`, which says something
 * to readers only; references within the schema and to other models of the API. Bounded in depth and steps, which the
 * published validators are not; those that are kept also take another package for draft 4.
 */
export interface SchemaSource {
  /** The schema of another model of the API, by name. */
  model(name: string): unknown
}

/** Schemas of an API's models, as JSON text, by name. */
export type Models = Readonly<Record<string, string>>

/** The models of an API, each read when it is first asked for. */
export function modelSource(models: Models): SchemaSource {
  const read = new Map<string, unknown>()
  return {
    model(name) {
      if (!Object.hasOwn(models, name)) return undefined
      // Checked when it was stored; an empty one says nothing.
      if (!read.has(name)) read.set(name, models[name] ? JSON.parse(models[name]) : {})
      return read.get(name)
    },
  }
}

type Schema = Readonly<Record<string, unknown>>

const mostSteps = 200_000
const mostDepth = 100
const mostProblems = 10

/** What is wrong with `value` by the schema, in words; nothing when it is good. */
export function violations(schema: unknown, value: unknown, source: SchemaSource): string[] {
  // What is compared is written down first, which goes down by calls.
  if (!nestsWithin(value, mostLevels)) return [`instance is nested deeper than ${mostLevels} levels`]
  const run: Run = { root: schema, source, steps: 0, found: [] }
  check(schema, value, run, 0)
  return run.found
}

interface Run {
  root: unknown
  readonly source: SchemaSource
  steps: number
  readonly found: string[]
}

function check(given: unknown, value: unknown, run: Run, depth: number): void {
  if (!isSchema(given) || run.found.length >= mostProblems) return
  if (++run.steps > mostSteps || depth > mostDepth) {
    run.found.push('the schema is too deep to be checked')
    return
  }
  if (typeof given.$ref === 'string') {
    checkReference(given.$ref, value, run, depth)
    return
  }
  checkType(given, value, run)
  if (Array.isArray(given.enum) && !given.enum.some((one) => same(one, value)))
    run.found.push(
      `instance value (${brief(value)}) not found in enum (possible values: ${JSON.stringify(given.enum)})`,
    )
  if (typeof value === 'number') checkNumber(given, value, run)
  if (typeof value === 'string') checkText(given, value, run)
  if (Array.isArray(value)) checkList(given, value, run, depth)
  else if (isSchema(value)) checkObject(given, value, run, depth)
  checkCombined(given, value, run, depth)
}

function checkReference(reference: string, value: unknown, run: Run, depth: number): void {
  const name = /\/models\/(\w+)$/.exec(reference.split('#', 1)[0]!)?.[1]
  const root = name === undefined ? run.root : run.source.model(name)
  let schema: unknown = root
  for (const part of (reference.split('#')[1] ?? '').split('/').filter(Boolean)) {
    const key = decodePath(part).replaceAll('~1', '/').replaceAll('~0', '~')
    schema = isSchema(schema) && Object.hasOwn(schema, key) ? schema[key] : undefined
  }
  if (schema === undefined) {
    run.found.push(`the reference ${reference.slice(0, 200)} cannot be resolved`)
    return
  }
  const before = run.root
  run.root = root
  check(schema, value, run, depth + 1)
  run.root = before
}

function checkType({ type }: Schema, value: unknown, run: Run): void {
  if (type === undefined) return
  const allowed = [type].flat()
  const actual = typeOf(value)
  if (allowed.includes(actual) || (actual === 'integer' && allowed.includes('number'))) return
  run.found.push(
    `instance type (${actual}) does not match any allowed primitive type (allowed: ${JSON.stringify(allowed)})`,
  )
}

function checkNumber(schema: Schema, value: number, run: Run): void {
  const { minimum, maximum, multipleOf } = schema
  if (typeof minimum === 'number' && (value < minimum || (schema.exclusiveMinimum === true && value === minimum)))
    run.found.push(`numeric instance is lower than the required minimum (minimum: ${minimum}, found: ${value})`)
  if (typeof maximum === 'number' && (value > maximum || (schema.exclusiveMaximum === true && value === maximum)))
    run.found.push(`numeric instance is greater than the required maximum (maximum: ${maximum}, found: ${value})`)
  if (typeof multipleOf === 'number' && multipleOf > 0) {
    const quotient = value / multipleOf
    if (Math.abs(quotient - Math.round(quotient)) > 1e-9)
      run.found.push(`remainder of division is not zero (${value} / ${multipleOf})`)
  }
}

function checkText(schema: Schema, value: string, run: Run): void {
  const { minLength, maxLength, pattern } = schema
  // By characters, counted without a list of them: a body may be one string of megabytes.
  let length = 0
  for (const _ of value) length++
  if (typeof minLength === 'number' && length < minLength)
    run.found.push(`string "${brief(value)}" is too short (length: ${length}, required minimum: ${minLength})`)
  if (typeof maxLength === 'number' && length > maxLength)
    run.found.push(`string "${brief(value)}" is too long (length: ${length}, maximum allowed: ${maxLength})`)
  if (typeof pattern === 'string' && !regex(pattern)?.test(value))
    run.found.push(`ECMA 262 regex "${pattern}" does not match input string "${brief(value)}"`)
}

function checkList(schema: Schema, value: readonly unknown[], run: Run, depth: number): void {
  const { items, minItems, maxItems } = schema
  if (typeof minItems === 'number' && value.length < minItems)
    run.found.push(`array is too short: must have at least ${minItems} elements but instance has ${value.length}`)
  if (typeof maxItems === 'number' && value.length > maxItems)
    run.found.push(`array is too long: must have at most ${maxItems} elements but instance has ${value.length}`)
  if (schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length)
    run.found.push('array must not contain duplicate elements')
  for (const [index, item] of value.entries()) {
    if (!Array.isArray(items)) check(items, item, run, depth + 1)
    else if (index < items.length) check(items[index], item, run, depth + 1)
    else if (schema.additionalItems === false) {
      run.found.push(`array must have at most ${items.length} elements`)
      return
    } else check(schema.additionalItems, item, run, depth + 1)
  }
}

function checkObject(schema: Schema, value: Schema, run: Run, depth: number): void {
  const names = Object.keys(value)
  const { required, minProperties, maxProperties, additionalProperties } = schema
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const patterns = isSchema(schema.patternProperties) ? Object.entries(schema.patternProperties) : []
  const missing = Array.isArray(required) ? required.filter((name) => !Object.hasOwn(value, String(name))) : []
  if (missing.length > 0) run.found.push(`object has missing required properties (${JSON.stringify(missing.sort())})`)
  if (typeof minProperties === 'number' && names.length < minProperties)
    run.found.push(
      `object has too few properties (found ${names.length} but schema requires at least ${minProperties})`,
    )
  if (typeof maxProperties === 'number' && names.length > maxProperties)
    run.found.push(`object has too many properties (found ${names.length} but schema allows at most ${maxProperties})`)
  const extra: string[] = []
  for (const name of names) {
    const own = Object.hasOwn(properties, name)
    if (own) check(properties[name], value[name], run, depth + 1)
    const fitting = patterns.filter(([pattern]) => regex(pattern)?.test(name))
    for (const [, of] of fitting) check(of, value[name], run, depth + 1)
    if (own || fitting.length > 0) continue
    if (additionalProperties === false) extra.push(name)
    else check(additionalProperties, value[name], run, depth + 1)
  }
  if (extra.length > 0)
    run.found.push(
      `object instance has properties which are not allowed by the schema: ${JSON.stringify(extra.slice(0, 20).sort())}`,
    )
  if (isSchema(schema.dependencies)) {
    for (const [name, needs] of Object.entries(schema.dependencies)) {
      if (!Object.hasOwn(value, name)) continue
      if (!Array.isArray(needs)) check(needs, value, run, depth + 1)
      else if (needs.some((need) => !Object.hasOwn(value, String(need))))
        run.found.push(`property "${name}" of object has missing property dependencies`)
    }
  }
}

function checkCombined({ allOf, anyOf, oneOf, not }: Schema, value: unknown, run: Run, depth: number): void {
  const holds = (schema: unknown) => {
    const inner: Run = { ...run, found: [] }
    check(schema, value, inner, depth + 1)
    run.steps = inner.steps
    return inner.found.length === 0
  }
  if (Array.isArray(allOf)) for (const one of allOf) check(one, value, run, depth + 1)
  if (Array.isArray(anyOf) && !anyOf.some(holds))
    run.found.push('instance failed to match at least one required schema')
  if (Array.isArray(oneOf)) {
    const matching = oneOf.filter(holds).length
    if (matching !== 1)
      run.found.push(`instance failed to match exactly one schema (matched ${matching} out of ${oneOf.length})`)
  }
  if (not !== undefined && holds(not)) run.found.push('instance matched a schema which it should not have')
}

function isSchema(value: unknown): value is Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/** JSON text with the names of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    isSchema(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

function brief(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 100)
}

const patterns = new Map<string, RegExp | undefined>()
const mostPatterns = 1_000

function regex(pattern: string): RegExp | undefined {
  if (patterns.has(pattern)) return patterns.get(pattern)
  let made: RegExp | undefined
  try {
    made = new RegExp(pattern)
  } catch {
    // Nothing matches what is no expression.
    made = undefined
  }
  if (patterns.size >= mostPatterns) patterns.delete(patterns.keys().next().value!)
  patterns.set(pattern, made)
  return made
}
