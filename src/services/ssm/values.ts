import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { parameterArn } from './names.ts'
import type { StoredValue, Version } from './state.ts'

export const defaultKey = 'alias/aws/ssm'

/** How a SecureString's value is kept: opened only for who may decrypt it. */
export async function sealValue(ctx: Ctx, name: string, value: string, keyId: string): Promise<StoredValue> {
  if (!isDefaultKey(keyId, ctx)) {
    throw awsError('InvalidKeyId', `The KeyId ${keyId} is not supported by Landfall so far. Use ${defaultKey}.`)
  }
  return { sealed: ctx.host.sealing.seal('ssm parameter', Buffer.from(value), parameterArn(ctx.scope, name)) }
}

/** The value as it was put; without decryption, of a SecureString, the sealed bytes in base64. */
export async function openValue(
  ctx: Ctx,
  name: string,
  { value }: Pick<Version, 'value'>,
  decrypt: boolean | undefined,
): Promise<string> {
  if ('plain' in value) return value.plain
  if (!decrypt) return Buffer.from(value.sealed).toString('base64')
  const opened = ctx.host.sealing.unseal('ssm parameter', value.sealed, parameterArn(ctx.scope, name))
  if (!opened) throw new Error(`the value of ${name} does not open`)
  return Buffer.from(opened).toString()
}

function isDefaultKey(keyId: string, ctx: Ctx): boolean {
  return keyId === defaultKey || keyId === ctx.arn('kms', defaultKey)
}
