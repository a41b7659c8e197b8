import { hash } from 'node:crypto'
import type { RecordType, Tx } from './records.ts'

/** What is kept of a request that named a token (ClientRequestToken, ClientToken, …). */
export interface TokenUse {
  readonly requestHash: string
  readonly expiresAtMs: number
}

/** The records of a service in which it remembers tokens; `expiry` holds them in the order in which they are forgotten. */
export interface TokenRecords {
  readonly used: RecordType<TokenUse, [token: string]>
  readonly expiry: RecordType<true, [expiresAtMs: number, token: string]>
}

export interface TokenOptions {
  readonly nowMs: number
  readonly rememberedMs: number
  /** The service's error for a token that was given with another request. */
  readonly mismatch: () => Error
}

/** Each new token makes room for itself, and a little more. */
const forgottenPerUse = 2

/**
 * Remembers a token with the request that it came with. True when it came with the same request before and is still
 * remembered, so that nothing is to be done again. Throws `mismatch` when it came with another one.
 */
export async function usedBefore(
  tx: Tx,
  { used, expiry }: TokenRecords,
  token: string,
  request: object,
  { nowMs, rememberedMs, mismatch }: TokenOptions,
): Promise<boolean> {
  const requestHash = hash('sha256', JSON.stringify(request), 'base64')
  const before = await tx.get(used(token))
  if (before && before.expiresAtMs > nowMs) {
    if (before.requestHash === requestHash) return true
    throw mismatch()
  }
  const expiresAtMs = nowMs + rememberedMs
  tx.set(used(token), { requestHash, expiresAtMs })
  tx.set(expiry(expiresAtMs, token), true)
  for await (const [atMs, old] of tx.snapshot.keys(expiry.between([], { to: [nowMs] }), { limit: forgottenPerUse })) {
    tx.delete(expiry(atMs, old))
    if (old !== token) tx.delete(used(old))
  }
  return false
}
