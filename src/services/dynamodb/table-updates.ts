import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { billedIndex, billingOf, changedThroughput, onDemandOf } from './billing.ts'
import { invalidValues } from './keys.ts'
import { refuse } from './request.ts'
import {
  type AttributeTypes,
  attributeTypesOf,
  checkIndexes,
  globalIndexOf,
  mergedTypes,
  usedAttributes,
} from './schema.ts'
import { type Billing, type Index, type Table, table } from './state.ts'
import { streamOff, streamOn, streamViewOf } from './stream-settings.ts'
import { describeTable } from './table-description.ts'
import { namedTable } from './table-lookup.ts'
import { encryptionOf, newId, unsupportedOfTables } from './tables.ts'
import { checkNotDeclared, checkVectorIndexes } from './vectors/definition.ts'
import { isIndexing, onlyOneIndex, vectorIndexesAfter } from './vectors/index-updates.ts'

type Request = InputFor<Api, 'UpdateTable'>
type IndexUpdate = NonNullable<Request['GlobalSecondaryIndexUpdates']>[number]

/** Changes of a table's settings and indexes. */
export const tableUpdates = operations<Api>()({
  UpdateTable: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('UpdateTable', TableName, ctx, tx)],
    async write(tx, input, ctx) {
      refuse(input, unsupportedOfTables)
      const { StreamSpecification } = input
      const view = streamViewOf(StreamSpecification)
      checkAsksSomething(input)
      const current = await namedTable(tx, input.TableName, ctx)
      if (current.restoring) {
        throw awsError(
          'ResourceInUseException',
          `Attempt to change a resource which is still in use: Table is being restored: ${current.name}`,
        )
      }
      const billing = billingAfter(current, input, ctx.nowMs)
      const types = mergedTypes(current.attributeTypes, attributeTypesOf(input.AttributeDefinitions ?? []))
      const { indexes, work: ofIndex } = indexesAfter(current, input, types, billing, ctx)
      const { vectorIndexes, work: ofVectors } = vectorIndexesAfter(current, input, ofIndex !== undefined, ctx)
      checkIndexes(indexes, vectorIndexes)
      checkVectorIndexes(vectorIndexes, current.key, billing)
      const work = ofIndex ?? ofVectors
      const { encryption: previous, vectorIndexes: _, ...rest } = current
      const indexed = { key: current.key, indexes, ...(vectorIndexes.length > 0 ? { vectorIndexes } : {}) }
      const encryption = input.SSESpecification ? encryptionOf(input.SSESpecification) : previous
      const attributeTypes = usedAttributes(types, indexed)
      for (const { attribute } of vectorIndexes) checkNotDeclared(attribute, attributeTypes)
      let next: Table = {
        ...rest,
        billing,
        ...indexed,
        attributeTypes,
        deletionProtection: input.DeletionProtectionEnabled ?? current.deletionProtection,
        ...(encryption ? { encryption } : {}),
        ...(input.TableClass === undefined ? {} : { tableClass: input.TableClass, tableClassChangedAtMs: ctx.nowMs }),
      }
      if (StreamSpecification) {
        next = view ? await streamOn(tx, next, view, ctx) : await streamOff(tx, next, ctx.nowMs)
      }
      tx.set(table(current.name), next)
      if (work) {
        ctx.host.deliveries.schedule(tx, {
          kind: `dynamodb:${work.job}`,
          scope: ctx.scope,
          data: { tableName: current.name, tableId: current.id, indexId: work.indexId },
        })
      }
      return { TableDescription: await describeTable(tx, next, ctx, 'UPDATING') }
    },
  },
})

function checkAsksSomething(input: Request): void {
  const { TableName: _, AttributeDefinitions: __, ...asked } = input
  const given = (value: unknown) => (Array.isArray(value) ? value.length > 0 : value !== undefined)
  if (Object.values(asked).some(given)) return
  throw awsError(
    'ValidationException',
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or ' +
      'SSESpecification or ReplicaUpdates is required',
  )
}

