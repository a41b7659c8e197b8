import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { isBelow, type ParameterTest, parseFilters } from './filters.ts'
import type { Found } from './find.ts'
import { badToken, describeValue } from './get.ts'
import { invalid, parameterArn } from './names.ts'
import { describePolicies } from './policies.ts'
import { parameter, version } from './state.ts'

/** How many parameters one page looks at: filters may leave less of them than were asked for. */
const mostLookedAt = 1_000

/** Parameters by their place in the hierarchy, and by what they are. */
export const listing = operations<Api>()({
  GetParametersByPath: {
    authorize: ({ Path }, ctx) => [
      { action: 'ssm:GetParametersByPath', resource: parameterArn(ctx.scope, Path.replace(/(?<=.)\/$/, '')) },
    ],
    async read(
      tx,
      { Path, Recursive = false, ParameterFilters = [], WithDecryption, MaxResults = 10, NextToken },
      ctx,
    ) {
      if (!/^\/[\w./-]*$/.test(Path)) {
        throw invalid(
          'The parameter path must begin with a slash, and hold letters, digits and the symbols .-_ between slashes.',
        )
      }
      const { found, next } = await page(tx, {
        prefix: Path === '/' ? '' : Path.endsWith('/') ? Path : `${Path}/`,
        recursive: Recursive,
        test: parseFilters(ParameterFilters, 'ByPath'),
        path: Path,
        max: MaxResults,
        token: NextToken,
      })
      const Parameters = []
      for (const one of found) Parameters.push(await describeValue(ctx, one, WithDecryption))
      return { Parameters, NextToken: next }
    },
  },

  DescribeParameters: {
    authorize: () => [{ action: 'ssm:DescribeParameters', resource: '*' }],
    async read(tx, { Filters, ParameterFilters, MaxResults = 10, NextToken, Shared }, ctx) {
      if (Shared) throw invalid('Shared is not supported by Landfall: parameters are not shared between accounts.')
      if (Filters && ParameterFilters) {
        throw invalid('You can use either Filters or ParameterFilters in a single request.')
      }
      // The older kind: names by their beginning, types and keys as they are.
      const older = Filters?.map((one) => ({ ...one, Option: one.Key === 'Name' ? 'BeginsWith' : 'Equals' }))
      const given = ParameterFilters ?? older ?? []
      const prefixes = given.find(
        ({ Key, Option, Values }) => Key === 'Path' && Option === 'Recursive' && Values?.length === 1,
      )
      const path = prefixes?.Values?.[0]
      const { found, next } = await page(tx, {
        prefix: path === undefined || path === '/' ? '' : path,
        recursive: true,
        test: parseFilters(given, 'Describe'),
        max: MaxResults,
        token: NextToken,
      })
      return { Parameters: found.map((one) => describe(one, ctx)), NextToken: next }
    },
  },
})

interface Asked {
  readonly prefix: string
  readonly recursive: boolean
  readonly test: ParameterTest
  readonly path?: string
  readonly max: number
  readonly token: string | undefined
}

/** The next parameters in order of their names, by seeks: whole subtrees that are not asked for are stepped over. */
async function page(tx: ReadTx, asked: Asked): Promise<{ found: Found[]; next?: string }> {
  const { prefix, recursive, test, path, max, token } = asked
  const found: Found[] = []
  let looked = 0
  let bounds: { from: [string] } | { after: [string] } =
    token === undefined ? { from: [prefix] } : { after: [nameOfToken(token)] }
  scan: for (;;) {
    for await (const { key, value } of tx.range(parameter.between([], bounds), { limit: mostLookedAt + 1 })) {
      const [name] = key
      if (!name.startsWith(prefix)) return { found }
      if (found.length === max || looked++ === mostLookedAt) return { found, next: tokenBefore(bounds) }
      bounds = { after: [name] }
      if (path !== undefined && !isBelow(name, path, recursive)) {
        const deeper = recursive
          ? -1
          : name.indexOf('/', prefix.length + (prefix === '' && name.startsWith('/') ? 1 : 0))
        if (deeper < 0) continue
        // '0' is what follows '/': the first name after all that are below this level.
        bounds = { from: [`${name.slice(0, deeper)}0`] }
        continue scan
      }
      const latest = await tx.get(version(name, value.version))
      if (latest && test(value, latest)) found.push({ parameter: value, number: value.version, version: latest })
    }
    return { found }
  }
}

const tokenBefore = (bounds: { from: [string] } | { after: [string] }): string =>
  // Names before `from` are not there to be found again.
  'after' in bounds ? toPageToken(bounds.after[0]) : toPageToken(bounds.from[0].slice(0, -1).concat('/\u{10ffff}'))

function nameOfToken(token: string): string {
  const parts = fromPageToken(token)
  if (!parts) throw badToken()
  return parts[0]
}

function describe({ parameter: { name }, number, version: latest }: Found, ctx: Ctx) {
  return {
    Name: name,
    ARN: parameterArn(ctx.scope, name),
    Type: latest.type,
    KeyId: latest.keyId,
    LastModifiedDate: new Date(latest.modifiedAtMs),
    LastModifiedUser: latest.modifiedBy,
    Description: latest.description,
    AllowedPattern: latest.allowedPattern,
    Version: number,
    Tier: latest.tier,
    Policies: describePolicies(latest.policies),
    DataType: 'text',
  }
}
