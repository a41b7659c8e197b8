import { newAccessKeyId } from '../../authn/access-key-id.ts'
import type { Ctx } from '../../kernel/context.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { callerName, findUser, lower, noSuchEntity } from './find.ts'
import { limitExceeded } from './make.ts'
import { pageOf } from './page.ts'
import { onUser } from './permission.ts'
import { accessKey, changed, type StoredKey, user } from './state.ts'

const maxKeys = 2
export const secretAlphabet = `${mixedAlphanumeric}+/`

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html. Root without a user's name may
 * change only its users' keys: its own comes from `landfall start`.
 */
export const accessKeys = operations<Api>()({
  CreateAccessKey: {
    authorize: ({ UserName }, ctx, tx) => onUser('CreateAccessKey', UserName, tx, ctx),
    async write(tx, { UserName }, ctx) {
      const found = await findUser(tx, callerName(UserName, ctx))
      if (found.keys.length >= maxKeys) throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${maxKeys}`)
      const made: StoredKey = {
        id: newAccessKeyId('AKIA', ctx.account, ctx.ids),
        userName: found.name,
        secretAccessKey: ctx.ids.token(40, secretAlphabet),
        active: true,
        createdAtMs: ctx.nowMs,
      }
      tx.set(accessKey(made.id), made)
      tx.set(user(lower(found.name)), { ...found, keys: [...found.keys, made.id] })
      changed(tx)
      return { AccessKey: { ...describe(made), SecretAccessKey: made.secretAccessKey } }
    },
  },

  ListAccessKeys: {
    authorize: ({ UserName }, ctx, tx) => onUser('ListAccessKeys', UserName, tx, ctx),
    async read(tx, input, ctx) {
      const found = await findUser(tx, callerName(input.UserName, ctx))
      const keys = await tx.getMany([...found.keys].sort().map((id) => accessKey(id)))
      const { items, more } = pageOf(
        keys.flatMap((key) => (key ? [describe(key)] : [])),
        input,
        ({ AccessKeyId }) => AccessKeyId,
      )
      return { AccessKeyMetadata: [...items], ...more }
    },
  },

  UpdateAccessKey: {
    authorize: ({ UserName }, ctx, tx) => onUser('UpdateAccessKey', UserName, tx, ctx),
    async write(tx, { UserName, AccessKeyId, Status }, ctx) {
      const { key } = await findKey(tx, UserName, AccessKeyId, ctx)
      tx.set(accessKey(AccessKeyId), { ...key, active: Status === 'Active' })
      changed(tx)
      return {}
    },
  },

  DeleteAccessKey: {
    authorize: ({ UserName }, ctx, tx) => onUser('DeleteAccessKey', UserName, tx, ctx),
    async write(tx, { UserName, AccessKeyId }, ctx) {
      const { owner } = await findKey(tx, UserName, AccessKeyId, ctx)
      tx.delete(accessKey(AccessKeyId))
      tx.set(user(lower(owner.name)), { ...owner, keys: owner.keys.filter((id) => id !== AccessKeyId) })
      changed(tx)
      return {}
    },
  },
})

async function findKey(tx: ReadTx, userName: string | undefined, id: string, ctx: Ctx) {
  const owner = await findUser(tx, callerName(userName, ctx))
  const key = await tx.get(accessKey(id))
  if (!key || !owner.keys.includes(id)) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  return { owner, key }
}

function describe(key: StoredKey) {
  return {
    UserName: key.userName ?? '',
    AccessKeyId: key.id,
    Status: key.active ? ('Active' as const) : ('Inactive' as const),
    CreateDate: new Date(key.createdAtMs),
  }
}
