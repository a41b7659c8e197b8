import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type GivenFilter, parseFilters } from './filters.ts'
import { asking, locate, secretArn } from './find.ts'
import { describe } from './secrets.ts'
import { order, type Secret, secret, version } from './state.ts'
import { defaultKey, stagesOf } from './value.ts'

/** How many secrets one page looks at: filters may leave less of them than were asked for. */
const mostLookedAt = 1_000

/** Lists of secrets and of their versions. */
export const listing = operations<Api>()({
  ListSecrets: {
    authorize: () => [{ action: 'secretsmanager:ListSecrets', resource: '*' }],
    async read(tx, { IncludePlannedDeletion, MaxResults = 100, NextToken, Filters, SortOrder, SortBy }, ctx) {
      const { found, next } = await pageOfSecrets(tx, {
        Filters,
        MaxResults,
        NextToken,
        IncludePlannedDeletion,
        SortOrder,
        SortBy,
      })
      return { SecretList: found.map((one) => describe(one, secretArn(ctx.scope, one))), NextToken: next }
    },
  },

  ListSecretVersionIds: {
    authorize: ({ SecretId }, ctx, tx) => asking('ListSecretVersionIds', SecretId, ctx, tx),
    async read(tx, { SecretId, MaxResults = 100, NextToken, IncludeDeprecated = false }) {
      const at = await locate(tx, SecretId)
      const { name } = at.secret
      const Versions = []
      let last: string | undefined
      let more = false
      const after = NextToken === undefined ? {} : { after: [textOf(NextToken)] as const }
      for await (const { key, value } of tx.in(at.scope).range(version.between([name], after))) {
        const stages = stagesOf(at.secret, key[1])
        if (stages.length === 0 && !IncludeDeprecated) continue
        more = Versions.length === MaxResults
        if (more) break
        last = key[1]
        Versions.push({
          VersionId: last,
          VersionStages: stages.length > 0 ? stages : undefined,
          CreatedDate: new Date(value.createdAtMs),
          KmsKeyIds: [value.keyId ?? defaultKey],
        })
      }
      return {
        Versions,
        NextToken: more && last !== undefined ? toPageToken(last) : undefined,
        ARN: secretArn(at.scope, at.secret),
        Name: name,
      }
    },
  },
})

interface Asked {
  readonly Filters?: readonly GivenFilter[] | undefined
  readonly MaxResults: number
  readonly NextToken?: string | undefined
  readonly IncludePlannedDeletion?: boolean | undefined
  readonly SortOrder?: string | undefined
  readonly SortBy?: string | undefined
}

/** The next secrets of the account, in the order asked for; by default as they were made. */
export async function pageOfSecrets(tx: ReadTx, asked: Asked): Promise<{ found: Secret[]; next?: string }> {
  const { SortBy = 'created-date', SortOrder = 'asc', MaxResults, NextToken, IncludePlannedDeletion } = asked
  if (SortBy === 'last-accessed-date') {
    throw awsError('InvalidParameterException', 'SortBy last-accessed-date is not supported by Landfall.')
  }
  const test = parseFilters(asked.Filters ?? [])
  const found: Secret[] = []
  let looked = 0
  let last: { name: string; atMs: number } | undefined
  for await (const at of namesInOrder(tx, SortBy, SortOrder === 'desc', NextToken)) {
    if (found.length === MaxResults || looked++ === mostLookedAt) {
      return { found, ...(last && { next: toPageToken(last.atMs, last.name) }) }
    }
    last = at
    const one = await tx.get(secret(at.name))
    if (!one || (one.deletedAtMs !== undefined && !IncludePlannedDeletion)) continue
    if (test(one, tx.scope.region)) found.push(one)
  }
  return { found }
}

async function* namesInOrder(
  tx: ReadTx,
  sortBy: string,
  reverse: boolean,
  token: string | undefined,
): AsyncIterable<{ name: string; atMs: number }> {
  const from = token === undefined ? undefined : positionOf(token)
  if (sortBy === 'name') {
    const bounds = from && (reverse ? { to: [from.name] } : { after: [from.name] })
    for await (const [name] of tx.keys(secret.between([], bounds ?? {}), { reverse })) yield { name, atMs: 0 }
    return
  }
  const bounds = from && (reverse ? { to: [from.atMs, from.name] } : { after: [from.atMs, from.name] })
  const by = sortBy === 'last-changed-date' ? 'changed' : 'created'
  for await (const [, atMs, name] of tx.keys(order.between([by], bounds ?? {}), { reverse })) yield { name, atMs }
}

function positionOf(token: string): { atMs: number; name: string } {
  const parts = fromPageToken(token, ['number', 'string'])
  if (!parts) throw badToken()
  return { atMs: parts[0], name: parts[1] }
}

function textOf(token: string): string {
  const parts = fromPageToken(token)
  if (!parts) throw badToken()
  return parts[0]
}

function badToken(): Error {
  return awsError('InvalidNextTokenException', 'You provided an invalid value for the NextToken parameter.')
}
