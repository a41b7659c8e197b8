import { awsError } from '../../kernel/errors.ts'
import { type Item, typeOf } from './attribute-value.ts'
import { isProjected } from './entries.ts'
import type { Condition } from './expressions/condition.ts'
import { compileCondition } from './expressions/expressions.ts'
import type { Placeholders } from './expressions/placeholders.ts'
import type { Projection } from './expressions/projection.ts'
import { invalidValues, type KeyAttribute, keyAttributes } from './keys.ts'
import type { PageRequest } from './pages.ts'
import { type Position, partitionHash, positionHash, sortBytes } from './positions.ts'
import { projectionFor } from './projections.ts'
import type { Index, Table } from './state.ts'

/** What queries and scans have in common. */
export interface ReadRequest {
  readonly IndexName?: string
  readonly Select?: string
  readonly Limit?: number
  readonly ConsistentRead?: boolean
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly AttributesToGet?: readonly string[]
}

/** What a page returns of the items it looks at. */
export type Selection = Pick<PageRequest, 'projection' | 'filter' | 'countOnly'>

/** Compiles filter and projection and checks them against `Select`. */
export function selectionOf(request: ReadRequest, placeholders: Placeholders): Selection {
  const { Select, FilterExpression, IndexName } = request
  const filter =
    FilterExpression === undefined ? undefined : compileCondition('FilterExpression', FilterExpression, placeholders)
  const projection = projectionFor(request, placeholders)
  const parameter = request.AttributesToGet ? 'AttributesToGet' : 'ProjectionExpression'
  if (projection && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    throw awsError('ValidationException', `Cannot specify the ${parameter} when choosing to get ${describe(Select)}`)
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && !projection) {
    throw awsError(
      'ValidationException',
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    )
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined) {
    throw awsError('ValidationException', 'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName')
  }
  return { filter, projection, countOnly: Select === 'COUNT' }
}

function describe(select: string): string {
  return select === 'COUNT' ? 'only the Count' : select
}

/**
 * Whether a local index has to be completed from the table. Throws ValidationException for what a global index cannot
 * give.
 */
export function needsWholeItems(
  table: Table,
  index: Index | undefined,
  { Select, ConsistentRead }: ReadRequest,
  { projection, filter }: Selection,
): boolean {
  if (!index) return false
  const missing = unprojected(table, index, projection, Select === 'ALL_ATTRIBUTES')
  if (index.kind === 'local') return missing.length > 0 || unprojected(table, index, filter, false).length > 0
  if (ConsistentRead) {
    throw awsError('ValidationException', 'Consistent reads are not supported on global secondary indexes')
  }
  if (Select === 'ALL_ATTRIBUTES' && index.projection.type !== 'ALL') {
    throw invalidValues(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} ` +
        'because its projection type is not ALL',
    )
  }
  if (missing.length > 0) {
    throw invalidValues(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`)
  }
  return false
}

function unprojected(
  table: Table,
  index: Index,
  reads: Projection | Condition | undefined,
  everything: boolean,
): string[] {
  if (everything) return index.projection.type === 'ALL' ? [] : ['*']
  const names = new Set(reads?.paths.map(([name]) => name))
  return [...names].filter((name) => !isProjected(table, index, name))
}

const mismatch = 'The provided key element does not match the schema'

/** Where a page is to begin: after this item. Throws ValidationException when it is no key of the table and index. */
export function startPosition(
  table: Table,
  index: Index | undefined,
  start: Item,
  scanning = false,
): Position & { readonly primary: Uint8Array } {
  const expected = new Map<string, KeyAttribute>()
  for (const schema of index ? [index.key, table.key] : [table.key]) {
    for (const key of keyAttributes(schema)) expected.set(key.name, key)
  }
  if (
    Object.keys(start).length !== expected.size ||
    ![...expected.keys()].every((name) => Object.hasOwn(start, name))
  ) {
    throw awsError('ValidationException', `The provided starting key is invalid${scanning ? `: ${mismatch}` : ''}`)
  }
  for (const { name, type } of expected.values()) {
    if (typeOf(start[name]!) !== type) {
      throw awsError('ValidationException', `The provided starting key is invalid: ${mismatch}`)
    }
  }
  const place = ({ partition, sort }: Table['key']) => ({
    partition: partitionHash(start[partition.name]!),
    sort: sort ? sortBytes(start[sort.name]!) : new Uint8Array(),
  })
  return { ...place((index ?? table).key), primary: positionHash(place(table.key)) }
}
