import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { Principal } from '../../kernel/principal.ts'
import { invalid } from './alarm-input.ts'

/** A key that was found fit, and something encrypted under it, by which is tried who may decrypt. */
export interface DatasetKey {
  readonly arn: string
  readonly probe: Uint8Array
}

type Asking = Pick<Ctx, 'host' | 'scope' | 'region' | 'principal'>

/**
 * Has a service try all that it needs of a key. Throws KmsKeyNotFoundException, KmsKeyDisabledException,
 * KmsAccessDeniedException, or ValidationError for a key of another kind.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AssociateDatasetKmsKey.html
 */
export async function makeProbe(ctx: Asking, arn: string, as: Principal): Promise<DatasetKey> {
  const { KeyMetadata: key } = await describe(ctx, arn, as)
  if (key.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyUsage !== 'ENCRYPT_DECRYPT')
    throw invalid(`The key ${arn} must be a symmetric encryption key (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT).`)
  if (key.KeyManager !== 'CUSTOMER') throw invalid(`The key ${arn} must be a customer managed key.`)
  const asked = { KeyId: arn, KeySpec: 'AES_256' }
  const { CiphertextBlob: probe } = await ask<{ CiphertextBlob: Uint8Array }>(ctx, 'GenerateDataKey', asked, as)
  await dryRun(ctx, 'Encrypt', { KeyId: arn, Plaintext: Uint8Array.of(0) }, as)
  await tryDecrypt(ctx, { arn, probe }, as)
  const again = { CiphertextBlob: probe, SourceKeyId: arn, DestinationKeyId: arn }
  await dryRun(ctx, 'ReEncrypt', again, as)
  return { arn, probe }
}

/** Throws, as `makeProbe` does, unless `as` may decrypt what is under the key. */
export function tryDecrypt(ctx: Asking, { arn, probe }: DatasetKey, as: Principal): Promise<void> {
  return dryRun(ctx, 'Decrypt', { KeyId: arn, CiphertextBlob: probe }, as)
}

/**
 * Throws KmsAccessDeniedException unless the caller may decrypt what is under the key that is to be let go. Of one that
 * nobody can use any more nothing is asked.
 */
export async function checkRelease(ctx: Asking, key: DatasetKey, service: Principal): Promise<void> {
  try {
    const { KeyMetadata } = await describe(ctx, key.arn, service)
    if (KeyMetadata.KeyState === 'Enabled') await tryDecrypt(ctx, key, ctx.principal)
  } catch (error) {
    if (!isAwsError(error, 'KmsKeyDisabledException', 'KmsKeyNotFoundException')) throw error
  }
}

interface Described {
  readonly KeyMetadata: {
    readonly KeyState?: string
    readonly KeySpec?: string
    readonly KeyUsage?: string
    readonly KeyManager?: string
  }
}

async function describe(ctx: Asking, KeyId: string, as: Principal): Promise<Described> {
  try {
    return await ask<Described>(ctx, 'DescribeKey', { KeyId }, as)
  } catch (error) {
    // No policy lets the service see a key that is not there: the caller may be told that it is not.
    if (isAwsError(error, 'KmsAccessDeniedException')) await ask(ctx, 'DescribeKey', { KeyId }, ctx.principal)
    throw error
  }
}

async function dryRun(ctx: Asking, operation: string, input: object, as: Principal): Promise<void> {
  try {
    await ask(ctx, operation, { ...input, DryRun: true }, as)
  } catch (error) {
    if (!isAwsError(error, 'DryRunOperationException')) throw error
  }
}

async function ask<O>({ host, scope, region }: Asking, operation: string, input: object, as: Principal): Promise<O> {
  const context = { 'kms:ViaService': `cloudwatch.${region}.amazonaws.com` }
  try {
    return await host.invoke<O>(`kms:${operation}`, input, { as, scope, context })
  } catch (error) {
    if (!isAwsError(error)) throw error
    const code = codes[error.code]
    if (code === undefined) throw error
    throw awsError(code, error.message, { cause: error })
  }
}

const codes: Readonly<Record<string, string>> = {
  NotFoundException: 'KmsKeyNotFoundException',
  DisabledException: 'KmsKeyDisabledException',
  KMSInvalidStateException: 'KmsKeyDisabledException',
  AccessDenied: 'KmsAccessDeniedException',
  AccessDeniedException: 'KmsAccessDeniedException',
}
