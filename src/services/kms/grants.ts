import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { asking, namesOf, withStatement } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locate, locateById, lookUp } from './find.ts'
import { markerOf, pageOf } from './page.ts'
import { type Grant, grant, granted, grantNamed, type Located, retirable } from './state.ts'
import { checkNotDeleted, endDryRun } from './usable.ts'

/** Grants let a principal use a key besides what the key's policy says. They are in force at once. */
export const grants = operations<Api>()({
  CreateGrant: {
    authorize: ({ KeyId, GranteePrincipal, Operations, RetiringPrincipal, Constraints }, ctx, tx) =>
      asking('CreateGrant', KeyId, ctx, tx, {
        context: {
          'kms:GrantOperations': Operations,
          ...(GranteePrincipal !== undefined && { 'kms:GranteePrincipal': GranteePrincipal }),
          ...(RetiringPrincipal !== undefined && { 'kms:RetiringPrincipal': RetiringPrincipal }),
          ...(Constraints && { 'kms:GrantConstraintType': Object.keys(Constraints) }),
        },
      }),
    async write(tx, input, ctx) {
      const at = await locateById(tx, input.KeyId)
      checkNotDeleted(at)
      const made = grantOf(input, at, ctx)
      endDryRun(input.DryRun)
      const home = tx.in(at.scope)
      const before = made.name === undefined ? undefined : await home.get(grantNamed(at.key.id, made.name))
      const same = before === undefined ? undefined : await home.get(grant(at.key.id, before))
      const kept = same && isSame(same, made) ? same : made
      if (kept === made) store(home, made)
      return { GrantId: kept.id, GrantToken: tokenOf(at, kept.id) }
    },
  },

  ListGrants: {
    authorize: ({ KeyId }, ctx, tx) => asking('ListGrants', KeyId, ctx, tx),
    async read(tx, { KeyId, Limit = 50, Marker, GrantId, GranteePrincipal, GranteeServicePrincipal }) {
      refuseServices({ GranteeServicePrincipal })
      const at = await locateById(tx, KeyId)
      const after = markerOf(Marker)
      const range = grant.between([at.key.id], after === undefined ? {} : { after: [after] })
      const chosen = async function* () {
        for await (const { value } of tx.in(at.scope).range(range)) {
          if (GrantId !== undefined && value.id !== GrantId) continue
          if (GranteePrincipal === undefined || value.grantee === GranteePrincipal) yield value
        }
      }
      const { items, rest } = await pageOf(chosen(), Limit, ({ id }) => id)
      return { Grants: items.map((one) => describe(one, at)), ...rest }
    },
  },

  ListRetirableGrants: {
    authorize: () => [{ action: 'kms:ListRetirableGrants', resource: '*' }],
    async read(tx, { RetiringPrincipal, RetiringServicePrincipal, Limit = 50, Marker }, ctx) {
      refuseServices({ RetiringServicePrincipal })
      if (RetiringPrincipal === undefined) throw awsError('ValidationException', 'RetiringPrincipal is required.')
      const [keyId, id] = markerOf(Marker)?.split(' ') ?? []
      const after = keyId === undefined || id === undefined ? {} : { after: [keyId, id] as const }
      const chosen = async function* () {
        for await (const key of tx.keys(retirable.between([RetiringPrincipal], after), { limit: Limit + 1 })) {
          const found = await tx.get(grant(key[1], key[2]))
          if (found) yield found
        }
      }
      const { items, rest } = await pageOf(chosen(), Limit, (one) => `${one.keyId} ${one.id}`)
      return { Grants: items.map((one) => describe(one, { scope: ctx.scope })), ...rest }
    },
  },

  RevokeGrant: {
    authorize: ({ KeyId }, ctx, tx) => asking('RevokeGrant', KeyId, ctx, tx),
    async write(tx, { KeyId, GrantId, DryRun }) {
      const at = await locateById(tx, KeyId)
      const found = await tx.in(at.scope).get(grant(at.key.id, GrantId))
      if (!found) throw noGrant(GrantId)
      endDryRun(DryRun)
      remove(tx.in(at.scope), found)
      return {}
    },
  },

  RetireGrant: {
    async authorize(input, ctx, tx) {
      const { keyArn: arn, id } = named(input)
      const requests = await asking('RetireGrant', arn, ctx, tx)
      const at = await lookUp(tx, arn)
      const found = at && (await tx.in(at.scope).get(grant(at.key.id, id)))
      // Whoever it names may give it up.
      const name = namesOf(ctx.principal).find(
        (one) => one === found?.retiring || (one === found?.grantee && found.operations.includes('RetireGrant')),
      )
      if (!at || name === undefined) return requests
      return requests.map((one) => ({ ...one, resourcePolicy: withStatement(at.key.policy, 'RetireGrant', name) }))
    },
    async write(tx, input) {
      const { keyArn: arn, id } = named(input)
      const at = await locate(tx, arn)
      const found = await tx.in(at.scope).get(grant(at.key.id, id))
      if (!found) throw noGrant(id)
      endDryRun(input.DryRun)
      remove(tx.in(at.scope), found)
      return {}
    },
  },
})

