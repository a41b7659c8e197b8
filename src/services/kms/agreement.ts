import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locate } from './find.ts'
import { openMaterial } from './material.ts'
import { specOf } from './specs.ts'
import { checkUsable, endDryRun, refuseRecipient } from './usable.ts'
import { noteUse } from './use.ts'

/** Secrets that two parties derive, each from its own private key and the other's public one. */
export const agreement = operations<Api>()({
  DeriveSharedSecret: {
    authorize: ({ KeyId, KeyAgreementAlgorithm }, ctx, tx) =>
      asking('DeriveSharedSecret', KeyId, ctx, tx, { context: { 'kms:KeyAgreementAlgorithm': KeyAgreementAlgorithm } }),
    async write(tx, { KeyId, KeyAgreementAlgorithm, PublicKey, Recipient, DryRun }, ctx) {
      refuseRecipient(Recipient)
      const at = await locate(tx, KeyId)
      checkUsable(at, 'DeriveSharedSecret', 'KEY_AGREEMENT')
      const publicKey = peerKey(PublicKey, specOf(at.key.spec).curve)
      endDryRun(DryRun)
      const der = Buffer.from((await openMaterial(tx, ctx.host, at)) ?? [])
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      const SharedSecret = new Uint8Array(diffieHellman({ privateKey, publicKey }))
      await noteUse(tx, at, 'DeriveSharedSecret', ctx)
      return {
        KeyId: keyArn(at.scope, at.key.id),
        SharedSecret,
        KeyAgreementAlgorithm,
        KeyOrigin: 'AWS_KMS' as const,
      }
    },
  },
})

/** Throws ValidationException for what is no public key on this curve: a point off it would give the private key away. */
function peerKey(der: Uint8Array, curve: string | undefined): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve) return key
  } catch (cause) {
    throw invalidPeer(curve, cause)
  }
  throw invalidPeer(curve)
}

function invalidPeer(curve: string | undefined, cause?: unknown): Error {
  return awsError(
    'ValidationException',
    `PublicKey must be a SubjectPublicKeyInfo, as DER, of a key on the curve ${curve}.`,
    { cause },
  )
}
