import { newAccessKeyId } from '../../authn/access-key-id.ts'
import type { Ids } from '../../kernel/ids.ts'
import type { Records } from '../../kernel/records.ts'
import { secretAlphabet } from './access-keys.ts'
import { accessKey, administrator, changed } from './state.ts'

/**
 * The administrator key of an account: made the first time, found ever after. It is the account's root key: no policy
 * narrows it, so whoever owns the node can't be locked out. Of two nodes that start at once, one makes it.
 */
export function ensureAdministrator(
  records: Records,
  ids: Ids,
  account: string,
  nowMs: number,
): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  return records.write({ account, region: '' }, async (tx) => {
    const named = await tx.get(administrator())
    const existing = named && (await tx.get(accessKey(named.accessKeyId)))
    if (existing) return { accessKeyId: existing.id, secretAccessKey: existing.secretAccessKey }
    const id = newAccessKeyId('AKIA', account, ids)
    const secretAccessKey = ids.token(40, secretAlphabet)
    tx.set(accessKey(id), { id, secretAccessKey, active: true, createdAtMs: nowMs })
    tx.set(administrator(), { accessKeyId: id })
    changed(tx)
    return { accessKeyId: id, secretAccessKey }
  })
}
