import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import type { Credentials } from '../kernel/host.ts'
import { type Ids, mixedAlphanumeric } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Records } from '../kernel/records.ts'
import { keyspace } from '../store/keyspace.ts'
import { newAccessKeyId } from './access-key-id.ts'

/**
 * Temporary credentials without a record of each: the session token is everything known of the session, sealed with a
 * key that all nodes share through the store. It works on every node and after a restart, costs no write, and ends by
 * itself (docs/decisions/003-access.md).
 */

interface SealingKey {
  readonly key: Uint8Array
  readonly createdAtMs: number
}
/** Numbered, and the number is in the token, so that a next key can come without ending sessions. */
const sealingKey = keyspace('authn', { scope: 'global' }).record<SealingKey, [number: number]>('sealing-key')
const currentKey = 1
const nowhere = { account: '', region: '' }

interface Claims {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly principal: Principal
}

const format = 1
const saltBytes = 16
const tagBytes = 16
/** A token that is longer was not made here: session policies and tags are bounded. */
const maxTokenCharacters = 24_576

export interface MintDeps {
  readonly records: Records
  readonly clock: Pick<Clock, 'nowMs'>
  readonly ids: Ids
}

/** Makes credentials for a session of `principal`, whose `session` says until when. */
export async function mintSession(principal: Principal, deps: MintDeps): Promise<Credentials> {
  const { session } = principal
  if (!session) throw new Error('temporary credentials are those of a session')
  const accessKeyId = newAccessKeyId('ASIA', principal.account, deps.ids)
  const secretAccessKey = deps.ids.token(40, `${mixedAlphanumeric}+/`)
  const owner = { ...principal, accessKeyId }
  const claims: Claims = { accessKeyId, secretAccessKey, principal: owner }
  const key = (await findSealingKey(deps.records, currentKey)) ?? (await createSealingKey(deps))
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: seal(key, currentKey, Buffer.from(JSON.stringify(claims))),
    expiresAtMs: session.expiresAtMs,
    principal: owner,
  }
}

/** What a session token holds, or undefined when it was not sealed here or is not whole. Does not look at the time. */
export async function openSession(records: Records, token: string): Promise<Claims | undefined> {
  if (token.length > maxTokenCharacters) return undefined
  const bytes = Buffer.from(token, 'base64')
  if (bytes.length < 2 + saltBytes + tagBytes || bytes[0] !== format) return undefined
  const key = await findSealingKey(records, bytes[1]!)
  const plain = key && unseal(key, bytes)
  return plain && (JSON.parse(plain.toString('utf8')) as Claims)
}

const found = new WeakMap<Records, Map<number, Uint8Array>>()

async function findSealingKey(records: Records, number: number): Promise<Uint8Array | undefined> {
  let keys = found.get(records)
  if (!keys) {
    keys = new Map()
    found.set(records, keys)
  }
  const known = keys.get(number)
  if (known) return known
  const stored = await records.read(nowhere, (tx) => tx.get(sealingKey(number)))
  if (stored) keys.set(number, stored.key)
  return stored?.key
}

/** Creates the key once: of two nodes that try, the second finds the first's. */
function createSealingKey(deps: MintDeps): Promise<Uint8Array> {
  const fresh = new Uint8Array(randomBytes(32))
  return deps.records.write(nowhere, async (tx) => {
    const stored = await tx.get(sealingKey(currentKey))
    if (stored) return stored.key
    tx.set(sealingKey(currentKey), { key: fresh, createdAtMs: deps.clock.nowMs() })
    return fresh
  })
}

/** Each token has an encryption key of its own, so that no number of tokens wears the shared one out. */
function tokenKey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, 'landfall session token', 32))
}

const zeroNonce = new Uint8Array(12)

function seal(key: Uint8Array, number: number, plain: Uint8Array): string {
  const salt = randomBytes(saltBytes)
  const head = Buffer.from([format, number])
  const cipher = createCipheriv('aes-256-gcm', tokenKey(key, salt), zeroNonce)
  cipher.setAAD(head)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([head, salt, body, cipher.getAuthTag()]).toString('base64')
}

function unseal(key: Uint8Array, bytes: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', tokenKey(key, bytes.subarray(2, 2 + saltBytes)), zeroNonce)
  decipher.setAAD(bytes.subarray(0, 2))
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(2 + saltBytes, bytes.length - tagBytes)), decipher.final()])
  } catch {
    // Not ours, or changed on the way: for the caller both are a bad token.
    return undefined
  }
}
