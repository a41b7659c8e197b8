import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import * as tokens from '../../kernel/request-token.ts'
import { tokenExpiry, usedToken } from './state.ts'

export const taskTokenMs = 8 * 3_600_000
const records = { used: usedToken, expiry: tokenExpiry }

/** Remembers a ClientRequestToken for ten minutes. True when it was used for the same before; throws when for something else. */
export function usedBefore(tx: Tx, token: string, request: object, nowMs: number): Promise<boolean> {
  return tokens.usedBefore(tx, records, token, request, { nowMs, rememberedMs: 600_000, mismatch })
}

function mismatch(): Error {
  return awsError(
    'IdempotentParameterMismatchException',
    'The ClientRequestToken was used with different parameters in the last ten minutes. Use a new one.',
  )
}

/** The same for the ClientToken of an export or import, which is remembered for eight hours; `conflict` is what it throws. */
export function taskAskedBefore(tx: Tx, kind: string, token: string, request: object, nowMs: number, conflict: string) {
  return tokens.usedBefore(tx, records, `${kind}:${token}`, request, {
    nowMs,
    rememberedMs: taskTokenMs,
    mismatch: () => awsError(conflict, 'Duplicate request detected. Use another ClientToken for other parameters.'),
  })
}
