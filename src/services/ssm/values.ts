import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { invalid, parameterArn } from './names.ts'
import type { StoredValue, Version } from './state.ts'

export const defaultKey = 'alias/aws/ssm'
/** What KMS encrypts directly. */
const mostUnderKey = 4_096

/** How a SecureString's value is kept: opened only for who may decrypt it. A key of KMS needs kms:Encrypt of the caller. */
export async function sealValue(ctx: Ctx, name: string, value: string, keyId: string): Promise<StoredValue> {
  const arn = parameterArn(ctx.scope, name)
  if (isDefaultKey(keyId, ctx)) {
    return { sealed: ctx.host.sealing.seal('ssm parameter', Buffer.from(value), arn) }
  }
  if (Buffer.byteLength(value) > mostUnderKey) {
    throw invalid(
      `A SecureString of more than ${mostUnderKey} bytes is supported by Landfall with KeyId ${defaultKey} only.`,
    )
  }
  const { CiphertextBlob } = await ask<{ CiphertextBlob: Uint8Array }>(ctx, 'kms:Encrypt', {
    KeyId: keyId,
    Plaintext: Buffer.from(value),
    EncryptionContext: { PARAMETER_ARN: arn },
  })
  return { encrypted: CiphertextBlob }
}

/** The value as it was put; without decryption, of a SecureString, what is kept of it in base64. */
export async function openValue(
  ctx: Ctx,
  name: string,
  { value }: Pick<Version, 'value'>,
  decrypt: boolean | undefined,
): Promise<string> {
  if ('plain' in value) return value.plain
  if (!decrypt) return Buffer.from('sealed' in value ? value.sealed : value.encrypted).toString('base64')
  const arn = parameterArn(ctx.scope, name)
  if ('encrypted' in value) {
    const { Plaintext } = await ask<{ Plaintext: Uint8Array }>(ctx, 'kms:Decrypt', {
      CiphertextBlob: value.encrypted,
      EncryptionContext: { PARAMETER_ARN: arn },
    })
    return Buffer.from(Plaintext).toString()
  }
  const opened = ctx.host.sealing.unseal('ssm parameter', value.sealed, arn)
  if (!opened) throw new Error(`the value of ${name} does not open`)
  return Buffer.from(opened).toString()
}

function isDefaultKey(keyId: string, ctx: Ctx): boolean {
  return keyId === defaultKey || keyId === ctx.arn('kms', defaultKey)
}

async function ask<O>(ctx: Ctx, operation: string, input: object): Promise<O> {
  const context = { 'kms:ViaService': `ssm.${ctx.region}.amazonaws.com` }
  try {
    return await ctx.host.invoke<O>(operation, input, { as: ctx.principal, scope: ctx.scope, context })
  } catch (error) {
    if (!isAwsError(error) || error.code === 'AccessDenied') throw error
    throw awsError('InvalidKeyId', `${error.message} (KMS: ${error.code})`, { cause: error })
  }
}
