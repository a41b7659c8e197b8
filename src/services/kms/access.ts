import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { keyArn, lookUp, parseKeyId } from './find.ts'
import { type Grant, grant, granted, type Located } from './state.ts'

export type EncryptionContext = Readonly<Record<string, string>>

interface Details {
  readonly encryptionContext?: EncryptionContext | undefined
  readonly context?: Readonly<Record<string, ContextValue>>
}

/** What an operation on a key asks for: the key's policy must allow, or a grant. Also of a key that is not there. */
export async function asking(
  action: string,
  keyId: string,
  ctx: Ctx,
  tx: ReadTx,
  details: Details = {},
): Promise<AccessRequest[]> {
  const found = await lookUp(tx, keyId)
  if (found) return [await askingOf(action, found, ctx, tx, details)]
  const { account, id = '*' } = parseKeyId(keyId, ctx.scope)
  return [{ action: `kms:${action}`, resource: keyArn({ ...ctx.scope, account }, id), context: details.context ?? {} }]
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html */
export async function askingOf(
  action: string,
  { key, scope }: Located,
  ctx: Ctx,
  tx: ReadTx,
  { encryptionContext = {}, context = {} }: Details = {},
): Promise<AccessRequest> {
  const allowing = await grantFor(action, key.id, encryptionContext, ctx.principal, tx.in(scope).snapshot)
  return {
    action: `kms:${action}`,
    resource: keyArn(scope, key.id),
    resourcePolicy: allowing === undefined ? key.policy : withStatement(key.policy, action, allowing),
    policyRequired: true,
    resourceTags: { ...key.tags },
    context: {
      'kms:CallerAccount': ctx.principal.account,
      'kms:KeySpec': key.spec,
      'kms:KeyUsage': key.usage,
      'kms:KeyOrigin': key.origin ?? 'AWS_KMS',
      'kms:MultiRegion': false,
      'kms:EncryptionContextKeys': Object.keys(encryptionContext),
      ...Object.fromEntries(
        Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
      ),
      ...context,
    },
  }
}

/** The names by which grants may mean a caller. */
export function namesOf(principal: Principal): string[] {
  const own = [principal.arn, principal.session?.roleArn, `arn:aws:iam::${principal.account}:root`]
  return [...new Set(own.filter((name) => name !== undefined))]
}

async function grantFor(
  operation: string,
  keyId: string,
  context: EncryptionContext,
  principal: Principal,
  tx: ReadTx,
): Promise<string | undefined> {
  for (const name of namesOf(principal)) {
    for await (const [, , id] of tx.keys(granted.under(keyId, name))) {
      const one = await tx.get(grant(keyId, id))
      if (one?.operations.includes(operation) && holds(one, context)) return name
    }
  }
  return undefined
}

function holds({ equals, subset }: Grant, context: EncryptionContext): boolean {
  const within = (wanted: EncryptionContext) => Object.entries(wanted).every(([name, value]) => context[name] === value)
  if (equals && !(within(equals) && Object.keys(equals).length === Object.keys(context).length)) return false
  return !subset || within(subset)
}

/** A grant allows like a statement of the key's policy that names the grantee: denials are still stronger. */
export function withStatement(policy: string, action: string, principal: string): string {
  const document = JSON.parse(policy) as { Statement: unknown }
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement]
  const allowing = { Effect: 'Allow', Principal: { AWS: principal }, Action: `kms:${action}`, Resource: '*' }
  return JSON.stringify({ ...document, Statement: [...statements, allowing] })
}
