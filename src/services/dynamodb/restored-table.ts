import { isDeepStrictEqual } from 'node:util'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { billedIndex, billingOf } from './billing.ts'
import { invalidValues } from './keys.ts'
import { refuse } from './request.ts'
import { checkTableName, usedAttributes } from './schema.ts'
import { type Index, type Table, table } from './state.ts'
import { describeKey } from './table-description.ts'
import { encryptionOf, newId, unsupportedOfTables } from './tables.ts'
import { checkVectorIndexes, describeVectorDefinition } from './vectors/definition.ts'
import type { VectorIndex } from './vectors/state.ts'

type Overrides = Pick<
  InputFor<Api, 'RestoreTableFromBackup'>,
  | 'BillingModeOverride'
  | 'GlobalSecondaryIndexOverride'
  | 'LocalSecondaryIndexOverride'
  | 'ProvisionedThroughputOverride'
  | 'OnDemandThroughputOverride'
  | 'SSESpecificationOverride'
  | 'VectorIndexOverride'
> & { readonly TargetTableName: string }

/** Throws ValidationException for what a restored table would have and there is none of. */
export function refuseOverrides(input: Pick<Overrides, 'GlobalSecondaryIndexOverride'>): void {
  for (const index of input.GlobalSecondaryIndexOverride ?? []) {
    refuse(index, { WarmThroughput: unsupportedOfTables.WarmThroughput })
  }
}

/** Throws TableAlreadyExistsException, or ValidationException when it is no name of a table. */
export async function checkTargetName(tx: Tx, name: string): Promise<void> {
  checkTableName(name)
  if (await tx.get(table(name))) throw awsError('TableAlreadyExistsException', `Table already exists: ${name}`)
}

/**
 * A table with the definition of another, as far as the request does not say otherwise, which takes no requests yet. As
 * on AWS, tags, streams, time to live, recovery and policies do not go over.
 */
export function restoredTable(source: Table, input: Overrides, from: NonNullable<Table['restored']>, ctx: Ctx): Table {
  const { ProvisionedThroughputOverride, OnDemandThroughputOverride, BillingModeOverride } = input
  const overridden =
    ProvisionedThroughputOverride !== undefined ||
    OnDemandThroughputOverride !== undefined ||
    BillingModeOverride !== undefined
  const billing = overridden
    ? billingOf(
        {
          BillingMode: BillingModeOverride ?? source.billing.mode,
          ...(ProvisionedThroughputOverride ? { ProvisionedThroughput: ProvisionedThroughputOverride } : {}),
          ...(OnDemandThroughputOverride ? { OnDemandThroughput: OnDemandThroughputOverride } : {}),
        },
        ctx.nowMs,
      )
    : source.billing
  const local = keptIndexes(source, 'local', input.LocalSecondaryIndexOverride)
  const global = keptIndexes(source, 'global', input.GlobalSecondaryIndexOverride).map((index) => {
    const given = input.GlobalSecondaryIndexOverride?.find(({ IndexName }) => IndexName === index.name)
    return given && overridden ? billedIndex({ ...index }, given, billing) : index
  })
  const indexes = [...local, ...global].map((index): Index => ({ ...index, id: newId(ctx), status: 'ACTIVE' }))
  const vectorIndexes = keptVectorIndexes(source, input.VectorIndexOverride).map(
    (index): VectorIndex => ({ ...index, id: newId(ctx), status: 'ACTIVE' }),
  )
  const { key, attributeTypes, encryption: before } = source
  checkVectorIndexes(vectorIndexes, key, billing)
  const indexed = { key, indexes, ...(vectorIndexes.length > 0 ? { vectorIndexes } : {}) }
  const encryption = input.SSESpecificationOverride ? encryptionOf(input.SSESpecificationOverride) : before
  return {
    name: input.TargetTableName,
    id: newId(ctx),
    uuid: ctx.newId(),
    createdAtMs: ctx.nowMs,
    ...indexed,
    attributeTypes: usedAttributes(attributeTypes, indexed),
    billing,
    deletionProtection: false,
    ...(encryption ? { encryption } : {}),
    restored: from,
    restoring: true,
  }
}

/** The table has its items: it takes requests from now on. */
export async function letIn(tx: Tx, name: string, id: string): Promise<void> {
  const found = await tx.get(table(name))
  if (found?.id !== id) return
  const { restoring: _, ...rest } = found
  tx.set(table(name), rest)
}

interface IndexOverride {
  readonly IndexName?: string
  readonly KeySchema?: readonly object[]
  readonly Projection?: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] }
}

/** All indexes of the backup, or those that are asked for, which must be among them. */
function keptIndexes({ indexes }: Table, kind: Index['kind'], asked: readonly IndexOverride[] | undefined): Index[] {
  const there = indexes.filter((index) => index.kind === kind && index.status !== 'DELETING')
  if (!asked) return there
  return asked.map((request) => {
    const { IndexName, KeySchema, Projection } = request
    const index = there.find(({ name }) => name === IndexName)
    const isSame =
      index &&
      JSON.stringify(KeySchema) === JSON.stringify(describeKey(index.key)) &&
      Projection?.ProjectionType === index.projection.type
    if (isSame) return index
    throw noSuchIndex(IndexName)
  })
}

function keptVectorIndexes(
  { vectorIndexes = [] }: Table,
  asked: Overrides['VectorIndexOverride'],
): readonly VectorIndex[] {
  const there = vectorIndexes.filter((index) => index.status !== 'DELETING')
  if (!asked) return there
  return asked.map((request) => {
    const index = there.find(({ name }) => name === request.IndexName)
    if (index && isDeepStrictEqual(describeVectorDefinition(index), { ...request })) return index
    throw noSuchIndex(request.IndexName)
  })
}

function noSuchIndex(name: string | undefined) {
  return invalidValues(`the source has no such index: ${name}`)
}
