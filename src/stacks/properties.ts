import type { PropertySchema, PropertyType, ResourceSchema } from '../kernel/model.ts'
import { invalid, isResolvedMap, own, type Resolved, type ResolvedMap, Unresolved } from './value.ts'

/** What of a resource type says which properties it takes. */
interface Checkable {
  readonly type?: { readonly properties: readonly string[]; readonly open?: true }
  readonly schema: ResourceSchema
}

/**
 * Checks evaluated properties against the published schema and puts scalars into the type it asks for, as
 * CloudFormation does ("5" for a number, true for a string). What is not resolved yet passes. Throws ValidationError
 * naming the property: unknown to the schema, known but not supported here, missing, or of the wrong type.
 */
export function checkProperties(
  logicalId: string,
  typeName: string,
  found: Checkable,
  values: ResolvedMap,
): ResolvedMap {
  const fail = (what: string) => invalid(`Resource ${logicalId} (${typeName}): ${what}`)
  const supported = found.type?.properties
  const open = found.type?.open === true
  for (const name of open ? [] : Object.keys(values)) {
    if (!Object.hasOwn(found.schema.properties, name)) throw fail(`Encountered unsupported property ${name}`)
    if (supported && !supported.includes(name)) {
      throw fail(`Property ${name} is not supported by Landfall yet. Supported: ${[...supported].sort().join(', ')}.`)
    }
  }
  const place = { schema: found.schema, fail, path: '' }
  if (!open) return coerceMembers(values, found.schema.properties, place)
  const known = Object.entries(values).filter(([name]) => Object.hasOwn(found.schema.properties, name))
  return { ...values, ...coerceMembers(Object.fromEntries(known), found.schema.properties, place) }
}

interface Place {
  readonly schema: ResourceSchema
  readonly path: string
  fail(what: string): Error
}

function coerceMembers(
  values: ResolvedMap,
  members: Readonly<Record<string, PropertySchema>>,
  place: Place,
): ResolvedMap {
  const out: Record<string, Resolved> = {}
  for (const [name, value] of Object.entries(values)) {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const member = own(members, name)
    if (!member) throw place.fail(`Encountered unsupported property ${path}`)
    out[name] = coerce(value, member.type, { ...place, path })
  }
  for (const [name, { required }] of Object.entries(members)) {
    if (required && !Object.hasOwn(values, name)) {
      throw place.fail(`Property ${place.path === '' ? name : `${place.path}.${name}`} cannot be empty.`)
    }
  }
  return out
}

function coerce(value: Resolved, type: PropertyType, place: Place): Resolved {
  if (value instanceof Unresolved) return value
  // What it stands for is known later, and is checked again then.
  if (typeof value === 'string' && value.startsWith('{{resolve:')) return value
  if (typeof type === 'string') return coerceScalar(value, type, place)
  if ('union' in type) return coerceUnion(value, type.union, place)
  if ('list' in type) {
    if (!Array.isArray(value)) throw place.fail(`Value of property ${place.path} must be of type List`)
    return value.map((item, i) => coerce(item, type.list, { ...place, path: `${place.path}.${i}` }))
  }
  if (!isResolvedMap(value)) throw place.fail(`Value of property ${place.path} must be an object`)
  if ('map' in type) {
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      coerce(item, type.map, { ...place, path: `${place.path}.${key}` }),
    ])
    return Object.fromEntries(entries)
  }
  const members = own(place.schema.definitions, type.ref)
  // A definition that the schema does not spell out takes any object.
  return members ? coerceMembers(value, members, place) : value
}

const tagMembers: Readonly<Record<string, PropertySchema>> = {
  Key: { type: 'string', required: true },
  Value: { type: 'string', required: true },
}

function coerceScalar(value: Resolved, type: Extract<PropertyType, string>, place: Place): Resolved {
  const wrong = (name: string) => place.fail(`Value of property ${place.path} must be of type ${name}`)
  switch (type) {
    case 'json':
      return value
    case 'tag':
      if (!isResolvedMap(value)) throw place.fail(`Value of property ${place.path} must be an object`)
      return coerceMembers(value, tagMembers, place)
    case 'string':
    case 'timestamp':
      if (typeof value === 'object') throw wrong('String')
      return String(value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 'false') return value === 'true'
      throw wrong('Boolean')
    case 'number':
    case 'integer': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      if (typeof number !== 'number' || !Number.isFinite(number)) throw wrong('Number')
      if (type === 'integer' && !Number.isInteger(number)) throw wrong('Integer')
      return number
    }
  }
}

/** The alternative that the value already is, else the first that it can be made into. */
function coerceUnion(value: Resolved, alternatives: readonly PropertyType[], place: Place): Resolved {
  const natively = alternatives.find(
    (type) => (type === 'integer' || type === 'number' ? 'number' : type) === typeof value,
  )
  if (natively) return coerce(value, natively, place)
  let first: unknown
  // `json` takes anything, so it is tried last.
  for (const type of [...alternatives].sort((a, b) => Number(a === 'json') - Number(b === 'json'))) {
    try {
      return coerce(value, type, place)
    } catch (error) {
      first ??= error
    }
  }
  throw first
}
