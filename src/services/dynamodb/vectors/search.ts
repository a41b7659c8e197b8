import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { type InputFor, operations } from '../../../kernel/operation.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { itemAccess } from '../access.ts'
import type { Api } from '../api.ts'
import { type Item, setAttribute } from '../attribute-value.ts'
import { checkAtLeast, checkOneOf } from '../constraints.ts'
import { compileSearchCondition } from '../expressions/expressions.ts'
import type { Projection } from '../expressions/projection.ts'
import { invalidValues, keyAttributes } from '../keys.ts'
import { projectionFor } from '../projections.ts'
import { placeholdersOf } from '../request.ts'
import type { Table } from '../state.ts'
import { decodeItem } from '../stored-item.ts'
import { tableOf } from '../table-lookup.ts'
import { itemFromWire, itemToWire, type SdkItem } from '../wire-values.ts'
import { metrics } from './distances.ts'
import { vectorPartition } from './entries.ts'
import { floatBytes, floatList, packFloats, unpackFloats } from './floats.ts'
import { Nearest } from './nearest.ts'
import { type VectorIndex, vector, vectorItem } from './state.ts'

const maxTopK = 100
const maxResponseBytes = 16 * 2 ** 20
/** Looked at in one transaction, between which others get their turn. */
const bytesPerStep = 2 ** 20
const vectorsPerStep = 1_024

type Request = InputFor<Api, 'SearchVectors'>

/**
 * The items whose vectors are nearest to one. Each vector of the partition is looked at (docs/decisions/017), some at a
 * time, so that what is written meanwhile may be found or not: as on AWS, an index follows its table eventually.
 */
export const search = operations<Api>()({
  SearchVectors: {
    // No condition keys: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Security.html
    authorize: async ({ TableName, IndexName }, ctx, tx) => [
      await itemAccess('SearchVectors', TableName, { index: IndexName }, ctx, tx),
    ],
    async call(input, ctx) {
      checkAtLeast('topK', input.TopK, 1)
      checkOneOf('returnConsumedCapacity', input.ReturnConsumedCapacity, ['INDEXES', 'TOTAL', 'NONE'])
      const asked = await ctx.read((tx) => plan(tx, input, ctx))
      const { nearest, bytes } = await examine(asked, input.TopK, ctx)
      const results = await ctx.read((tx) => resultsOf(tx, asked, nearest))
      const detail = input.ReturnConsumedCapacity ?? 'NONE'
      return {
        SearchResults: results.items,
        ConsumedCapacity: detail === 'NONE' ? undefined : { VectorSearchRequestBytes: bytes + results.bytes },
      }
    },
  },
})

/** A search as it can be run. */
interface Search {
  readonly index: VectorIndex
  readonly partition: Uint8Array
  /** JSON of the values that inline filter attributes must have. */
  readonly filters: readonly (readonly [name: string, value: string])[]
  readonly floats: Float32Array
  readonly projection: Projection | undefined
  /** Whether items are answered with their vector, which is only when it is named. */
  readonly withVector: boolean
}

/** Checks the request. Messages: captures of https://github.com/paritysuite/dynamodb-conformance. */
async function plan(tx: ReadTx, input: Request, ctx: Ctx): Promise<Search> {
  const { TopK, SearchConditionExpression } = input
  const placeholders = placeholdersOf(input, ['SearchConditionExpression'])
  if (TopK > maxTopK || !Number.isInteger(TopK)) {
    throw awsError(
      'ValidationException',
      `Provided TopK value '${TopK}' is out of valid range. The value must be between 1 and ${maxTopK} inclusive`,
    )
  }
  const table = await tableOf(tx, input.TableName, ctx)
  const index = searchableIndex(table, input.IndexName)
  const floats = searchVectorOf(input.SearchVector, index)
  const hash = index.searchSchema.find(({ role }) => role === 'HASH')
  if (hash && SearchConditionExpression === undefined) {
    throw awsError('ValidationException', 'SearchConditionExpression must be provided when SearchSchema has a HASH key')
  }
  const wanted =
    SearchConditionExpression === undefined
      ? {}
      : compileSearchCondition(SearchConditionExpression, placeholders, index.searchSchema)
  const projection = projectionFor(input, placeholders)
  placeholders.checkAllUsed()
  if (hash && !Object.hasOwn(wanted, hash.name)) {
    throw awsError('ValidationException', `SearchConditionExpression must name the HASH key ${hash.name}`)
  }
  const missing = [...new Set(projection?.paths.map(([name]) => name))].filter((name) => !holds(table, index, name))
  if (missing.length > 0) throw invalidValues(`Vector index ${index.name} does not project [${missing.join(', ')}]`)
  return {
    index,
    partition: vectorPartition(hash && wanted[hash.name]),
    filters: Object.entries(wanted).flatMap(([name, value]) =>
      name === hash?.name ? [] : [[name, JSON.stringify(value)] as const],
    ),
    floats,
    projection,
    withVector: projection?.paths.some(([name]) => name === index.attribute) ?? false,
  }
}

