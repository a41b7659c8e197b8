import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { aliasArn, locateById, notFound, parseKeyId } from './find.ts'
import { markerOf, pageOf } from './page.ts'
import { type Alias, alias, aliasOf } from './state.ts'
import { checkNotDeleted } from './usable.ts'

/** Names of keys, that can be given to another. */
export const aliases = operations<Api>()({
  CreateAlias: {
    authorize: async ({ AliasName, TargetKeyId }, ctx, tx) => [
      { action: 'kms:CreateAlias', resource: aliasArn(ctx.scope, AliasName) },
      ...(await asking('CreateAlias', TargetKeyId, ctx, tx)),
    ],
    async write(tx, { AliasName, TargetKeyId }, ctx) {
      checkName(AliasName)
      const target = await ownKey(tx, TargetKeyId, ctx)
      if (await tx.get(alias(AliasName))) {
        throw awsError(
          'AlreadyExistsException',
          `An alias with the name ${aliasArn(ctx.scope, AliasName)} already exists`,
        )
      }
      tx.set(alias(AliasName), { keyId: target, createdAtMs: ctx.nowMs, updatedAtMs: ctx.nowMs })
      tx.set(aliasOf(target, AliasName), true)
      return {}
    },
  },

  UpdateAlias: {
    async authorize({ AliasName, TargetKeyId }, ctx, tx) {
      const before = await tx.get(alias(AliasName))
      return [
        { action: 'kms:UpdateAlias', resource: aliasArn(ctx.scope, AliasName) },
        ...(before ? await asking('UpdateAlias', before.keyId, ctx, tx) : []),
        ...(await asking('UpdateAlias', TargetKeyId, ctx, tx)),
      ]
    },
    async write(tx, { AliasName, TargetKeyId }, ctx) {
      checkName(AliasName)
      const before = await find(tx, AliasName, ctx)
      const target = await ownKey(tx, TargetKeyId, ctx)
      tx.delete(aliasOf(before.keyId, AliasName))
      tx.set(alias(AliasName), { ...before, keyId: target, updatedAtMs: ctx.nowMs })
      tx.set(aliasOf(target, AliasName), true)
      return {}
    },
  },

  DeleteAlias: {
    async authorize({ AliasName }, ctx, tx) {
      const before = await tx.get(alias(AliasName))
      return [
        { action: 'kms:DeleteAlias', resource: aliasArn(ctx.scope, AliasName) },
        ...(before ? await asking('DeleteAlias', before.keyId, ctx, tx) : []),
      ]
    },
    async write(tx, { AliasName }, ctx) {
      checkName(AliasName)
      const { keyId } = await find(tx, AliasName, ctx)
      tx.delete(alias(AliasName))
      tx.delete(aliasOf(keyId, AliasName))
      return {}
    },
  },

  ListAliases: {
    authorize: () => [{ action: 'kms:ListAliases', resource: '*' }],
    async read(tx, { KeyId, Limit = 50, Marker }, ctx) {
      const id = KeyId === undefined ? undefined : (await locateById(tx, KeyId)).key.id
      const from = markerOf(Marker)
      const after = from === undefined ? {} : { after: [from] as const }
      const names = async function* () {
        const limit = Limit + 1
        if (id === undefined) for await (const [name] of tx.keys(alias.between([], after), { limit })) yield name
        else for await (const [, name] of tx.keys(aliasOf.between([id], after), { limit })) yield name
      }
      const { items, rest } = await pageOf(names(), Limit, (name) => name)
      const found = await tx.getMany(items.map((name) => alias(name)))
      return {
        Aliases: items.map((AliasName, index) => ({
          AliasName,
          AliasArn: aliasArn(ctx.scope, AliasName),
          TargetKeyId: found[index]?.keyId,
          CreationDate: found[index] && new Date(found[index].createdAtMs),
          LastUpdatedDate: found[index] && new Date(found[index].updatedAtMs),
        })),
        ...rest,
      }
    },
  },
})

async function find(tx: ReadTx, name: string, ctx: Ctx): Promise<Alias> {
  const found = await tx.get(alias(name))
  if (!found) throw notFound(`Alias ${aliasArn(ctx.scope, name)} is not found.`)
  return found
}

async function ownKey(tx: ReadTx, keyId: string, ctx: Ctx): Promise<string> {
  if (parseKeyId(keyId, ctx.scope).alias !== undefined) {
    throw awsError('ValidationException', 'Aliases must refer to keys, not to aliases. Give the id or ARN of a key.')
  }
  const at = await locateById(tx, keyId)
  if (at.scope.account !== ctx.account)
    throw awsError('ValidationException', 'An alias names a key of its own account.')
  checkNotDeleted(at)
  return at.key.id
}

function checkName(name: string): void {
  if (!/^alias\/[\w/-]+$/.test(name)) {
    throw awsError(
      'ValidationException',
      'Invalid identifier: an alias is alias/ and a name of letters, digits, slashes, underscores and hyphens.',
    )
  }
  if (name.startsWith('alias/aws/')) {
    throw awsError('InvalidAliasNameException', 'Names that begin with alias/aws/ are for AWS managed keys.')
  }
}
