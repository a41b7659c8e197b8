import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locateById } from './find.ts'
import { alias, aliasOf, grant, granted, grantNamed, type KmsKey, key, lastUse, material, retirable } from './state.ts'
import { checkCustomer, checkImported, checkNotDeleted, invalidState } from './usable.ts'

const dayMs = 86_400_000

/** Whether keys can be used, and their end. */
export const keyStates = operations<Api>()({
  EnableKey: {
    authorize: ({ KeyId }, ctx, tx) => asking('EnableKey', KeyId, ctx, tx),
    write: (tx, { KeyId }) => setState(tx, KeyId, 'Enabled'),
  },
  DisableKey: {
    authorize: ({ KeyId }, ctx, tx) => asking('DisableKey', KeyId, ctx, tx),
    write: (tx, { KeyId }) => setState(tx, KeyId, 'Disabled'),
  },

  ScheduleKeyDeletion: {
    authorize: ({ KeyId, PendingWindowInDays = 30 }, ctx, tx) =>
      asking('ScheduleKeyDeletion', KeyId, ctx, tx, {
        context: { 'kms:ScheduleKeyDeletionPendingWindowInDays': PendingWindowInDays },
      }),
    async write(tx, { KeyId, PendingWindowInDays = 30 }, ctx) {
      const at = await locateById(tx, KeyId)
      checkCustomer(at)
      checkNotDeleted(at)
      if (PendingWindowInDays < 7 || PendingWindowInDays > 30) {
        throw awsError('ValidationException', 'PendingWindowInDays must be between 7 and 30.')
      }
      const deletionAtMs = ctx.nowMs + PendingWindowInDays * dayMs
      const home = tx.in(at.scope)
      home.set(key(at.key.id), { ...at.key, state: 'PendingDeletion', deletionAtMs })
      ctx.host.deliveries.schedule(home, {
        kind: 'kms:delete',
        scope: at.scope,
        key: at.key.id,
        data: { id: at.key.id },
        dueAtMs: deletionAtMs,
      })
      return {
        KeyId: keyArn(at.scope, at.key.id),
        DeletionDate: new Date(deletionAtMs),
        KeyState: 'PendingDeletion' as const,
        PendingWindowInDays,
      }
    },
  },

  CancelKeyDeletion: {
    authorize: ({ KeyId }, ctx, tx) => asking('CancelKeyDeletion', KeyId, ctx, tx),
    async write(tx, { KeyId }, ctx) {
      const at = await locateById(tx, KeyId)
      const arn = keyArn(at.scope, at.key.id)
      if (at.key.state !== 'PendingDeletion') throw invalidState(`${arn} is not pending deletion.`)
      const home = tx.in(at.scope)
      ctx.host.deliveries.cancel(home, 'kms:delete', at.scope, at.key.id)
      const gone = at.key.origin === 'EXTERNAL' && !(await home.get(material(at.key.id, at.key.material)))
      home.set(key(at.key.id), { ...at.key, state: gone ? 'PendingImport' : 'Disabled', deletionAtMs: undefined })
      return { KeyId: arn }
    },
  },
})

async function setState(tx: Tx, keyId: string, state: 'Enabled' | 'Disabled'): Promise<object> {
  const at = await locateById(tx, keyId)
  checkCustomer(at)
  checkNotDeleted(at)
  checkImported(at)
  tx.in(at.scope).set(key(at.key.id), { ...at.key, state })
  return {}
}

/** Removes a key for good, with its material, aliases and grants: what it encrypted stays shut. */
export async function forget(tx: Tx, { id }: KmsKey): Promise<void> {
  for await (const [, name] of tx.keys(aliasOf.under(id))) tx.delete(alias(name))
  for await (const { value } of tx.range(grant.under(id))) {
    if (value.retiring !== undefined) tx.delete(retirable(value.retiring, id, value.id))
  }
  for (const range of [aliasOf.under(id), grant.under(id), granted.under(id), grantNamed.under(id)]) tx.clear(range)
  tx.clear(material.under(id))
  tx.delete(lastUse(id))
  tx.delete(key(id))
}
