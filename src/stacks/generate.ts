import { createHash } from 'node:crypto'
import type { FoundResourceType } from '../kernel/host.ts'
import type { PropertySchema, PropertyType, ResourceSchema } from '../kernel/model.ts'
import type { LiveProperties } from '../kernel/resource.ts'
import { listOfTags } from '../kernel/tag-list.ts'
import { documentIn } from './relations.ts'
import { own } from './value.ts'

/** What a generated template says of a resource that is there: what can be read of it, and parameters for what can't. */
export interface GeneratedResource {
  readonly properties: Readonly<Record<string, unknown>>
  readonly parameters: Readonly<
    Record<string, { readonly Type: string; readonly NoEcho: true; readonly Description: string }>
  >
  readonly warnings: readonly GeneratedWarning[]
}

export interface GeneratedWarning {
  readonly type: 'MUTUALLY_EXCLUSIVE_PROPERTIES' | 'UNSUPPORTED_PROPERTIES'
  readonly properties: readonly { readonly path: string; readonly required: boolean }[]
}

/** Members of write-only properties of which one set has to be given: which set it was, nobody can read. */
const exclusive: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Function/Code': ['S3Bucket', 'S3Key'],
}

/**
 * Write-only properties become parameters where they are required and scalar; others are left out with a warning.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/generate-IaC-write-only-properties.html
 */
export function generateResource(
  logicalId: string,
  typeName: string,
  { type, schema }: FoundResourceType,
  live: LiveProperties,
): GeneratedResource {
  const properties: Record<string, unknown> = {}
  const parameters: Record<string, GeneratedResource['parameters'][string]> = {}
  const warnings: GeneratedWarning[] = []
  const parameter = (path: readonly string[], of: PropertyType, oneOf = ''): { Ref: string } => {
    const hash = alphanumeric(
      createHash('sha256')
        .update([logicalId, ...path].join('/'))
        .digest('base64'),
    ).slice(0, 5)
    const name = `${logicalId}${path.join('')}${oneOf}${hash}`
    const Description = `Value of the write-only property ${path.join('/')} of the resource ${logicalId}.${oneOf === '' ? '' : ' It can be replaced with other, exclusive properties.'}`
    parameters[name] = { Type: of === 'number' || of === 'integer' ? 'Number' : 'String', NoEcho: true, Description }
    return { Ref: name }
  }
  for (const name of (type?.properties ?? []) as readonly string[]) {
    const property = own(schema.properties, name)
    if (!property) continue
    if (Object.hasOwn(live, name)) {
      const given = schema.tags?.property === name ? asTags(live[name], schema) : live[name]
      const value = project(given, property.type, schema)
      if (value !== undefined) properties[name] = value
      continue
    }
    const members = membersOf(property.type, schema)
    const chosen = own(exclusive, `${typeName}/${name}`)
    const needed = Object.entries(members ?? {}).filter(
      ([member, { required }]) => required || chosen?.includes(member),
    )
    if (property.required && needed.length > 0 && needed.every((entry) => isScalar(entry[1].type))) {
      const oneOf = chosen ? 'OneOf' : ''
      properties[name] = Object.fromEntries(
        needed.map(([member, of]) => [member, parameter([name, member], of.type, oneOf)]),
      )
      const paths = needed.map(([member]) => ({ path: `${name}/${member}`, required: false }))
      if (chosen) warnings.push({ type: 'MUTUALLY_EXCLUSIVE_PROPERTIES', properties: paths })
    } else if (property.required && isScalar(property.type)) properties[name] = parameter([name], property.type)
    else
      warnings.push({
        type: 'UNSUPPORTED_PROPERTIES',
        properties: [{ path: name, required: property.required === true }],
      })
  }
  return { properties, parameters, warnings }
}

/** A logical id for a resource of that type with that identifier: always the same one. */
export function generatedId(type: string, identifier: string): string {
  const kind = alphanumeric(type.split('::').slice(1).join(''))
  const name = alphanumeric(identifier.slice(Math.max(identifier.lastIndexOf('/'), identifier.lastIndexOf(':')) + 1))
  const hash = alphanumeric(createHash('sha256').update(identifier).digest('base64')).slice(0, 5)
  return `${kind}00${name.slice(0, 60)}00${hash}`
}

const alphanumeric = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '')

const isScalar = (type: PropertyType): boolean =>
  type === 'string' || type === 'number' || type === 'integer' || type === 'boolean'

/** Most services answer as text what a template says as an object. */
const takesDocument = (type: PropertyType): boolean =>
  type === 'json' || (typeof type === 'object' && 'union' in type && type.union.includes('json'))

function membersOf(type: PropertyType, schema: ResourceSchema): Readonly<Record<string, PropertySchema>> | undefined {
  return typeof type === 'object' && 'ref' in type ? own(schema.definitions, type.ref) : undefined
}

/** Services answer tags as a map or as a list, whatever the property is. Those that AWS set nobody can give. */
function asTags(value: unknown, { tags }: ResourceSchema): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const list = Array.isArray(value)
    ? (value as { Key: string; Value: string }[])
    : listOfTags(value as Record<string, string>)
  const given = list.filter(({ Key }) => !Key.startsWith('aws:'))
  return tags?.as === 'map' ? Object.fromEntries(given.map(({ Key, Value }) => [Key, Value])) : given
}

/** The part of a value that a template can say: members that the schema knows, and nothing that is not set. */
function project(value: unknown, type: PropertyType, schema: ResourceSchema): unknown {
  if (value === undefined || value === null || value === '') return undefined
  if (Array.isArray(value)) {
    const of = typeof type === 'object' && 'list' in type ? type.list : 'json'
    const items = value.flatMap((item) => project(item, of, schema) ?? [])
    return items.length > 0 ? items : undefined
  }
  if (typeof value === 'string' && takesDocument(type)) return documentIn(value) ?? value
  if (typeof value !== 'object') return value
  if (value instanceof Date) return value.toISOString()
  if (type === 'json') return value
  const members = membersOf(type, schema)
  const entries = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const member = members && own(members, name)
    if (members && !member) return []
    const given = project(item, member?.type ?? 'json', schema)
    return given === undefined ? [] : [[name, given]]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
