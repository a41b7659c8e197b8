import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec'
import type { Property, Resource, SpecDatabase, TypeDefinition } from '@aws-cdk/service-spec-types'
import type { PropertySchema, PropertyType, ResourceSchema, ResourceSchemas } from '../../src/kernel/model.ts'

export interface ResourceTypes {
  /** The types whose names start with `prefix`, sorted. */
  under(prefix: string): ResourceSchemas
}

/** The published schemas of CloudFormation's types, from `@aws-cdk/aws-service-spec` (large: build time only). */
export async function loadResourceTypes(): Promise<ResourceTypes> {
  const db = await loadAwsServiceSpec()
  const all = [...db.all('resource')].sort((a, b) => (a.cloudFormationType < b.cloudFormationType ? -1 : 1))
  return {
    under: (prefix) =>
      Object.fromEntries(
        all
          .filter((resource) => resource.cloudFormationType.startsWith(prefix))
          .map((resource) => [resource.cloudFormationType, resourceSchema(resource, db)]),
      ),
  }
}

/**
 * Where the source leaves out what the type's own schema has: their names, and ids, are those of one API.
 * https://www.pulumi.com/registry/packages/aws-native/api-docs/apigateway/getrequestvalidator/
 */
const identifiers: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGateway::Model': ['RestApiId', 'Name'],
  'AWS::ApiGateway::RequestValidator': ['RestApiId', 'RequestValidatorId'],
}

function resourceSchema(resource: Resource, db: SpecDatabase): ResourceSchema {
  const definitions = new Map<string, Record<string, PropertySchema>>()

  const typeOf = (type: Property['type']): PropertyType => {
    switch (type.type) {
      case 'array':
        return { list: typeOf(type.element) }
      case 'map':
        return { map: typeOf(type.element) }
      case 'union':
        return { union: type.types.map(typeOf) }
      case 'ref':
        return { ref: define(db.get('typeDefinition', type.reference.$ref)) }
      case 'date-time':
        return 'timestamp'
      case 'null':
        return 'json'
      default:
        return type.type
    }
  }
  const define = (definition: TypeDefinition): string => {
    if (!definitions.has(definition.name)) {
      const properties: Record<string, PropertySchema> = {}
      definitions.set(definition.name, properties)
      Object.assign(properties, propertiesOf(definition.properties))
    }
    return definition.name
  }
  const propertiesOf = (properties: Readonly<Record<string, Property>>): Record<string, PropertySchema> =>
    Object.fromEntries(
      sorted(properties).map(([name, property]) => [
        name,
        {
          type: typeOf(property.type),
          ...(property.required && { required: true as const }),
          ...(property.causesReplacement &&
            property.causesReplacement !== 'no' && { replace: property.causesReplacement }),
        },
      ]),
    )

  const properties = propertiesOf(resource.properties)
  const attributes = Object.fromEntries(sorted(resource.attributes).map(([name, { type }]) => [name, typeOf(type)]))
  const primaryIdentifier = identifiers[resource.cloudFormationType] ?? resource.primaryIdentifier
  return {
    properties,
    attributes,
    ...(primaryIdentifier && { primaryIdentifier }),
    ...(resource.tagInformation && {
      tags: { property: resource.tagInformation.tagPropertyName, as: resource.tagInformation.variant },
    }),
    definitions: Object.fromEntries(sorted(Object.fromEntries(definitions))),
  }
}

function sorted<T>(table: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
}
