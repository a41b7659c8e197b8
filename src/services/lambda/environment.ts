import { isDeepStrictEqual } from 'node:util'
import { reservedVariables } from '../../functions/environment.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import { decryptWith, encryptWith, unreadable } from './environment-key.ts'
import { conflict, invalid } from './errors.ts'
import { type FunctionName, functionArn } from './names.ts'
import type { Configuration } from './state.ts'

/**
 * Environment variables are kept sealed, or under the key of KMS that the function names, and opened for who may see the
 * configuration and for starting instances: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
const purpose = 'function environment'
const mostBytes = 4096

/** The AWS managed key, which AWS uses where no key is named. What it keeps is kept under the data folder's key here. */
const defaultKey = 'alias/aws/lambda'

type Variables = Readonly<Record<string, string>>
type Kept = Pick<Configuration, 'environment' | 'sealedEnvironment'>
type Before = Kept & Pick<Configuration, 'kmsKeyArn' | 'role'>

/**
 * The variables of a version, opened as `principal`. `name` may have a qualifier; it makes no difference. Throws what KMS
 * does when a key of KMS doesn't open them.
 */
export async function environmentOf(
  host: Pick<Host, 'sealing' | 'invoke'>,
  name: FunctionName,
  { environment, sealedEnvironment }: Kept,
  principal: Principal,
): Promise<Variables | undefined> {
  if (!sealedEnvironment) return environment
  const { bytes, keyArn } = sealedEnvironment
  const arn = contextOf(name)
  const plain =
    keyArn === undefined
      ? host.sealing.unseal(purpose, bytes, arn)
      : await decryptWith(host, name.scope, principal, keyArn, arn, bytes)
  if (!plain) throw new Error(`the environment of ${arn} does not open with this data folder's key`)
  return JSON.parse(Buffer.from(plain).toString('utf8')) as Variables
}

/** As the API shows it: to who may not decrypt it, why. */
export async function describeEnvironment(ctx: Pick<Ctx, 'host' | 'principal'>, name: FunctionName, kept: Kept) {
  try {
    const variables = await environmentOf(ctx.host, name, kept, ctx.principal)
    return variables && { Variables: { ...variables } }
  } catch (error) {
    if (!isAwsError(error)) throw error
    return { Error: unreadable(error) }
  }
}

/**
 * What is to be kept of the variables that a request brings; of those before when it brings none, or the same under the
 * same key. Throws InvalidParameterValueException when they are reserved or too many, or the key can't be used.
 */
export async function changedEnvironment(
  ctx: Pick<Ctx, 'arn' | 'host' | 'newId' | 'principal' | 'scope'>,
  name: FunctionName,
  before: Kept,
  asked: { readonly Variables?: Variables } | undefined,
  { kmsKeyArn, role }: Pick<Configuration, 'kmsKeyArn' | 'role'>,
  roleChanges = false,
): Promise<Kept> {
  const keyArn = kmsKeyArn === ctx.arn('kms', defaultKey) ? undefined : kmsKeyArn
  const { sealedEnvironment } = before
  if (asked) check(asked.Variables ?? {})
  const sameKey = sealedEnvironment?.keyArn === keyArn && !(keyArn !== undefined && roleChanges)
  if (!asked && sealedEnvironment && sameKey) return { environment: undefined, sealedEnvironment }
  const variables = asked ? (asked.Variables ?? {}) : await opened(ctx, name, before)
  if (!variables || Object.keys(variables).length === 0) return { environment: undefined, sealedEnvironment: undefined }
  const arn = contextOf(name)
  if (sealedEnvironment && sameKey) {
    const known = await environmentOf(ctx.host, name, before, ctx.principal).catch(ifUnreadable)
    if (isDeepStrictEqual(variables, known)) return { environment: undefined, sealedEnvironment }
  }
  const plain = Buffer.from(JSON.stringify(variables))
  const id = ctx.newId()
  if (keyArn === undefined) {
    // Kept from before environments were sealed: sealed with the first change of anything.
    return { environment: undefined, sealedEnvironment: { id, bytes: ctx.host.sealing.seal(purpose, plain, arn) } }
  }
  const bytes = await encryptWith(ctx, keyArn, arn, role, plain)
  return { environment: undefined, sealedEnvironment: { id, bytes, keyArn } }
}

/** Throws ResourceConflictException when another change came between reading `before` and writing what follows from it. */
export function checkUnchanged(name: FunctionName, before: Before, now: Before): void {
  const same =
    before.sealedEnvironment?.id === now.sealedEnvironment?.id &&
    before.kmsKeyArn === now.kmsKeyArn &&
    (now.kmsKeyArn === undefined || before.role === now.role)
  if (same) return
  throw conflict(
    `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(name)}`,
  )
}

/** To be put under another key. */
async function opened(ctx: Pick<Ctx, 'host' | 'principal'>, name: FunctionName, before: Kept) {
  try {
    return await environmentOf(ctx.host, name, before, ctx.principal)
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid(unreadable(error).Message)
  }
}

/** Who may set variables need not be able to read those before. */
function ifUnreadable(error: unknown): undefined {
  if (!isAwsError(error)) throw error
}

/** A sealed environment opens only for the function that it was sealed for. */
function contextOf({ scope, name }: FunctionName): string {
  return functionArn({ scope, name })
}
function check(variables: Variables): void {
  const reserved = Object.keys(variables).filter((name) => reservedVariables.has(name))
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > mostBytes) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    )
  }
}
