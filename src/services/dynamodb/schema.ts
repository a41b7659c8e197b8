import { awsError } from '../../kernel/errors.ts'
import { invalidValues, type KeyAttribute, type KeySchema, keyAttributes } from './keys.ts'
import type { Index, Projection, Table } from './state.ts'
import { countedAttributes, type VectorIndex } from './vectors/state.ts'

/** Attribute name → type, as declared. */
export type AttributeTypes = Readonly<Record<string, KeyAttribute['type']>>

interface KeySchemaElement {
  readonly AttributeName: string
  readonly KeyType: string
}
interface AttributeDefinition {
  readonly AttributeName: string
  readonly AttributeType: string
}
interface ProjectionRequest {
  readonly ProjectionType?: string
  readonly NonKeyAttributes?: readonly string[]
}
interface IndexRequest {
  readonly IndexName: string
  readonly KeySchema: readonly KeySchemaElement[]
  readonly Projection: ProjectionRequest
}

const maxGlobalIndexes = 20
const maxLocalIndexes = 5
const maxIncludedAttributes = 100

/** Throws ValidationException unless the name is one that tables and indexes may have. */
export function checkTableName(name: string): void {
  const shown = `Value '${name.slice(0, 300)}' at 'tableName' failed to satisfy constraint`
  if (name.length < 3 || name.length > 255) {
    const bound = name.length < 3 ? 'greater than or equal to 3' : 'less than or equal to 255'
    throw awsError('ValidationException', `1 validation error detected: ${shown}: Member must have length ${bound}`)
  }
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) {
    throw awsError(
      'ValidationException',
      `1 validation error detected: ${shown}: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
    )
  }
}

/** The declared attributes by name. Throws when one is declared twice. */
export function attributeTypesOf(definitions: readonly AttributeDefinition[]): AttributeTypes {
  const types: Record<string, KeyAttribute['type']> = {}
  for (const { AttributeName, AttributeType } of definitions) {
    if (Object.hasOwn(types, AttributeName)) {
      throw invalidValues(`Duplicate AttributeName in AttributeDefinitions: ${AttributeName}`)
    }
    Object.defineProperty(types, AttributeName, { value: AttributeType, enumerable: true })
  }
  return types
}

/** What a table declares and what a request that changes it does. Throws ValidationException for another type. */
export function mergedTypes(current: AttributeTypes, given: AttributeTypes): AttributeTypes {
  const retyped = Object.keys(given).find((name) => Object.hasOwn(current, name) && current[name] !== given[name])
  if (retyped !== undefined) {
    throw invalidValues(`AttributeDefinitions: ${retyped} is already defined as ${current[retyped]}`)
  }
  return { ...current, ...given }
}

/** Reads a key schema. Throws ValidationException when it is none, or names an attribute that is not declared. */
export function keySchemaOf(elements: readonly KeySchemaElement[], types: AttributeTypes): KeySchema {
  const [first, second, third] = elements
  if (!first || third) {
    throw awsError(
      'ValidationException',
      "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: " +
        'Member must have length less than or equal to 2',
    )
  }
  if (elements.length > Object.keys(types).length) {
    throw awsError('ValidationException', 'Invalid KeySchema: Some index key attribute have no definition')
  }
  const names = elements.map(({ AttributeName }) => AttributeName)
  if (names.some((name) => !Object.hasOwn(types, name))) {
    throw invalidValues(
      'Some index key attributes are not defined in AttributeDefinitions. ' +
        `Keys: [${names.join(', ')}], AttributeDefinitions: [${Object.keys(types).join(', ')}]`,
    )
  }
  if (second?.AttributeName === first.AttributeName) {
    throw awsError(
      'ValidationException',
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    )
  }
  if (first.KeyType !== 'HASH') {
    throw awsError('ValidationException', 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type')
  }
  if (second && second.KeyType !== 'RANGE') {
    throw awsError('ValidationException', 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type')
  }
  const attributeOf = ({ AttributeName: name }: KeySchemaElement): KeyAttribute => ({ name, type: types[name]! })
  return { partition: attributeOf(first), ...(second ? { sort: attributeOf(second) } : {}) }
}

/** A local index of a table. */
export function localIndexOf(request: IndexRequest, key: KeySchema, types: AttributeTypes, id: string): Index {
  if (!key.sort) {
    throw invalidValues(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    )
  }
  const { IndexName: name } = request
  const own = keySchemaOf(request.KeySchema, types)
  if (own.partition.name !== key.partition.name) {
    throw invalidValues(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. ` +
        `index hash key: ${own.partition.name}, table hash key: ${key.partition.name}`,
    )
  }
  if (!own.sort) throw invalidValues(`Index KeySchema does not have a range key for index: ${name}`)
  return { name, id, kind: 'local', key: own, projection: projectionOf(request.Projection), status: 'ACTIVE' }
}