function searchableIndex({ vectorIndexes = [] }: Table, name: string): VectorIndex {
  const index = vectorIndexes.find((candidate) => candidate.name === name)
  if (!index || index.status === 'DELETING') {
    throw awsError('ValidationException', `The table does not have the specified index: ${name}`)
  }
  if (index.status === 'CREATING') {
    throw awsError('ValidationException', `Cannot search backfilling vector index: ${name}`)
  }
  return index
}

function searchVectorOf(given: Request['SearchVector'], { dimensions }: VectorIndex): Float32Array {
  const values = given.map((value) => Object.values(itemFromWire({ value }))[0]!)
  const packed = packFloats(values)
  if (!packed) {
    throw awsError(
      'ValidationException',
      'Search vector contains invalid values. ' +
        'All values in the search vector must be a 32-bit floating-point number attribute',
    )
  }
  if (values.length !== dimensions) {
    throw awsError(
      'ValidationException',
      `Input search vector dimension ${values.length} does not match vector index dimension ${dimensions}`,
    )
  }
  const floats = new Float32Array(dimensions)
  unpackFloats(packed, floats)
  return floats
}

function holds(table: Table, { projection, searchSchema, attribute }: VectorIndex, name: string): boolean {
  if (projection.type === 'ALL' || name === attribute) return true
  if ([...keyAttributes(table.key), ...searchSchema].some((key) => key.name === name)) return true
  return projection.type === 'INCLUDE' && projection.attributes.includes(name)
}

/** Looks at all vectors of the partition, and says which items are nearest. `bytes` are those that it read. */
async function examine({ index, partition, filters, floats }: Search, topK: number, ctx: Ctx) {
  const { farness } = metrics[index.distance]
  const nearest = new Nearest<Uint8Array>(topK)
  const limit = Math.max(1, Math.min(vectorsPerStep, Math.floor(bytesPerStep / (index.dimensions * floatBytes))))
  const held = new Float32Array(index.dimensions)
  let bytes = 0
  let after: Uint8Array | undefined
  do {
    ctx.signal.throwIfAborted()
    const rest = vector.between([index.id, partition], after ? { after: [after] } : {})
    after = await ctx.read(async (tx) => {
      let count = 0
      let last: Uint8Array | undefined
      for await (const { key, value } of tx.snapshot.range(rest, { limit })) {
        count++
        last = key[2]
        bytes += value.floats.byteLength
        if (filters.length > 0 && !passes(value.filters, filters)) continue
        unpackFloats(value.floats, held)
        const far = farness(floats, held)
        nearest.add(last, far)
      }
      return count === limit ? last : undefined
    })
    await nextTurn()
  } while (after)
  return { nearest, bytes }
}

function passes(stored: string | undefined, filters: Search['filters']): boolean {
  if (stored === undefined) return false
  const has = JSON.parse(stored) as Item
  return filters.every(([name, wanted]) => Object.hasOwn(has, name) && JSON.stringify(has[name]) === wanted)
}

/**
 * What was found, as it is answered: as it is now. What was deleted meanwhile, or is no more what is asked for, is left
 * out. Throws when it is too much.
 */
async function resultsOf(tx: ReadTx, asked: Search, nearest: Nearest<Uint8Array>) {
  const { index, partition, filters, floats, projection, withVector } = asked
  const { farness, score } = metrics[index.distance]
  const found: { readonly far: number; readonly Item: SdkItem }[] = []
  const own = new Float32Array(index.dimensions)
  let bytes = 0
  for (const { value: primary } of nearest.all) {
    const stored = await tx.get(vectorItem(index.id, primary))
    const held = await tx.get(vector(index.id, partition, primary))
    if (!stored || !held || (filters.length > 0 && !passes(held.filters, filters))) continue
    bytes += stored.sizeBytes
    if (bytes > maxResponseBytes) {
      throw awsError(
        'ValidationException',
        'The results take more than 16 MB. Ask for a smaller TopK, or for fewer attributes by ProjectionExpression.',
      )
    }
    const { item, binary } = decodeItem(stored)
    if (withVector) setAttribute(item, index.attribute, floatList(held.floats))
    unpackFloats(held.floats, own)
    found.push({ far: farness(floats, own), Item: itemToWire(projection ? projection(item) : item, binary) })
  }
  const items = found.sort((a, b) => a.far - b.far).map(({ far, Item }) => ({ Item, Score: score(far) }))
  return { items, bytes }
}
