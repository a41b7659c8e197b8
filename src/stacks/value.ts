import { type AwsError, awsError } from '../kernel/errors.ts'

/** What a template is made of. Templates have no nulls. */
export type Value = string | number | boolean | readonly Value[] | ValueMap
export interface ValueMap {
  readonly [key: string]: Value
}

export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unresolved)
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value)
}

/** A member that is the object's own: `Ref: constructor` finds nothing. */
export function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
}

/** A part of a property that is known only once these resources (logical ids) have been made or changed. */
export class Unresolved {
  readonly on: ReadonlySet<string>
  constructor(on: Iterable<string>) {
    this.on = new Set(on)
  }
}

/** What evaluation gives: values, with holes where something is not known yet. */
export type Resolved = string | number | boolean | Unresolved | readonly Resolved[] | ResolvedMap
export interface ResolvedMap {
  readonly [key: string]: Resolved
}

export function isResolvedMap(value: Resolved): value is ResolvedMap {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Unresolved)
}

/** The logical ids that any part of `value` waits for. */
export function unresolvedIn(value: Resolved, into = new Set<string>()): Set<string> {
  if (value instanceof Unresolved) for (const id of value.on) into.add(id)
  else if (Array.isArray(value)) for (const item of value) unresolvedIn(item, into)
  else if (typeof value === 'object') for (const item of Object.values(value)) unresolvedIn(item as Resolved, into)
  return into
}

/** The value, when nothing in it waits. */
export function settled(value: Resolved): Value | undefined {
  return unresolvedIn(value).size === 0 ? (value as Value) : undefined
}

/** Whether `value` written as JSON is longer than about `most` characters. Looks no further than that. */
export function isLongerThan(most: number, value: Resolved): boolean {
  let left = most
  const spend = (item: Resolved): boolean => {
    left -= typeof item === 'string' ? item.length + 2 : 2
    if (left < 0) return true
    if (typeof item !== 'object' || item instanceof Unresolved) return false
    if (Array.isArray(item)) return item.some(spend)
    return Object.entries(item).some(([key, member]) => {
      left -= key.length + 3
      return spend(member)
    })
  }
  return spend(value)
}

/** Equality of values, whatever the order of members. A part that is not known equals nothing. */
export function sameValue(a: Resolved | undefined, b: Resolved | undefined): boolean {
  if (a instanceof Unresolved || b instanceof Unresolved) return false
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  }
  const left = a as ResolvedMap
  const right = b as ResolvedMap
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  )
}

/** The ValidationError that CloudFormation answers for whatever is wrong with a template or its parameters. */
export function invalid(message: string): AwsError {
  return awsError('ValidationError', message)
}
