import { hash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { tokenExpiry, usedToken } from './state.ts'

const rememberedMs = 600_000
/** Each new token makes room for itself, and a little more. */
const forgottenPerUse = 2

/**
 * Remembers a ClientRequestToken with what it is used for. True when it was used for the same before, so that nothing
 * is to be done again. Throws IdempotentParameterMismatchException when it was used for something else.
 */
export async function usedBefore(tx: Tx, token: string, request: object, nowMs: number): Promise<boolean> {
  const requestHash = hash('sha256', JSON.stringify(request), 'base64')
  const before = await tx.get(usedToken(token))
  if (before && before.expiresAtMs > nowMs) {
    if (before.requestHash === requestHash) return true
    throw awsError(
      'IdempotentParameterMismatchException',
      'The ClientRequestToken was used with different parameters in the last ten minutes. Use a new one.',
    )
  }
  const expiresAtMs = nowMs + rememberedMs
  tx.set(usedToken(token), { requestHash, expiresAtMs })
  tx.set(tokenExpiry(expiresAtMs, token), true)
  const expired = tokenExpiry.between([], { to: [nowMs] })
  for await (const [atMs, old] of tx.snapshot.keys(expired, { limit: forgottenPerUse })) {
    tx.delete(tokenExpiry(atMs, old))
    if (old !== token) tx.delete(usedToken(old))
  }
  return false
}
