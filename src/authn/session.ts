import type { Credentials } from '../kernel/host.ts'
import { type Ids, mixedAlphanumeric } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { newAccessKeyId } from './access-key-id.ts'

/**
 * Temporary credentials without a record of each: the session token is everything known of the session, sealed. It
 * works on every node and after a restart, costs no write, and ends by itself (docs/decisions/003-access.md).
 */

interface Claims {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly principal: Principal
}

const purpose = 'session token'
/** A token that is longer was not made here: session policies and tags are bounded. */
const maxTokenCharacters = 24_576

export interface MintDeps {
  readonly sealing: Sealing
  readonly ids: Ids
}

/** Makes credentials for a session of `principal`, whose `session` says until when. */
export async function mintSession(principal: Principal, { sealing, ids }: MintDeps): Promise<Credentials> {
  const { session } = principal
  if (!session) throw new Error('temporary credentials are those of a session')
  const accessKeyId = newAccessKeyId('ASIA', principal.account, ids)
  const secretAccessKey = ids.token(40, `${mixedAlphanumeric}+/`)
  const owner = { ...principal, accessKeyId }
  const claims: Claims = { accessKeyId, secretAccessKey, principal: owner }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: Buffer.from(sealing.seal(purpose, Buffer.from(JSON.stringify(claims)))).toString('base64'),
    expiresAtMs: session.expiresAtMs,
    principal: owner,
  }
}

/** What a session token holds, or undefined when it was not sealed here or is not whole. Does not look at the time. */
export function openSession(sealing: Sealing, token: string): Claims | undefined {
  if (token.length > maxTokenCharacters) return undefined
  const plain = sealing.unseal(purpose, Buffer.from(token, 'base64'))
  return plain && (JSON.parse(Buffer.from(plain).toString('utf8')) as Claims)
}
