import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { billedIndex, billingOf } from './billing.ts'
import { endRecovery } from './continuous-backups.ts'
import { invalidValues } from './keys.ts'
import { refuse } from './request.ts'
import { checkPolicy } from './resource-policies.ts'
import {
  attributeTypesOf,
  checkAllUsed,
  checkIndexes,
  checkTableName,
  globalIndexOf,
  keySchemaOf,
  localIndexOf,
} from './schema.ts'
import { type Index, type ResourcePolicy, type Table, table, tags } from './state.ts'
import { streamOff, streamOn, streamViewOf } from './stream-settings.ts'
import { describeTable } from './table-description.ts'
import { namedTable, tableArn, tableNameOf } from './table-lookup.ts'
import { tagContext, tagsOf } from './tags.ts'
import { checkVectorIndexes, vectorIndexOf } from './vectors/definition.ts'

/** Parameters of CreateTable and UpdateTable that would mean something which is not there. */
export const unsupportedOfTables = {
  GlobalTableSourceArn: 'there are no global tables here.',
  GlobalTableSettingsReplicationMode: 'there are no global tables here.',
  GlobalTableWitnessUpdates: 'there are no global tables here.',
  ReplicaUpdates: 'there are no global tables here.',
  MultiRegionConsistency: 'there are no global tables here.',
  DisassociationProtectionEnabled: 'there are no global tables here.',
  WarmThroughput: 'tables take any load from the start. Leave it out.',
}

/** Tables themselves: made, described, listed, deleted. */
export const tables = operations<Api>()({
  CreateTable: {
    async authorize({ TableName, Tags, ResourcePolicy }, ctx, tx) {
      const context = Tags && tagContext(Tags)
      const create = await tableAccess('CreateTable', TableName, ctx, tx, context)
      const policy = ResourcePolicy === undefined ? [] : [await tableAccess('PutResourcePolicy', TableName, ctx, tx)]
      return Tags
        ? [create, ...policy, await tableAccess('TagResource', TableName, ctx, tx, context)]
        : [create, ...policy]
    },
    async write(tx, input, ctx) {
      refuse(input, unsupportedOfTables)
      const view = streamViewOf(input.StreamSpecification)
      const name = tableNameOf(input.TableName, ctx)
      const given = tagsOf(input.Tags ?? [], ctx)
      let made: Table = {
        ...(await newTable(tx, name, input, ctx)),
        deletionProtection: input.DeletionProtectionEnabled ?? false,
        ...(input.TableClass === undefined ? {} : { tableClass: input.TableClass }),
        ...(input.ResourcePolicy === undefined ? {} : { policy: policyGiven(input.ResourcePolicy, name, ctx) }),
      }
      if (view) made = await streamOn(tx, made, view, ctx)
      tx.set(table(name), made)
      if (Object.keys(given).length > 0) tx.set(tags(name), given)
      // It is ready once this is committed, but clients are used to the word, and some wait for the next one.
      return { TableDescription: await describeTable(tx, made, ctx, 'CREATING') }
    },
  },

  DescribeTable: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('DescribeTable', TableName, ctx, tx)],
    async read(tx, { TableName }, ctx) {
      return { Table: await describeTable(tx, await namedTable(tx, TableName, ctx), ctx) }
    },
  },

  ListTables: {
    authorize: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
    async read(tx, { ExclusiveStartTableName, Limit = 100 }) {
      const names: string[] = []
      const after = ExclusiveStartTableName === undefined ? {} : { after: [ExclusiveStartTableName] }
      for await (const [name] of tx.keys(table.between([], after), { limit: Limit + 1 })) names.push(name)
      const TableNames = names.slice(0, Limit)
      return { TableNames, LastEvaluatedTableName: names.length > Limit ? TableNames.at(-1) : undefined }
    },
  },

  DeleteTable: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('DeleteTable', TableName, ctx, tx)],
    async write(tx, { TableName }, ctx) {
      const found = await namedTable(tx, TableName, ctx)
      if (found.deletionProtection) {
        throw awsError(
          'ValidationException',
          'Resource cannot be deleted as it is currently protected against deletion. ' +
            'Disable deletion protection first. ' +
            `Table: ${tableArn(ctx, found.name)}`,
        )
      }
      if (found.restoring || found.copying) {
        throw awsError(
          'ResourceInUseException',
          `Attempt to change a resource which is still in use: Table is being ${found.restoring ? 'restored' : 'backed up'}: ${found.name}`,
        )
      }
      if (found.vectorIndexes?.some(({ status }) => status !== 'ACTIVE')) {
        throw awsError(
          'ResourceInUseException',
          'Attempt to change a resource which is still in use: ' +
            'Cannot delete table while indexes are being created, updated, or deleted.',
        )
      }
      const described = await describeTable(tx, found, ctx, 'DELETING')
      tx.delete(table(found.name))
      tx.delete(tags(found.name))
      if (found.stream) await streamOff(tx, found, ctx.nowMs)
      if (found.recovery) await endRecovery(tx, found.name, found.recovery, ctx)
      // The name is free at once; what lies under the table's id is removed in small steps.
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:purge',
        scope: ctx.scope,
        data: {
          tableId: found.id,
          indexIds: found.indexes.map(({ id }) => id),
          ...(found.vectorIndexes ? { vectorIndexIds: found.vectorIndexes.map(({ id }) => id) } : {}),
          ...(found.timeToLive ? { timeToLiveId: found.timeToLive.id } : {}),
        },
      })
      if (found.timeToLive) ctx.host.deliveries.cancel(tx, 'dynamodb:expire', ctx.scope, found.timeToLive.id)
      return { TableDescription: described }
    },
  },
})

