import { randomBytes } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { asking, type EncryptionContext } from './access.ts'
import type { Api } from './api.ts'
import { seal } from './encryption.ts'
import { keyArn, locate } from './find.ts'
import { makePair } from './material.ts'
import { specOf } from './specs.ts'
import { checkUsable, endDryRun, refuseRecipient } from './usable.ts'
import { noteUse } from './use.ts'

interface Asked {
  readonly KeyId: string
  readonly EncryptionContext?: EncryptionContext
  readonly DryRun?: boolean
}

/** Keys for use outside, in the clear and encrypted under a key that stays. */
export const dataKeys = operations<Api>()({
  GenerateDataKey: {
    authorize: ({ KeyId, EncryptionContext }, ctx, tx) =>
      asking('GenerateDataKey', KeyId, ctx, tx, { encryptionContext: EncryptionContext }),
    async write(tx, input, ctx) {
      refuseRecipient(input.Recipient)
      const { plain, ...rest } = await dataKey(tx, ctx, 'GenerateDataKey', input, () => randomBytes(lengthOf(input)))
      return { Plaintext: plain, ...rest }
    },
  },

  GenerateDataKeyWithoutPlaintext: {
    authorize: ({ KeyId, EncryptionContext }, ctx, tx) =>
      asking('GenerateDataKeyWithoutPlaintext', KeyId, ctx, tx, { encryptionContext: EncryptionContext }),
    async write(tx, input, ctx) {
      const make = () => randomBytes(lengthOf(input))
      const { plain: _, ...rest } = await dataKey(tx, ctx, 'GenerateDataKeyWithoutPlaintext', input, make)
      return rest
    },
  },

  GenerateDataKeyPair: {
    authorize: ({ KeyId, EncryptionContext, KeyPairSpec }, ctx, tx) =>
      asking('GenerateDataKeyPair', KeyId, ctx, tx, pairDetails(EncryptionContext, KeyPairSpec)),
    async write(tx, input, ctx) {
      refuseRecipient(input.Recipient)
      const { plain, ...rest } = await pair(tx, ctx, 'GenerateDataKeyPair', input)
      return { PrivateKeyPlaintext: plain, ...rest }
    },
  },

  GenerateDataKeyPairWithoutPlaintext: {
    authorize: ({ KeyId, EncryptionContext, KeyPairSpec }, ctx, tx) =>
      asking('GenerateDataKeyPairWithoutPlaintext', KeyId, ctx, tx, pairDetails(EncryptionContext, KeyPairSpec)),
    async write(tx, input, ctx) {
      const { plain: _, ...rest } = await pair(tx, ctx, 'GenerateDataKeyPairWithoutPlaintext', input)
      return rest
    },
  },

  GenerateRandom: {
    authorize: () => [{ action: 'kms:GenerateRandom', resource: '*' }],
    read(_tx, { NumberOfBytes, CustomKeyStoreId, Recipient }) {
      refuseRecipient(Recipient)
      if (CustomKeyStoreId !== undefined) {
        throw awsError('UnsupportedOperationException', 'CustomKeyStoreId is not supported by Landfall. Leave it out.')
      }
      if (NumberOfBytes === undefined) throw awsError('ValidationException', 'NumberOfBytes is required.')
      return { Plaintext: new Uint8Array(randomBytes(NumberOfBytes)) }
    },
  },
})

function pairDetails(encryptionContext: EncryptionContext | undefined, spec: string) {
  return { encryptionContext, context: { 'kms:DataKeyPairSpec': spec } }
}

function lengthOf({ NumberOfBytes, KeySpec }: { NumberOfBytes?: number; KeySpec?: string }): number {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined)) {
    throw awsError('ValidationException', 'Please specify either number of bytes or key spec.')
  }
  return NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32)
}

async function dataKey(
  tx: Tx,
  ctx: Ctx,
  operation: string,
  asked: Asked,
  make: () => Uint8Array | Promise<Uint8Array>,
) {
  const at = await locate(tx, asked.KeyId)
  checkUsable(at, operation, 'ENCRYPT_DECRYPT')
  if (at.key.spec !== 'SYMMETRIC_DEFAULT') {
    throw awsError('InvalidKeyUsageException', `${operation} needs a key of SYMMETRIC_DEFAULT, this is ${at.key.spec}.`)
  }
  endDryRun(asked.DryRun)
  const plain = new Uint8Array(await make())
  const CiphertextBlob = await seal(tx, ctx, at, plain, asked.EncryptionContext ?? {})
  await noteUse(tx, at, operation, ctx)
  return {
    plain,
    CiphertextBlob,
    KeyId: keyArn(at.scope, at.key.id),
    KeyMaterialId: at.key.material,
  }
}

async function pair(tx: Tx, ctx: Ctx, operation: string, asked: Asked & { readonly KeyPairSpec: string }) {
  const spec = specOf(asked.KeyPairSpec)
  let publicKey = new Uint8Array()
  const { CiphertextBlob, ...rest } = await dataKey(tx, ctx, operation, asked, async () => {
    const made = await makePair(spec)
    publicKey = new Uint8Array(made.publicKey)
    return made.privateKey
  })
  return {
    ...rest,
    PrivateKeyCiphertextBlob: CiphertextBlob,
    PublicKey: publicKey,
    KeyPairSpec: asked.KeyPairSpec as 'RSA_2048',
  }
}
