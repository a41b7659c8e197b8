import crypto, { createPrivateKey, createPublicKey } from 'node:crypto'
import { operations } from '../../kernel/operation.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { invalidCiphertext } from './ciphertext.ts'
import { keyArn, locate } from './find.ts'
import { openMaterial } from './material.ts'
import { specOf } from './specs.ts'
import { material } from './state.ts'
import { checkUsable, endDryRun } from './usable.ts'
import { noteUse } from './use.ts'

const usage = 'ENCAPSULATE_DECAPSULATE'

/**
 * Shared secrets by ML-KEM (FIPS 203): one is made for a public key, and only its private key has it back.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
 */
export const encapsulation = operations<Api>()({
  Encapsulate: {
    authorize: ({ KeyId }, ctx, tx) => asking('Encapsulate', KeyId, ctx, tx),
    async write(tx, { KeyId, EncapsulationAlgorithm, DryRun }, ctx) {
      const at = await locate(tx, KeyId)
      checkUsable(at, 'Encapsulate', usage)
      endDryRun(DryRun)
      const found = await tx.in(at.scope).get(material(at.key.id, at.key.material))
      const key = createPublicKey({ key: Buffer.from(found?.publicKey ?? []), format: 'der', type: 'spki' })
      const { sharedKey, ciphertext } = crypto.encapsulate(key)
      await noteUse(tx, at, 'Encapsulate', ctx)
      return {
        KeyId: keyArn(at.scope, at.key.id),
        SharedSecret: new Uint8Array(sharedKey),
        SharedSecretCiphertextBlob: new Uint8Array(ciphertext),
        EncapsulationAlgorithm,
      }
    },
  },

  Decapsulate: {
    authorize: ({ KeyId }, ctx, tx) => asking('Decapsulate', KeyId, ctx, tx),
    async write(tx, { KeyId, SharedSecretCiphertextBlob: blob, EncapsulationAlgorithm, DryRun }, ctx) {
      const at = await locate(tx, KeyId)
      checkUsable(at, 'Decapsulate', usage)
      // Of the right length, what is not this key's gives another secret, not an error: that is how ML-KEM refuses.
      if (blob.length !== specOf(at.key.spec).kem?.ciphertextBytes) throw invalidCiphertext()
      endDryRun(DryRun)
      const der = Buffer.from((await openMaterial(tx, ctx.host, at)) ?? [])
      const secret = crypto.decapsulate(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), Buffer.from(blob))
      await noteUse(tx, at, 'Decapsulate', ctx)
      return { KeyId: keyArn(at.scope, at.key.id), SharedSecret: new Uint8Array(secret), EncapsulationAlgorithm }
    },
  },
})
