import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import type { Clock } from '../kernel/clock.ts'
import type { Records } from '../kernel/records.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { keyspace } from '../store/keyspace.ts'

interface SealingKey {
  readonly key: Uint8Array
  readonly createdAtMs: number
}
/** Numbered, and the number is in what was sealed, so that a next key can come without that of before being lost. */
const sealingKey = keyspace('authn', { scope: 'global' }).record<SealingKey, [number: number]>('sealing-key')
const currentKey = 1
const nowhere = { account: '', region: '' }

const format = 1
const headBytes = 2
const saltBytes = 16
const tagBytes = 16
const zeroNonce = new Uint8Array(12)

/**
 * Opens the keys of this data folder; makes the first at its first start: of two nodes that try, one finds the other's.
 * Not to be used before `opened` resolves.
 */
export function openSealing(
  records: Records,
  clock: Pick<Clock, 'nowMs'>,
): Sealing & { readonly opened: Promise<void> } {
  const keys = new Map<number, Uint8Array>()
  const open = async () => {
    if (!(await records.read(nowhere, (tx) => tx.get(sealingKey(currentKey))))) {
      const fresh = randomKey()
      await records.write(nowhere, async (tx) => {
        if (!(await tx.get(sealingKey(currentKey)))) {
          tx.set(sealingKey(currentKey), { key: fresh, createdAtMs: clock.nowMs() })
        }
      })
    }
    await records.read(nowhere, async (tx) => {
      for await (const { key, value } of tx.range(sealingKey.under())) keys.set(key[0], value.key)
    })
  }
  const keyOf = (number: number) => {
    const key = keys.get(number)
    if (keys.size === 0) throw new Error('the sealing keys are used before they are opened')
    return key
  }
  return {
    opened: open(),
    seal(purpose, plain, context = '') {
      const salt = randomBytes(saltBytes)
      const head = Buffer.from([format, currentKey])
      const cipher = createCipheriv('aes-256-gcm', ownKey(keyOf(currentKey) as Uint8Array, purpose, salt), zeroNonce)
      cipher.setAAD(Buffer.concat([head, Buffer.from(context)]))
      return new Uint8Array(Buffer.concat([head, salt, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
    },
    unseal(purpose, sealed, context = '') {
      const key = keyOf(sealed[1] ?? 0)
      if (!key || sealed.length < headBytes + saltBytes + tagBytes || sealed[0] !== format) return undefined
      const salt = sealed.subarray(headBytes, headBytes + saltBytes)
      const decipher = createDecipheriv('aes-256-gcm', ownKey(key, purpose, salt), zeroNonce)
      decipher.setAAD(Buffer.concat([sealed.subarray(0, headBytes), Buffer.from(context)]))
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      try {
        const body = sealed.subarray(headBytes + saltBytes, sealed.length - tagBytes)
        return Buffer.concat([decipher.update(body), decipher.final()])
      } catch {
        // Not ours, or changed on the way: for the caller both are nothing.
        return undefined
      }
    },
  }
}

/** From the system itself: a node makes one as it starts for the first time, when loading node:crypto would take longer than all else here. */
function randomKey(): Uint8Array {
  const key = new Uint8Array(32)
  const source = openSync('/dev/urandom', 'r')
  try {
    if (readSync(source, key) !== key.length) throw new Error('the system gave too few random bytes')
  } finally {
    closeSync(source)
  }
  return key
}

/** Each piece has an encryption key of its own, so that no number of them wears the shared one out. */
function ownKey(shared: Uint8Array, purpose: string, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', shared, salt, `landfall ${purpose}`, 32))
}
