import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Located, type Secret, secret } from './state.ts'

export function secretArn({ region, account }: Scope, { name, suffix }: Pick<Secret, 'name' | 'suffix'>): string {
  return formatArn('secretsmanager', region, account, `secret:${name}-${suffix}`)
}

/** What is asked for when a secret is not there (yet): any that could have the name. */
export function wouldBeArn(scope: Scope, name: string): string {
  return secretArn(scope, { name, suffix: '??????' })
}

/** The secret of a name, an ARN, or an ARN without its last six characters. Undefined when there is none. */
export async function lookUp(tx: ReadTx, id: string): Promise<Located | undefined> {
  const arn = id.startsWith('arn:') ? parseArn(id) : undefined
  if (!arn) return at(tx, id)
  if (arn.service !== 'secretsmanager' || !arn.resource.startsWith('secret:')) return undefined
  if (arn.region !== tx.scope.region) return undefined
  const home = tx.in({ account: arn.account })
  const rest = arn.resource.slice('secret:'.length)
  const full = /^(.+)-([A-Za-z0-9]{6})$/.exec(rest)
  const exact = full && (await at(home, full[1] ?? ''))
  if (exact && exact.secret.suffix === full[2]) return exact
  return at(home, rest)
}

async function at(tx: ReadTx, name: string): Promise<Located | undefined> {
  const found = await tx.get(secret(name))
  return found && { secret: found, scope: tx.scope }
}

/** Throws ResourceNotFoundException. */
export async function locate(tx: ReadTx, id: string): Promise<Located> {
  const found = await lookUp(tx, id)
  if (!found) throw awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  return found
}

/** Like `locate`, for what can't be done with a secret that is marked for deletion: throws InvalidRequestException. */
export async function locateLive(tx: ReadTx, id: string): Promise<Located> {
  const found = await locate(tx, id)
  if (found.secret.deletedAtMs !== undefined) {
    throw awsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  }
  return found
}

/** What an operation on a secret asks for, whether or not there is one. */
export async function asking(
  action: string,
  id: string,
  ctx: Ctx,
  tx: ReadTx,
  context: Readonly<Record<string, ContextValue>> = {},
): Promise<AccessRequest[]> {
  const found = await lookUp(tx, id)
  const missing = id.startsWith('arn:') ? id : wouldBeArn(ctx.scope, id)
  const resource = found ? secretArn(found.scope, found.secret) : missing
  return [
    { action: `secretsmanager:${action}`, resource, context: { 'secretsmanager:SecretId': resource, ...context } },
  ]
}
