import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { InputFor } from '../../../kernel/operation.ts'
import type { Api } from '../api.ts'
import { invalidValues } from '../keys.ts'
import { attributeTypesOf } from '../schema.ts'
import type { Table } from '../state.ts'
import { newId } from '../tables.ts'
import { maxVectorIndexes, vectorIndexOf } from './definition.ts'
import type { VectorIndex } from './state.ts'

/** Whether an index of the table is being made or deleted. */
export function isIndexing({ indexes, vectorIndexes = [] }: Table): boolean {
  return [...indexes, ...vectorIndexes].some(({ status }) => status !== 'ACTIVE')
}

export function onlyOneIndex() {
  return awsError(
    'LimitExceededException',
    'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  )
}

interface VectorIndexesAfter {
  readonly vectorIndexes: readonly VectorIndex[]
  /** The index that is to be filled or emptied. */
  readonly work?: { readonly job: 'fill' | 'drop'; readonly indexId: string }
}

/**
 * The table's vector indexes after an UpdateTable; `indexing`: the same request makes or deletes another index. One that
 * is still being filled may be deleted, as on AWS.
 */
export function vectorIndexesAfter(
  current: Table,
  input: InputFor<Api, 'UpdateTable'>,
  indexing: boolean,
  ctx: Ctx,
): VectorIndexesAfter {
  const { vectorIndexes = [] } = current
  const [update, ...more] = input.VectorIndexUpdates ?? []
  if (!update) return { vectorIndexes }
  const { Create, Delete } = update
  if ((Create === undefined) === (Delete === undefined)) {
    throw invalidValues('One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null')
  }
  if (indexing || more.length > 0) throw onlyOneIndex()
  if (Delete) {
    const index = vectorIndexes.find(({ name }) => name === Delete.IndexName)
    if (!index) {
      throw awsError(
        'ResourceNotFoundException',
        `Requested resource not found: the table has no vector index ${Delete.IndexName}`,
      )
    }
    if (index.status === 'ACTIVE' && isIndexing(current)) throw onlyOneIndex()
    if (index.status === 'DELETING') throw onlyOneIndex()
    return {
      vectorIndexes: vectorIndexes.map((each) => (each === index ? { ...each, status: 'DELETING' } : each)),
      work: { job: 'drop', indexId: index.id },
    }
  }
  const made = vectorIndexOf(Create!, attributeTypesOf(input.AttributeDefinitions ?? []), newId(ctx), 'CREATING')
  const same = vectorIndexes.find(({ name }) => name === made.name)
  if (same?.status === 'ACTIVE') {
    throw awsError('ValidationException', 'Attempting to create an index which already exists')
  }
  if (same?.status === 'CREATING') {
    throw awsError(
      'ResourceInUseException',
      'Attempt to change a resource which is still in use: Index is being created.  ' +
        `Table: ${current.name} Index: ${made.name}`,
    )
  }
  if (isIndexing(current)) throw onlyOneIndex()
  if (vectorIndexes.length >= maxVectorIndexes) {
    throw awsError(
      'LimitExceededException',
      `Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of ${maxVectorIndexes}`,
    )
  }
  return { vectorIndexes: [...vectorIndexes, made], work: { job: 'fill', indexId: made.id } }
}
