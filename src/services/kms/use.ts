import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locateById } from './find.ts'
import { type LastUse, type Located, lastUse } from './state.ts'

/** A use that follows another of the key within this time is not recorded: a busy key would be written at every use. */
const toMs = 60_000

/**
 * Records that a key was used with success, with the use itself; to the minute. The key's record of it is read
 * unguarded, so that uses do not conflict: of two at the same time either may be the last.
 */
export async function noteUse(tx: Tx, { key, scope }: Located, operation: string, ctx: Ctx): Promise<void> {
  const home = tx.in(scope)
  const known = await home.snapshot.get(lastUse(key.id))
  if (known?.use && known.use.atMs <= ctx.nowMs && ctx.nowMs < known.use.atMs + toMs) return
  const use = { operation, atMs: ctx.nowMs, requestId: ctx.requestId }
  home.set(lastUse(key.id), { trackedFromMs: known?.trackedFromMs ?? ctx.nowMs, use })
}

/** When keys were last used. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html */
export const uses = operations<Api>()({
  GetKeyLastUsage: {
    authorize: ({ KeyId }, ctx, tx) => asking('GetKeyLastUsage', KeyId, ctx, tx),
    async write(tx, { KeyId }, ctx) {
      const { key, scope } = await locateById(tx, KeyId)
      const home = tx.in(scope)
      let known: LastUse | undefined = await home.get(lastUse(key.id))
      if (!known) {
        // Made by a Landfall that did not record uses, and not used since: from now on it is known that they are.
        known = { trackedFromMs: ctx.nowMs }
        home.set(lastUse(key.id), known)
      }
      const { use } = known
      return {
        KeyId: keyArn(scope, key.id),
        KeyLastUsage: use
          ? { Operation: use.operation as 'Encrypt', Timestamp: new Date(use.atMs), KmsRequestId: use.requestId }
          : {},
        TrackingStartDate: new Date(known.trackedFromMs),
        KeyCreationDate: new Date(key.createdAtMs),
      }
    },
  },
})