type Definition = Pick<
  InputFor<Api, 'CreateTable'>,
  | 'AttributeDefinitions'
  | 'KeySchema'
  | 'BillingMode'
  | 'ProvisionedThroughput'
  | 'OnDemandThroughput'
  | 'GlobalSecondaryIndexes'
  | 'LocalSecondaryIndexes'
  | 'SSESpecification'
  | 'VectorIndexes'
>

/** A table as a request defines it. Throws ValidationException, or ResourceInUseException when there is one of that name. */
export async function newTable(tx: Tx, name: string, input: Definition, ctx: Ctx): Promise<Table> {
  checkTableName(name)
  const types = attributeTypesOf(input.AttributeDefinitions ?? [])
  const key = keySchemaOf(input.KeySchema ?? [], types)
  const billing = billingOf(input, ctx.nowMs)
  for (const list of ['LocalSecondaryIndexes', 'GlobalSecondaryIndexes', 'VectorIndexes'] as const) {
    if (input[list]?.length === 0) throw invalidValues(`List of ${list} is empty`)
  }
  const indexes: Index[] = [
    ...(input.LocalSecondaryIndexes ?? []).map((request) => localIndexOf(request, key, types, newId(ctx))),
    ...(input.GlobalSecondaryIndexes ?? []).map((request) => {
      refuse(request, { WarmThroughput: unsupportedOfTables.WarmThroughput })
      return billedIndex(globalIndexOf(request, types, newId(ctx), 'ACTIVE'), request, billing)
    }),
  ]
  const vectors = (input.VectorIndexes ?? []).map((request) => vectorIndexOf(request, types, newId(ctx), 'ACTIVE'))
  const indexed = { key, indexes, ...(vectors.length > 0 ? { vectorIndexes: vectors } : {}) }
  checkVectorIndexes(vectors, key, billing)
  checkIndexes(indexes, vectors)
  checkAllUsed(types, indexed)
  if (await tx.get(table(name))) throw awsError('ResourceInUseException', `Table already exists: ${name}`)
  const encryption = encryptionOf(input.SSESpecification)
  return {
    name,
    id: newId(ctx),
    uuid: ctx.newId(),
    createdAtMs: ctx.nowMs,
    attributeTypes: types,
    ...indexed,
    billing,
    deletionProtection: false,
    ...(encryption ? { encryption } : {}),
  }
}

function policyGiven(text: string, name: string, ctx: Ctx): ResourcePolicy {
  checkPolicy(text, tableArn(ctx, name))
  return { text, revisionId: `${ctx.nowMs}` }
}

/** An id of a table or index within the store's keys. */
export function newId(ctx: Ctx): string {
  return ctx.ids.token(10, lowerAlphanumeric)
}

/** Undefined for the encryption that every table has on AWS. */
export function encryptionOf(
  request: { readonly Enabled?: boolean; readonly SSEType?: string; readonly KMSMasterKeyId?: string } | undefined,
): Table['encryption'] {
  if (request?.SSEType === 'AES256') {
    throw awsError(
      'ValidationException',
      'One or more parameter values were invalid: SSEType AES256 is not supported. Use KMS, or leave SSEType out.',
    )
  }
  if (!request?.Enabled) {
    if (request?.KMSMasterKeyId !== undefined) {
      throw awsError(
        'ValidationException',
        'One or more parameter values were invalid: KMSMasterKeyId can only be given when Enabled is true.',
      )
    }
    return undefined
  }
  return request.KMSMasterKeyId === undefined ? {} : { keyArn: request.KMSMasterKeyId }
}
