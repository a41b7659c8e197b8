import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'

const nonceBytes = 12
const tagBytes = 16

/** A value under a key of KMS: encrypted with a data key, which is kept encrypted under that key. */
export interface Envelope {
  readonly dataKey: Uint8Array
  readonly body: Uint8Array
}

/** Needs kms:GenerateDataKey of the caller. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
export async function enclose(ctx: Ctx, keyId: string, arn: string, bytes: Uint8Array): Promise<Envelope> {
  const made = await ask<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array }>(ctx, 'kms:GenerateDataKey', {
    KeyId: keyId,
    KeySpec: 'AES_256',
    EncryptionContext: { SecretARN: arn },
  })
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', made.Plaintext, nonce)
  const body = Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return { dataKey: made.CiphertextBlob, body: new Uint8Array(body) }
}

/** Needs kms:Decrypt of the caller. */
export async function disclose(ctx: Ctx, { dataKey, body }: Envelope, arn: string): Promise<Uint8Array> {
  const { Plaintext } = await ask<{ Plaintext: Uint8Array }>(ctx, 'kms:Decrypt', {
    CiphertextBlob: dataKey,
    EncryptionContext: { SecretARN: arn },
  })
  const decipher = createDecipheriv('aes-256-gcm', Plaintext, body.subarray(0, nonceBytes))
  decipher.setAuthTag(body.subarray(-tagBytes))
  return new Uint8Array(Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]))
}

async function ask<O>(ctx: Ctx, operation: string, input: object): Promise<O> {
  const context = { 'kms:ViaService': `secretsmanager.${ctx.region}.amazonaws.com` }
  try {
    return await ctx.host.invoke<O>(operation, input, { as: ctx.principal, scope: ctx.scope, context })
  } catch (error) {
    if (!isAwsError(error) || error.code === 'AccessDenied') throw error
    // KMS says why: the key is disabled, or not there.
    const code = operation === 'kms:Decrypt' ? 'DecryptionFailure' : 'EncryptionFailure'
    throw awsError(code, `Secrets Manager can't use the KMS key of the secret: ${error.message}`, { cause: error })
  }
}
