import type { ListShape, MapShape, Member, Model, ScalarShape, StructShape, TimestampFormat } from '../kernel/model.ts'
import { nestsWithin } from '../kernel/nesting.ts'
import { type Checks, deepest, scalarRules, sizeRules } from './checks.ts'
import { printed, TypeFault, type Violation } from './faults.ts'
import { type Form, fromBase64, timeFromJson, toNumber } from './scalars.ts'

const mostViolations = 25

interface Walk {
  readonly model: Model
  readonly checks: Checks
  readonly violations: Violation[]
  /** The member of the input we are in. */
  top: Member | undefined
}

/**
 * Decodes one input slowly, collecting every broken constraint with its path. The compiled decoders (compile.ts) do the
 * same when nothing is wrong; this runs when they gave up. Throws a TypeFault at the first value of a wrong type.
 */
export function walkInput(
  model: Model,
  shape: StructShape,
  raw: Readonly<Record<string, unknown>>,
  keyAndForm: (member: Member) => readonly [key: string, form: Form],
  checks: Checks,
): { value: Record<string, unknown>; violations: readonly Violation[] } {
  const walk: Walk = { model, checks, violations: [], top: undefined }
  const value = members(walk, shape, raw, '', 0, keyAndForm, true)
  return { value, violations: walk.violations }
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const own = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Sets a key whatever its name; assigning `__proto__` would change the object's prototype instead. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}

function members(
  walk: Walk,
  shape: StructShape,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  depth: number,
  keyAndForm: (member: Member) => readonly [string, Form],
  isTop = false,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  let count = 0
  for (const member of shape.m) {
    if (isTop) walk.top = member
    const [key, form] = keyAndForm(member)
    const value = own(raw, key)
    const memberPath = path === '' ? lowerFirst(member.n) : `${path}.${lowerFirst(member.n)}`
    if (value === undefined || value === null) {
      if (member.required && walk.checks.required) {
        violate(walk, memberPath, 'null', 'missing', 'Member must not be null')
      }
      continue
    }
    count++
    put(out, member.n, walkValue(walk, member.s, value, memberPath, depth + 1, form, member.time))
  }
  if (shape.k === 'union' && count !== 1) {
    const rule =
      count === 0
        ? 'Member must have exactly one of its members set'
        : 'Member must not have more than one of its members set'
    violate(walk, path, printed(raw), 'union', rule)
  }
  return out
}

function walkValue(
  walk: Walk,
  index: number,
  value: unknown,
  path: string,
  depth: number,
  form: Form,
  time: TimestampFormat | undefined,
): unknown {
  const shape = walk.model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
      if (!isObject(value)) throw wrong(walk, 'a structure', value, path)
      tooDeep(walk, depth, path)
      return members(walk, shape, value, path, depth, (member) => [
        form === 'json' ? (member.json ?? member.n) : member.n,
        form,
      ])
    case 'events':
      return value
    case 'list':
      return walkList(walk, shape, value, path, depth, form, time)
    case 'map':
      return walkMap(walk, shape, value, path, depth, form, time)
    default:
      return walkScalar(walk, shape, value, path, form, time)
  }
}

function walkList(
  walk: Walk,
  shape: ListShape,
  value: unknown,
  path: string,
  depth: number,
  form: Form,
  time?: TimestampFormat,
): unknown[] {
  if (!Array.isArray(value)) throw wrong(walk, 'a list', value, path)
  tooDeep(walk, depth, path)
  if (walk.checks.constraints)
    for (const rule of sizeRules(value.length, shape)) violate(walk, path, printed(value), 'length', rule)
  return value.map((item: unknown, i) => {
    const itemPath = `${path}.${i + 1}.member`
    if (item === null || item === undefined) {
      violate(walk, itemPath, 'null', 'missing', 'Member must not be null')
      return null
    }
    return walkValue(walk, shape.of, item, itemPath, depth + 1, form, time)
  })
}

function walkMap(
  walk: Walk,
  shape: MapShape,
  value: unknown,
  path: string,
  depth: number,
  form: Form,
  time?: TimestampFormat,
) {
  if (!isObject(value)) throw wrong(walk, 'a map', value, path)
  tooDeep(walk, depth, path)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (walk.checks.constraints)
    for (const rule of sizeRules(entries.length, shape)) violate(walk, path, printed(value), 'length', rule)
  const out: Record<string, unknown> = {}
  for (const [key, item] of entries) {
    if (walk.checks.constraints) {
      const broken = scalarRules(key, walk.model.shapes[shape.key] as ScalarShape)
      if (broken.length > 0) {
        const rules = broken.map(({ rule }) => rule).join(', ')
        violate(walk, path, printed(value), broken[0]!.kind, `Map keys must satisfy constraint: [${rules}]`)
      }
    }
    const itemPath = `${path}.${key.slice(0, 128)}.member`
    if (item === null) violate(walk, itemPath, 'null', 'missing', 'Member must not be null')
    else put(out, key, walkValue(walk, shape.of, item, itemPath, depth + 1, form, time))
  }
  return out
}

function walkScalar(
  walk: Walk,
  shape: ScalarShape,
  value: unknown,
  path: string,
  form: Form,
  time?: TimestampFormat,
): unknown {
  const decoded = scalar(shape, value, form, time)
  if (decoded === undefined) throw wrong(walk, nounOf[shape.k], value, path)
  if (walk.checks.constraints) {
    for (const { kind, rule } of scalarRules(decoded, shape)) {
      violate(walk, path, shape.secret ? undefined : printed(decoded), kind, rule)
    }
  }
  return decoded
}

const nounOf: Readonly<Record<ScalarShape['k'], string>> = {
  string: 'a string',
  boolean: 'a boolean',
  integer: 'a 32-bit integer',
  long: 'a 64-bit integer',
  float: 'a number',
  double: 'a number',
  number: 'a number',
  blob: 'base64-encoded bytes',
  stream: 'bytes',
  timestamp: 'a timestamp',
  document: 'a document of bounded depth',
}

function scalar(shape: ScalarShape, value: unknown, form: Form, time: TimestampFormat | undefined): unknown {
  switch (shape.k) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'blob':
      if (form === 'js') return value instanceof Uint8Array ? value : undefined
      return typeof value === 'string' ? fromBase64(value) : undefined
    case 'stream':
      return value
    case 'timestamp':
      if (form === 'js') return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined
      return timeFromJson(value, time ?? 'epoch')
    case 'document':
      return nestsWithin(value, deepest) ? value : undefined
    default:
      return toNumber(value, shape.k)
  }
}

function tooDeep(walk: Walk, depth: number, path: string): void {
  if (depth > deepest) {
    throw new TypeFault(`The input nests deeper than ${deepest} levels.`, path.slice(0, 256), { member: walk.top })
  }
}

function violate(walk: Walk, path: string, value: string | undefined, kind: Violation['kind'], rule: string): void {
  if (walk.violations.length < mostViolations) walk.violations.push({ path, value, rule, kind, member: walk.top })
}

function wrong(walk: Walk, expected: string, value: unknown, path: string): TypeFault {
  return new TypeFault(`${described(value)} cannot be converted to ${expected}`, path, {
    member: walk.top,
    value: typeof value === 'string' ? value.slice(0, 256) : (JSON.stringify(value)?.slice(0, 256) ?? ''),
  })
}

/** The value's JSON type as AWS's parser calls it. */
function described(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE'
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
  return Array.isArray(value) ? 'A list' : 'A structure or map'
}