function billingAfter({ billing }: Table, input: Request, nowMs: number): Billing {
  const mode = input.BillingMode ?? billing.mode
  if (mode !== billing.mode) {
    return { ...billingOf({ ...input, BillingMode: mode }, nowMs), ...keptSince(billing, mode) }
  }
  if (mode === 'PAY_PER_REQUEST') {
    // Checks that no throughput is given.
    billingOf({ ...input, BillingMode: mode }, nowMs)
    return input.OnDemandThroughput ? { ...billing, onDemand: onDemandOf(input.OnDemandThroughput) } : billing
  }
  if (input.OnDemandThroughput) {
    throw invalidValues('OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST')
  }
  if (!input.ProvisionedThroughput) return billing
  return { ...billing, throughput: changedThroughput(billing.throughput, input.ProvisionedThroughput, 'table', nowMs) }
}

/** A table that was on demand once keeps saying since when. */
function keptSince(billing: Billing, mode: string): Partial<Billing> {
  return mode === 'PROVISIONED' && billing.onDemandSinceMs !== undefined
    ? { onDemandSinceMs: billing.onDemandSinceMs }
    : {}
}

interface IndexesAfter {
  readonly indexes: Index[]
  /** The index that is to be filled or emptied. */
  readonly work?: { readonly job: 'fill' | 'drop'; readonly indexId: string }
}

function indexesAfter(current: Table, input: Request, types: AttributeTypes, billing: Billing, ctx: Ctx): IndexesAfter {
  const updates = input.GlobalSecondaryIndexUpdates ?? []
  const indexes = new Map(current.indexes.map((index) => [index.name, withoutOtherBilling(index, billing)]))
  let work: IndexesAfter['work']
  for (const update of updates) {
    if (Object.values(update).filter((action) => action !== undefined).length !== 1) {
      throw invalidValues(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, ' +
          'GlobalSecondaryIndexUpdate.Delete must not be null',
      )
    }
    if (update.Update) {
      const { IndexName } = update.Update
      refuse(update.Update, { WarmThroughput: unsupportedOfTables.WarmThroughput })
      indexes.set(IndexName, updatedIndex(globalIndex(indexes, IndexName), update.Update, billing, ctx.nowMs))
      continue
    }
    if (work || isIndexing(current)) throw onlyOneIndex()
    if (update.Delete) {
      const index = globalIndex(indexes, update.Delete.IndexName)
      indexes.set(index.name, { ...index, status: 'DELETING' })
      work = { job: 'drop', indexId: index.id }
    } else if (update.Create) {
      const index = newIndex(update.Create, types, billing, ctx)
      if (indexes.has(index.name)) throw invalidValues(`Duplicate index name: ${index.name}`)
      indexes.set(index.name, index)
      work = { job: 'fill', indexId: index.id }
    }
  }
  const after = [...indexes.values()]
  const unbilled = after.find(({ kind, throughput }) => kind === 'global' && !throughput)
  if (billing.mode === 'PROVISIONED' && unbilled) {
    throw invalidValues(`ProvisionedThroughput must be specified for index: ${unbilled.name}`)
  }
  return work ? { indexes: after, work } : { indexes: after }
}

/** An index of a table whose billing mode changes loses what belonged to the mode before. */
function withoutOtherBilling(index: Index, billing: Billing): Index {
  const { throughput, onDemand, ...rest } = index
  if (billing.mode === 'PROVISIONED') return throughput ? { ...rest, throughput } : rest
  return onDemand ? { ...rest, onDemand } : rest
}

function newIndex(
  create: NonNullable<IndexUpdate['Create']>,
  types: AttributeTypes,
  billing: Billing,
  ctx: Ctx,
): Index {
  refuse(create, { WarmThroughput: unsupportedOfTables.WarmThroughput })
  const index = globalIndexOf(create, types, newId(ctx), 'CREATING')
  return billedIndex(index, create, billing)
}

function globalIndex(indexes: ReadonlyMap<string, Index>, name: string): Index {
  const index = indexes.get(name)
  if (index?.kind === 'global') return index
  throw awsError(
    'ResourceNotFoundException',
    `Requested resource not found: the table has no global secondary index ${name}`,
  )
}

function updatedIndex(
  index: Index,
  update: NonNullable<IndexUpdate['Update']>,
  billing: Billing,
  nowMs: number,
): Index {
  if (billing.mode === 'PROVISIONED' && update.ProvisionedThroughput) {
    const what = `index: ${index.name}`
    return { ...index, throughput: changedThroughput(index.throughput, update.ProvisionedThroughput, what, nowMs) }
  }
  return billedIndex(index, update, billing)
}
