import { checkAtLeast, checkOneOf, checkText } from '../constraints.ts'
import { invalidValues, type KeySchema, keyAttributes } from '../keys.ts'
import { type AttributeTypes, projectionOf } from '../schema.ts'
import type { Billing } from '../state.ts'
import type { Distance, SearchAttribute, VectorIndex } from './state.ts'

/*
 * Vector indexes as requests define them. Limits:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-vector-indexes
 * Messages: captures of https://github.com/paritysuite/dynamodb-conformance, where they have one.
 */

const maxDimensions = 4_096
const maxFilters = 18
export const maxVectorIndexes = 5

interface VectorIndexRequest {
  readonly IndexName: string
  readonly VectorAttribute: { readonly AttributeName: string }
  readonly Dimensions: number
  readonly DistanceFunction: string
  readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] }
  readonly SearchSchema?: readonly { readonly AttributeName: string; readonly SearchSchemaElementType: string }[]
}

/** An index as it is asked for; `types` are the attributes that the request declares. Throws ValidationException. */
export function vectorIndexOf(
  request: VectorIndexRequest,
  types: AttributeTypes,
  id: string,
  status: 'ACTIVE' | 'CREATING',
): VectorIndex {
  const { IndexName: name, VectorAttribute, Dimensions: dimensions, DistanceFunction } = request
  const { AttributeName: attribute } = VectorAttribute
  checkText('indexName', name, { least: 3, most: 255, pattern: '[a-zA-Z0-9_.-]+' })
  checkText('vectorAttribute.attributeName', attribute, { least: 1, most: 255 })
  checkAtLeast('dimensions', dimensions, 1)
  checkOneOf('distanceFunction', DistanceFunction, ['COSINE', 'DOT_PRODUCT', 'EUCLIDEAN'])
  if (dimensions > maxDimensions || !Number.isInteger(dimensions)) {
    throw invalidValues(`Number of dimensions must be between 1 and ${maxDimensions} inclusive.`)
  }
  checkNotDeclared(attribute, types)
  return {
    name,
    id,
    attribute,
    dimensions,
    distance: DistanceFunction as Distance,
    searchSchema: searchSchemaOf(request, types),
    projection: projectionOf(request.Projection),
    status,
  }
}

/** Throws ValidationException for a vector attribute that is declared too: a key, or what searches name. */
export function checkNotDeclared(attribute: string, types: AttributeTypes): void {
  if (!Object.hasOwn(types, attribute)) return
  throw invalidValues(
    `Conflicting attribute definition for '${attribute}'. ` +
      'An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute.',
  )
}

function searchSchemaOf({ SearchSchema, IndexName }: VectorIndexRequest, types: AttributeTypes): SearchAttribute[] {
  if (SearchSchema?.length === 0) throw invalidValues(`SearchSchema of index ${IndexName} is empty`)
  const schema = (SearchSchema ?? []).map(({ AttributeName: name, SearchSchemaElementType: role }): SearchAttribute => {
    checkOneOf('searchSchemaElementType', role, ['HASH', 'INLINE_FILTER'])
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (!type) throw invalidValues('One element in SearchSchema is not defined in attribute definitions')
    return { name, type, role: role === 'HASH' ? 'HASH' : 'INLINE_FILTER' }
  })
  const repeated = schema.find(({ name }, at) => schema.findIndex((other) => other.name === name) < at)
  if (repeated) throw invalidValues(`SearchSchema of index ${IndexName} names ${repeated.name} twice`)
  const hashes = schema.filter(({ role }) => role === 'HASH').length
  if (hashes > 1) throw invalidValues(`SearchSchema of index ${IndexName} has more than one HASH element`)
  if (schema.length - hashes > maxFilters) {
    throw invalidValues(`SearchSchema of index ${IndexName} has more than ${maxFilters} INLINE_FILTER elements`)
  }
  return schema
}

/** Checks what holds for a table's vector indexes together, and with the table. Throws ValidationException. */
export function checkVectorIndexes(indexes: readonly VectorIndex[], key: KeySchema, billing: Billing): void {
  if (indexes.length === 0) return
  if (billing.mode !== 'PAY_PER_REQUEST') {
    throw invalidValues('Vector indexes are only supported for PAY_PER_REQUEST tables')
  }
  if (indexes.length > maxVectorIndexes) {
    throw invalidValues(`VectorIndex count exceeds the per-table limit of ${maxVectorIndexes}`)
  }
  const dimensions = new Map<string, number>()
  for (const index of indexes) {
    const { attribute } = index
    if ((dimensions.get(attribute) ?? index.dimensions) !== index.dimensions) {
      throw invalidValues(
        `Conflicting attribute definition for '${attribute}'. ` +
          'All VectorIndexes on the same vector attribute must use the same dimensions.',
      )
    }
    dimensions.set(attribute, index.dimensions)
    for (const { name, type } of keyAttributes(key)) {
      if (name !== attribute) continue
      const role = name === key.partition.name ? 'HASH' : 'RANGE'
      throw invalidValues(
        'Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. ' +
          `Existing schema: Schema:[SchemaElement: key{${name}:${type}:${role}}] ` +
          `New schema: VectorIndexSchema:[VectorAttribute: key{${name}:L:${index.dimensions}}]`,
      )
    }
  }
}

/** The index as the API tells it, as a definition. */
export function describeVectorDefinition(index: VectorIndex) {
  const { searchSchema, projection } = index
  return {
    IndexName: index.name,
    VectorAttribute: { AttributeName: index.attribute },
    Dimensions: index.dimensions,
    DistanceFunction: index.distance,
    Projection: {
      ProjectionType: projection.type,
      ...(projection.type === 'INCLUDE' ? { NonKeyAttributes: [...projection.attributes] } : {}),
    },
    ...(searchSchema.length > 0
      ? {
          SearchSchema: searchSchema.map(({ name, role }) => ({ AttributeName: name, SearchSchemaElementType: role })),
        }
      : {}),
  }
}
