import type { FoundResourceType } from '../../kernel/host.ts'
import type { PropertySchema, PropertyType } from '../../kernel/model.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The schema of a resource type in the form of the registry, with the properties that work here.
 * https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
 */
export function publishedSchema(typeName: string, { type, schema }: FoundResourceType): Json {
  const works: readonly string[] = type?.properties ?? []
  const properties = Object.entries(schema.properties).filter(([name]) => works.includes(name))
  const attributes = Object.keys(schema.attributes).filter((name) => !name.includes('.'))
  const pointers = (names: readonly string[]) => names.map((name) => `/properties/${name}`)
  const always = properties.filter(([, { replace }]) => replace === 'yes').map(([name]) => name)
  const required = properties.filter((entry) => entry[1].required).map(([name]) => name)
  const { primaryIdentifier, tags } = schema
  return {
    typeName,
    additionalProperties: type?.open === true,
    properties: {
      ...Object.fromEntries(attributes.map((name) => [name, {}])),
      ...Object.fromEntries(properties.map(([name, property]) => [name, shapeOf(property.type)])),
    },
    definitions: Object.fromEntries(
      Object.entries(schema.definitions).map(([name, members]) => [name, objectOf(members)]),
    ),
    ...(required.length === 0 ? {} : { required }),
    ...(attributes.length === 0 ? {} : { readOnlyProperties: pointers(attributes) }),
    ...(always.length === 0 ? {} : { createOnlyProperties: pointers(always) }),
    ...(primaryIdentifier === undefined ? {} : { primaryIdentifier: pointers(primaryIdentifier) }),
    ...(tags === undefined || !works.includes(tags.property)
      ? {}
      : { tagging: { taggable: true, tagProperty: `/properties/${tags.property}` } }),
  }
}

function objectOf(members: Readonly<Record<string, PropertySchema>>): Json {
  const required = Object.entries(members).flatMap(([name, member]) => (member.required ? [name] : []))
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(members).map(([name, member]) => [name, shapeOf(member.type)])),
    ...(required.length === 0 ? {} : { required }),
  }
}

function shapeOf(type: PropertyType): Json {
  if (typeof type === 'object') {
    if ('list' in type) return { type: 'array', items: shapeOf(type.list) }
    if ('map' in type) return { type: 'object', additionalProperties: shapeOf(type.map) }
    if ('union' in type) return { anyOf: type.union.map(shapeOf) }
    return { $ref: `#/definitions/${type.ref}` }
  }
  if (type === 'json') return { type: ['object', 'string'] }
  if (type === 'tag')
    return objectOf({ Key: { type: 'string', required: true }, Value: { type: 'string', required: true } })
  return type === 'timestamp' ? { type: 'string', format: 'date-time' } : { type }
}
