import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { disclose, enclose } from './envelope.ts'
import { secretArn } from './find.ts'
import type { Located, Secret, SecretVersion } from './state.ts'

export interface GivenValue {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
}

export interface PlainValue {
  readonly bytes: Uint8Array
  readonly binary: boolean
}

export const defaultKey = 'alias/aws/secretsmanager'
const mostBytes = 65_536

/** The value that a request gives, if any. Throws InvalidParameterException when it gives two, or too much. */
export function givenValue({ SecretString, SecretBinary }: GivenValue): PlainValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw awsError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  const bytes = SecretString === undefined ? SecretBinary : Buffer.from(SecretString)
  if (!bytes) return undefined
  if (bytes.length > mostBytes) {
    throw awsError('InvalidParameterException', `A secret value can have at most ${mostBytes} bytes.`)
  }
  return { bytes, binary: SecretString === undefined }
}

/** The id of the key that a secret is to be under; undefined for the service's own. */
export function ownKey(keyId: string | undefined, ctx: Ctx): string | undefined {
  if (!keyId || keyId === defaultKey || keyId === ctx.arn('kms', defaultKey)) return undefined
  return keyId
}

/** How a value is kept: readable only through this service. */
export async function sealValue(
  ctx: Ctx,
  { secret, scope }: Located,
  { bytes, binary }: PlainValue,
): Promise<SecretVersion> {
  const arn = secretArn(scope, secret)
  const { keyId } = secret
  const value =
    keyId === undefined
      ? { sealed: ctx.host.sealing.seal('secretsmanager secret', bytes, arn) }
      : await enclose(ctx, keyId, arn, bytes)
  return { value, binary, keyId, createdAtMs: ctx.nowMs }
}

export async function openValue(ctx: Ctx, { secret, scope }: Located, { value }: SecretVersion): Promise<Uint8Array> {
  const arn = secretArn(scope, secret)
  if ('dataKey' in value) return disclose(ctx, value, arn)
  const opened = ctx.host.sealing.unseal('secretsmanager secret', value.sealed, arn)
  if (!opened) throw awsError('DecryptionFailure', 'The value of the secret can not be decrypted.')
  return opened
}

/** The members of an answer that hold a value. */
export async function describeValue(ctx: Ctx, at: Located, version: SecretVersion) {
  const bytes = await openValue(ctx, at, version)
  return version.binary ? { SecretBinary: bytes } : { SecretString: Buffer.from(bytes).toString() }
}

export function stagesOf({ stages }: Secret, versionId: string): string[] {
  return Object.keys(stages).filter((stage) => stages[stage] === versionId)
}
