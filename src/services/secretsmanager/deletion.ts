import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { asking, locate, lookUp, secretArn } from './find.ts'
import { endRotations, planRotation } from './rotation-plan.ts'
import { order, type Secret, secret, version } from './state.ts'
import { store } from './versions.ts'

const dayMs = 86_400_000

/** Marking secrets for deletion, and taking that back. */
export const deletion = operations<Api>()({
  DeleteSecret: {
    authorize: ({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }, ctx, tx) =>
      asking('DeleteSecret', SecretId, ctx, tx, {
        ...(RecoveryWindowInDays !== undefined && { 'secretsmanager:RecoveryWindowInDays': RecoveryWindowInDays }),
        'secretsmanager:ForceDeleteWithoutRecovery': ForceDeleteWithoutRecovery ?? false,
      }),
    async write(tx, { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery = false }, ctx) {
      if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
        throw awsError(
          'InvalidParameterException',
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )
      }
      const days = RecoveryWindowInDays ?? 30
      if (!(days >= 7 && days <= 30)) {
        throw awsError(
          'InvalidParameterException',
          'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
        )
      }
      const at = ForceDeleteWithoutRecovery ? await lookUp(tx, SecretId) : await locate(tx, SecretId)
      if (!at) {
        // Without recovery, what is not there is as good as deleted.
        const suffix = ctx.ids.token(6, mixedAlphanumeric)
        const ARN = SecretId.startsWith('arn:') ? SecretId : secretArn(ctx.scope, { name: SecretId, suffix })
        return { ARN, Name: SecretId, DeletionDate: new Date(ctx.nowMs) }
      }
      const home = tx.in(at.scope)
      const { name } = at.secret
      const ARN = secretArn(at.scope, at.secret)
      if (ForceDeleteWithoutRecovery) {
        forget(home, at.secret, ctx.host)
        return { ARN, Name: name, DeletionDate: new Date(ctx.nowMs) }
      }
      if (at.secret.deletedAtMs !== undefined) {
        throw awsError(
          'InvalidRequestException',
          "You can't perform this operation on the secret because it was already scheduled for deletion.",
        )
      }
      const deletedAtMs = ctx.nowMs + days * dayMs
      store(home, at, { ...endRotations(home, at.secret, ctx.host), deletedAtMs })
      ctx.host.deliveries.schedule(home, {
        kind: 'secretsmanager:delete',
        scope: at.scope,
        key: name,
        data: { name },
        dueAtMs: deletedAtMs,
      })
      return { ARN, Name: name, DeletionDate: new Date(deletedAtMs) }
    },
  },

  RestoreSecret: {
    authorize: ({ SecretId }, ctx, tx) => asking('RestoreSecret', SecretId, ctx, tx),
    async write(tx, { SecretId }, ctx) {
      const at = await locate(tx, SecretId)
      const home = tx.in(at.scope)
      ctx.host.deliveries.cancel(home, 'secretsmanager:delete', at.scope, at.secret.name)
      store(home, at, planRotation(home, { ...at.secret, deletedAtMs: undefined }, ctx.nowMs, ctx.host))
      return { ARN: secretArn(at.scope, at.secret), Name: at.secret.name }
    },
  },
})

/** Removes a secret with all of its versions. */
export function forget(tx: Tx, found: Secret, { deliveries }: Pick<Host, 'deliveries'>): void {
  const { name, createdAtMs, changedAtMs } = found
  tx.delete(secret(name))
  tx.delete(order('created', createdAtMs, name))
  tx.delete(order('changed', changedAtMs, name))
  tx.clear(version.under(name))
  deliveries.cancel(tx, 'secretsmanager:delete', tx.scope, name)
  endRotations(tx, found, { deliveries })
}