function grantOf(input: InputFor<Api, 'CreateGrant'>, { key }: Located, ctx: Ctx): Grant {
  refuseServices(input)
  if (input.GranteePrincipal === undefined) throw awsError('ValidationException', 'GranteePrincipal is required.')
  for (const principal of [input.GranteePrincipal, input.RetiringPrincipal]) {
    if (principal !== undefined && !/^arn:[a-z-]+:(iam|sts)::\d{12}:.+$/.test(principal)) {
      throw awsError('InvalidArnException', `ARN ${principal} is not that of a user, role, session or account.`)
    }
  }
  if (input.Constraints?.SourceArn !== undefined) {
    throw awsError('UnsupportedOperationException', 'Constraints.SourceArn is not supported by Landfall. Leave it out.')
  }
  return {
    id: ctx.ids.token(64, '0123456789abcdef'),
    keyId: key.id,
    name: input.Name,
    createdAtMs: ctx.nowMs,
    grantee: input.GranteePrincipal,
    retiring: input.RetiringPrincipal,
    operations: input.Operations,
    equals: input.Constraints?.EncryptionContextEquals,
    subset: input.Constraints?.EncryptionContextSubset,
    issuer: `arn:aws:iam::${ctx.account}:root`,
  }
}

function refuseServices(input: object): void {
  const given = input as Readonly<Record<string, unknown>>
  for (const name of ['GranteeServicePrincipal', 'RetiringServicePrincipal']) {
    if (given[name] !== undefined) {
      throw awsError('UnsupportedOperationException', `${name} is not supported by Landfall. Leave it out.`)
    }
  }
}

function isSame(one: Grant, other: Grant): boolean {
  const facts = ({ grantee, retiring, operations, equals, subset }: Grant) =>
    JSON.stringify([grantee, retiring, operations, equals, subset])
  return facts(one) === facts(other)
}

function store(tx: Tx, made: Grant): void {
  tx.set(grant(made.keyId, made.id), made)
  tx.set(granted(made.keyId, made.grantee, made.id), true)
  if (made.retiring !== undefined) tx.set(retirable(made.retiring, made.keyId, made.id), true)
  if (made.name !== undefined) tx.set(grantNamed(made.keyId, made.name), made.id)
}

function remove(tx: Tx, { id, keyId, grantee, retiring, name }: Grant): void {
  tx.delete(grant(keyId, id))
  tx.delete(granted(keyId, grantee, id))
  if (retiring !== undefined) tx.delete(retirable(retiring, keyId, id))
  if (name !== undefined) tx.delete(grantNamed(keyId, name))
}

function describe(one: Grant, { scope }: Pick<Located, 'scope'>) {
  return {
    KeyId: keyArn(scope, one.keyId),
    GrantId: one.id,
    Name: one.name,
    CreationDate: new Date(one.createdAtMs),
    GranteePrincipal: one.grantee,
    RetiringPrincipal: one.retiring,
    IssuingAccount: one.issuer,
    Operations: [...one.operations] as 'Decrypt'[],
    Constraints:
      one.equals || one.subset
        ? {
            EncryptionContextEquals: one.equals && { ...one.equals },
            EncryptionContextSubset: one.subset && { ...one.subset },
          }
        : undefined,
  }
}

/** Names a grant, as its id does; it is no secret and lets nobody do anything. */
function tokenOf({ key, scope }: Located, id: string): string {
  return Buffer.from(JSON.stringify([keyArn(scope, key.id), id])).toString('base64url')
}

/** Which grant a request to retire means. Throws InvalidGrantTokenException. */
function named({ GrantToken, KeyId, GrantId }: InputFor<Api, 'RetireGrant'>): { keyArn: string; id: string } {
  if (GrantToken === undefined && KeyId !== undefined && GrantId !== undefined) return { keyArn: KeyId, id: GrantId }
  if (GrantToken === undefined || KeyId !== undefined || GrantId !== undefined) {
    throw awsError('ValidationException', 'Give GrantToken, or KeyId and GrantId.')
  }
  try {
    const parts: unknown = JSON.parse(Buffer.from(GrantToken, 'base64url').toString())
    const [arn, id] = Array.isArray(parts) ? (parts as unknown[]) : []
    if (typeof arn === 'string' && typeof id === 'string') return { keyArn: arn, id }
  } catch {
    // Not one of ours: said below.
  }
  throw awsError('InvalidGrantTokenException', 'The GrantToken is not one that CreateGrant answered.')
}

function noGrant(id: string): Error {
  return awsError('NotFoundException', `Grant ID ${id} not found`)
}
