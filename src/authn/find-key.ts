import type { Clock } from '../kernel/clock.ts'
import type { AccessKey, PolicySource } from '../kernel/policy-source.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Records } from '../kernel/records.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { accountOfAccessKey } from './access-key-id.ts'
import type { AuthnDeps, Credential } from './authenticate.ts'
import { equalSecret } from './hmac.ts'
import { openSession } from './session.ts'

export interface FindKeyDeps {
  readonly records: Records
  readonly sealing: Sealing
  readonly policySource: PolicySource
  readonly clock: Pick<Clock, 'nowMs'>
  /** Accept the well-known key `test`/`test`. */
  readonly dev: boolean
}

/** The account of the well-known key. */
export const devAccount = '000000000000'

/** Everything an account's own: what its root credentials, and the administrator key, stand for. */
export function rootPrincipal(account: string): Principal {
  return { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account }
}

const maxKeys = 4_096

/**
 * Finds the secret and owner of an access key: the well-known one, a session's, or a stored one. Stored keys are kept
 * while the account's generation lasts, so a key that was deleted or made inactive ends with that change.
 */
export function createFindKey(deps: FindKeyDeps): AuthnDeps['findKey'] {
  const stored = new Map<string, { generation: number; key: AccessKey | undefined }>()
  const sessions = new Map<string, ReturnType<typeof openSession>>()
  const wellKnown: Credential = {
    secretAccessKey: 'test',
    principal: { ...rootPrincipal(devAccount), accessKeyId: 'test' },
  }

  async function session(accessKeyId: string, token: string): Promise<Credential | undefined> {
    let claims = sessions.get(token)
    if (!claims) {
      claims = openSession(deps.sealing, token)
      if (!claims) return refused('bad-token')
      remember(sessions, token, claims)
    }
    if (!equalSecret(claims.accessKeyId, accessKeyId)) return refused('bad-token')
    const expired = (claims.principal.session?.expiresAtMs ?? 0) <= deps.clock.nowMs()
    return { ...claims, ...(expired && { problem: 'expired' }) }
  }

  async function found(accessKeyId: string, sessionToken: string | undefined): Promise<Credential | undefined> {
    const account = accountOfAccessKey(accessKeyId)
    if (account === undefined) return undefined
    if (accessKeyId.startsWith('ASIA'))
      return sessionToken === undefined ? undefined : session(accessKeyId, sessionToken)
    const key = await deps.records.read({ account, region: '' }, async (tx) => {
      const generation = await deps.policySource.generation(tx, account)
      const known = stored.get(accessKeyId)
      if (known?.generation === generation) return known.key
      const found = await deps.policySource.accessKey(tx, account, accessKeyId)
      // Only what exists is kept: guesses must not push out keys in use.
      if (found) remember(stored, accessKeyId, { generation, key: found })
      else stored.delete(accessKeyId)
      return found
    })
    if (key && sessionToken !== undefined) return refused('bad-token')
    return key
  }

  return (accessKeyId, sessionToken) =>
    deps.dev && accessKeyId === 'test' ? wellKnown : found(accessKeyId, sessionToken)
}

function refused(problem: NonNullable<Credential['problem']>): Credential {
  return { secretAccessKey: '', principal: { kind: 'anonymous', account: '', arn: '*', userId: 'anonymous' }, problem }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= maxKeys && !map.has(key)) map.delete(map.keys().next().value!)
  map.set(key, value)
}