/** A global index, without its throughput. */
export function globalIndexOf(
  request: IndexRequest,
  types: AttributeTypes,
  id: string,
  status: 'ACTIVE' | 'CREATING',
): Index {
  return {
    name: request.IndexName,
    id,
    kind: 'global',
    key: keySchemaOf(request.KeySchema, types),
    projection: projectionOf(request.Projection),
    status,
  }
}

/** What an index holds. Throws ValidationException when its parts do not go together. */
export function projectionOf({ ProjectionType, NonKeyAttributes }: ProjectionRequest): Projection {
  if (ProjectionType === undefined) throw invalidValues('Unknown ProjectionType: null')
  if (ProjectionType !== 'INCLUDE') {
    if (NonKeyAttributes) {
      throw invalidValues(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`)
    }
    return { type: ProjectionType === 'ALL' ? 'ALL' : 'KEYS_ONLY' }
  }
  if (!NonKeyAttributes) throw invalidValues('ProjectionType is INCLUDE, but NonKeyAttributes is not specified')
  return { type: 'INCLUDE', attributes: [...new Set(NonKeyAttributes)] }
}

/** Checks what holds for a table's indexes together. */
export function checkIndexes(indexes: readonly Index[], vectorIndexes: readonly VectorIndex[]): void {
  const names = new Set<string>()
  for (const { name } of [...indexes, ...vectorIndexes]) {
    if (names.has(name)) throw invalidValues(`Duplicate index name: ${name}`)
    names.add(name)
  }
  const local = indexes.filter(({ kind }) => kind === 'local').length
  if (local > maxLocalIndexes) {
    throw invalidValues(`Number of LocalSecondaryIndexes exceeds per-table limit of ${maxLocalIndexes}`)
  }
  if (indexes.length - local > maxGlobalIndexes) {
    throw invalidValues(`GlobalSecondaryIndex count exceeds the per-table limit of ${maxGlobalIndexes}`)
  }
  const included = indexes.reduce(
    (sum, { projection }) => sum + (projection.type === 'INCLUDE' ? projection.attributes.length : 0),
    vectorIndexes.reduce((sum, index) => sum + countedAttributes(index), 0),
  )
  if (included > maxIncludedAttributes) {
    throw invalidValues(`Total number of projected attributes exceeds the per-table limit of ${maxIncludedAttributes}`)
  }
}

type Indexed = Pick<Table, 'key' | 'indexes' | 'vectorIndexes'>

/** Throws when an attribute is declared that is no key of the table or an index, and none that searches name. */
export function checkAllUsed(types: AttributeTypes, indexed: Indexed): void {
  const used = usedAttributes(types, indexed)
  const declared = Object.keys(types)
  if (Object.keys(used).length === declared.length) return
  throw invalidValues(
    indexed.indexes.length === 0
      ? 'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions'
      : 'Some AttributeDefinitions are not used. ' +
          `AttributeDefinitions: [${declared.join(', ')}], keys used: [${Object.keys(used).join(', ')}]`,
  )
}

/** The declared attributes that are keys of the table or of one of its indexes, or in a search schema. */
export function usedAttributes(types: AttributeTypes, { key, indexes, vectorIndexes = [] }: Indexed): AttributeTypes {
  const names = [
    ...[key, ...indexes.map((index) => index.key)].flatMap((schema) => keyAttributes(schema)),
    ...vectorIndexes.flatMap(({ searchSchema }) => searchSchema),
  ].map(({ name }) => name)
  return Object.fromEntries([...new Set(names)].map((name) => [name, types[name]!]))
}
