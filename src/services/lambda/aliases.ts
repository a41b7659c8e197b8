import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { conflict, functionNotFound, invalid, notFound, revisionMismatch } from './errors.ts'
import { findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { page } from './page.ts'
import { dropProvisioned, unpublished } from './provisioned.ts'
import { type Alias, alias, eventInvokeConfig, policy, provisioned, version } from './state.ts'
import { dropUrls } from './url-configs.ts'

/** Aliases, with the share of a second version: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
export const aliases = operations<Api>()({
  CreateAlias: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:CreateAlias', resource: arnOf(FunctionName, ctx) }],
    async write(tx, { FunctionName, Name, FunctionVersion, Description = '', RoutingConfig }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const home = tx.in(name.scope)
      await findFunction(tx, name)
      if (/^\d+$/.test(Name)) throw invalid(`An alias name can't be a number: ${Name}`)
      if (await home.get(alias(name.name, Name))) {
        throw conflict(`Alias already exists: ${functionArn({ ...name, qualifier: Name })}`)
      }
      await checkVersion(home, name, FunctionVersion)
      const made: Alias = {
        name: Name,
        version: FunctionVersion,
        description: Description,
        additional: await routing(home, name, FunctionVersion, RoutingConfig?.AdditionalVersionWeights),
        revisionId: ctx.newId(),
      }
      home.set(alias(name.name, Name), made)
      return describe(name, made)
    },
  },

  UpdateAlias: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:UpdateAlias', resource: arnOf(FunctionName, ctx) }],
    async write(tx, { FunctionName, Name, FunctionVersion, Description, RoutingConfig, RevisionId }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const home = tx.in(name.scope)
      const before = await findAlias(home, name, Name)
      if (RevisionId !== undefined && RevisionId !== before.revisionId) throw revisionMismatch()
      const to = FunctionVersion ?? before.version
      await checkVersion(home, name, to)
      const kept = await home.get(provisioned(name.name, Name))
      if (kept && to === '$LATEST') throw unpublished()
      // Who keeps its instances is told by that.
      if (kept) home.set(provisioned(name.name, Name), kept)
      const next: Alias = {
        name: Name,
        version: to,
        description: Description ?? before.description,
        additional: RoutingConfig
          ? await routing(home, name, to, RoutingConfig.AdditionalVersionWeights)
          : before.additional,
        revisionId: ctx.newId(),
      }
      home.set(alias(name.name, Name), next)
      return describe(name, next)
    },
  },

  GetAlias: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:GetAlias', resource: arnOf(FunctionName, ctx) }],
    async read(tx, { FunctionName, Name }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      return describe(name, await findAlias(tx.in(name.scope), name, Name))
    },
  },

  ListAliases: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:ListAliases', resource: arnOf(FunctionName, ctx) }],
    async read(tx, { FunctionName, FunctionVersion, Marker, MaxItems }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      await findFunction(tx, name)
      const { items, next } = await page(
        Marker,
        Math.min(MaxItems ?? 50, 50),
        ['string', 'string'],
        (after) => tx.in(name.scope).range(alias.between([name.name], after ? { after: [after[1]] } : {})),
        ({ value }) => FunctionVersion === undefined || value.version === FunctionVersion,
      )
      return { Aliases: items.map(({ value }) => describe(name, value)), NextMarker: next }
    },
  },

  DeleteAlias: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:DeleteAlias', resource: arnOf(FunctionName, ctx) }],
    async write(tx, { FunctionName, Name }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const home = tx.in(name.scope)
      await findFunction(tx, name)
      // One that is not there is deleted.
      home.delete(alias(name.name, Name))
      home.delete(policy(name.name, Name))
      home.delete(eventInvokeConfig(name.name, Name))
      await dropProvisioned(home, name.name, Name)
      await dropUrls(home, name.name, Name)
      return {}
    },
  },
})

async function findAlias(tx: ReadTx, name: FunctionName, called: string): Promise<Alias> {
  await findFunction(tx, name)
  const found = await tx.get(alias(name.name, called))
  if (!found) throw notFound(`Cannot find alias arn: ${functionArn({ ...name, qualifier: called })}`)
  return found
}

async function checkVersion(tx: ReadTx, name: FunctionName, number: string): Promise<void> {
  if (number === '$LATEST') return
  if (!(await tx.get(version(name.name, Number(number))))) throw functionNotFound({ ...name, qualifier: number })
}

async function routing(
  tx: ReadTx,
  name: FunctionName,
  main: string,
  weights: Record<string, number> | undefined,
): Promise<Alias['additional']> {
  const entries = Object.entries(weights ?? {})
  const [first] = entries
  if (!first) return undefined
  if (entries.length > 1) throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1')
  const [number, weight] = first
  if (!(weight >= 0 && weight <= 1)) throw invalid('A weight is a number from 0.0 to 1.0.')
  if (main === '$LATEST' || number === '$LATEST')
    throw invalid('$LATEST is not supported for an alias pointing to more than 1 version')
  if (number === main) throw invalid(`Invalid function version ${number}. The alias points to it already.`)
  await checkVersion(tx, name, number)
  return { version: number, weight }
}

function describe(name: FunctionName, value: Alias) {
  return {
    AliasArn: functionArn({ scope: name.scope, name: name.name, qualifier: value.name }),
    Name: value.name,
    FunctionVersion: value.version,
    Description: value.description,
    RoutingConfig: value.additional && {
      AdditionalVersionWeights: { [value.additional.version]: value.additional.weight },
    },
    RevisionId: value.revisionId,
  }
}
