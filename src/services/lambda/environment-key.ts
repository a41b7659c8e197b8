import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { invalid } from './errors.ts'

/* The environment of a function under a key of KMS. */

/** A function's own ARN: what else is encrypted under the key does not open as its environment. */
const contextOf = (arn: string) => ({ 'aws:lambda:FunctionArn': arn })

/**
 * Encrypts as the caller, who needs kms:Encrypt and kms:CreateGrant, and lets the execution role decrypt it by a grant.
 * Throws InvalidParameterValueException when the key can't be used, AccessDeniedException.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
export async function encryptWith(
  ctx: Pick<Ctx, 'host' | 'principal' | 'scope'>,
  keyArn: string,
  arn: string,
  role: string,
  plain: Uint8Array,
): Promise<Uint8Array> {
  const as = ctx.principal
  const encrypt = { KeyId: keyArn, Plaintext: plain, EncryptionContext: contextOf(arn) }
  const made = await ask<{ CiphertextBlob: Uint8Array; KeyId: string }>(ctx.host, ctx.scope, as, 'Encrypt', encrypt)
    .then(async (encrypted) => {
      const grant = {
        KeyId: encrypted.KeyId,
        // The same again is the same grant.
        Name: `lambda-${arn.slice(arn.lastIndexOf(':') + 1)}`,
        GranteePrincipal: role,
        Operations: ['Decrypt', 'RetireGrant'],
        Constraints: { EncryptionContextEquals: contextOf(arn) },
      }
      await ask(ctx.host, ctx.scope, as, 'CreateGrant', grant)
      return encrypted
    })
    .catch((error: unknown) => {
      if (!isAwsError(error) || error.code === 'AccessDenied') throw error
      throw invalid(
        'Lambda was unable to configure access to your environment variables because the KMS key is invalid for ' +
          `CreateGrant. Please check your KMS key settings. ${detail(error)}`,
      )
    })
  return made.CiphertextBlob
}

/** Needs kms:Decrypt of `as`, or a grant. Throws what KMS does. */
export async function decryptWith(
  host: Pick<Host, 'invoke'>,
  scope: Scope,
  as: Principal,
  keyArn: string,
  arn: string,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const input = { KeyId: keyArn, CiphertextBlob: bytes, EncryptionContext: contextOf(arn) }
  return (await ask<{ Plaintext: Uint8Array }>(host, scope, as, 'Decrypt', input)).Plaintext
}

/** In place of the variables, for who may not decrypt them, or when nobody can. */
export function unreadable(error: AwsError) {
  return {
    ErrorCode: codeOf(error),
    Message: `Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. ${detail(error)}`,
  }
}

/** What a request is told whose instance can't be given its environment. */
export function notDecrypted(error: unknown): unknown {
  if (!isAwsError(error)) return error
  const [code, why] = reasons[error.code] ?? reasons.AccessDenied
  const message = `Lambda was unable to decrypt the environment variables because ${why}. Please check the function's KMS key settings. ${detail(error)}`
  return awsError(code, message, { members: { Type: 'User' }, cause: error })
}

const reasons: Readonly<Record<string, readonly [code: string, why: string]>> & {
  readonly AccessDenied: readonly [code: string, why: string]
} = {
  AccessDenied: ['KMSAccessDeniedException', 'KMS access was denied'],
  NotFoundException: ['KMSNotFoundException', 'the KMS key was not found'],
  DisabledException: ['KMSDisabledException', 'the KMS key used is disabled'],
  KMSInvalidStateException: ['KMSInvalidStateException', 'the state of the KMS key used is not valid for Decrypt'],
}

function detail(error: AwsError): string {
  return `KMS Exception: ${codeOf(error)} KMS Message: ${error.message}`
}

/** What is denied has another name inside of an answer than in the kernel. */
function codeOf({ code }: AwsError): string {
  return code === 'AccessDenied' ? 'AccessDeniedException' : code
}

function ask<O>(host: Pick<Host, 'invoke'>, scope: Scope, as: Principal, operation: string, input: object): Promise<O> {
  const context = {
    'kms:ViaService': `lambda.${scope.region}.amazonaws.com`,
    ...(operation === 'CreateGrant' && { 'kms:GrantIsForAWSResource': true }),
  }
  return host.invoke<O>(`kms:${operation}`, input, { as, scope, context })
}
