import { createHash, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { type KeySpec, specOf } from './specs.ts'
import { type Located, type Material, material } from './state.ts'

const purpose = 'kms key material'
const generate = promisify(generateKeyPair)

/** Makes material for a key and stores it sealed. Answers its id: what it is known by, which tells nothing of it. */
export async function makeMaterial(
  tx: Tx,
  host: Pick<Host, 'sealing' | 'clock'>,
  keyId: string,
  spec: string,
  rotated?: Material['rotated'],
): Promise<string> {
  const id = createHash('sha256').update(randomBytes(32)).digest('hex')
  storeMaterial(tx, host, keyId, id, await make(specOf(spec)), rotated)
  return id
}

/** Stores material sealed, under its id. */
export function storeMaterial(
  tx: Tx,
  host: Pick<Host, 'sealing' | 'clock'>,
  keyId: string,
  id: string,
  { secret, publicKey }: Made,
  rotated?: Material['rotated'],
): void {
  const sealed = host.sealing.seal(purpose, secret, contextOf(tx.scope, keyId, id))
  tx.set(material(keyId, id), { sealed, publicKey, createdAtMs: host.clock.nowMs(), rotated })
}

/** The bytes of a key's material, by default of that in use. */
export async function openMaterial(
  tx: ReadTx,
  host: Pick<Host, 'sealing'>,
  { key, scope }: Located,
  id = key.material,
): Promise<Uint8Array | undefined> {
  const found = await tx.in(scope).get(material(key.id, id))
  if (!found) return undefined
  const opened = host.sealing.unseal(purpose, found.sealed, contextOf(scope, key.id, id))
  if (!opened) throw new Error(`material of the key ${key.id} does not open`)
  return opened
}

const contextOf = (scope: { account: string; region: string }, keyId: string, id: string) =>
  `${scope.account} ${scope.region} ${keyId} ${id}`

interface Made {
  readonly secret: Uint8Array
  readonly publicKey?: Uint8Array
}

async function make(spec: KeySpec): Promise<Made> {
  if (spec.bytes !== undefined) return { secret: randomBytes(spec.bytes) }
  const { privateKey, publicKey } = await makePair(spec)
  return { secret: privateKey, publicKey }
}

/** A pair of keys as DER: PKCS 8 and SubjectPublicKeyInfo. Made on another thread; long ones take seconds. */
export async function makePair(spec: KeySpec): Promise<{ privateKey: Uint8Array; publicKey: Uint8Array }> {
  const pair = await generatePair(spec)
  return {
    privateKey: new Uint8Array(pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' })),
  }
}

function generatePair({ bits, curve, dsa, kem }: KeySpec): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  if (bits !== undefined) return generate('rsa', { modulusLength: bits })
  if (kem) return generate(kem.type)
  if (dsa) return generate(dsa)
  return curve === 'ed25519' ? generate('ed25519') : generate('ec', { namedCurve: curve ?? '' })
}
