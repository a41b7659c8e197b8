import type { Ctx } from '../../kernel/context.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { conflict, constraint, invalid, notFound } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { page } from './page.ts'
import { type FunctionUrl, functionUrl, functionUrlById } from './state.ts'

export const urlPrefix = '/_aws/lambda-url/'
const gone = 'The resource you requested does not exist.'

/** Function URLs: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
export const urlConfigs = operations<Api>()({
  CreateFunctionUrlConfig: {
    authorize: (input, ctx) => [access('lambda:CreateFunctionUrlConfig', input, ctx)],
    async write(tx, input, ctx) {
      const name = readUrlName(input.FunctionName, ctx, input.Qualifier)
      await findVersion(tx, name)
      const home = tx.in(name.scope)
      const key = functionUrl(name.name, name.qualifier ?? '')
      if (await home.get(key)) {
        throw conflict(
          `Failed to create function url config for [functionArn = ${functionArn(name)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        )
      }
      const made: FunctionUrl = {
        id: ctx.ids.token(32, lowerAlphanumeric),
        authType: input.AuthType,
        invokeMode: input.InvokeMode,
        cors: input.Cors && checkCors(input.Cors),
        createdAtMs: ctx.nowMs,
        modifiedAtMs: ctx.nowMs,
      }
      home.set(key, made)
      home.set(functionUrlById(made.id), { scope: name.scope, name: name.name, qualifier: name.qualifier })
      const { LastModifiedTime: _, ...answer } = describe(name, made, ctx)
      return answer
    },
  },

  UpdateFunctionUrlConfig: {
    authorize: (input, ctx) => [access('lambda:UpdateFunctionUrlConfig', input, ctx)],
    async write(tx, input, ctx) {
      const name = readUrlName(input.FunctionName, ctx, input.Qualifier)
      const before = await findUrl(tx, name)
      const next: FunctionUrl = {
        ...before,
        authType: input.AuthType ?? before.authType,
        invokeMode: input.InvokeMode ?? before.invokeMode,
        cors: input.Cors ? checkCors(input.Cors) : before.cors,
        modifiedAtMs: ctx.nowMs,
      }
      tx.in(name.scope).set(functionUrl(name.name, name.qualifier ?? ''), next)
      return describe(name, next, ctx)
    },
  },

  GetFunctionUrlConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      access('lambda:GetFunctionUrlConfig', { FunctionName, Qualifier }, ctx),
    ],
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const name = readUrlName(FunctionName, ctx, Qualifier)
      return describe(name, await findUrl(tx, name), ctx)
    },
  },

  ListFunctionUrlConfigs: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:ListFunctionUrlConfigs', resource: arnOf(FunctionName, ctx) },
    ],
    async read(tx, { FunctionName, Marker, MaxItems }, ctx) {
      const { scope, name } = readName(FunctionName, ctx.scope)
      await findVersion(tx, { scope, name })
      const { items, next } = await page(Marker, Math.min(MaxItems ?? 50, 50), ['string', 'string'], (after) =>
        tx.in(scope).range(functionUrl.between([name], after ? { after: [after[1]] } : {})),
      )
      const FunctionUrlConfigs = items.map(({ key: [, qualifier], value }) =>
        describe({ scope, name, ...(qualifier && { qualifier }) }, value, ctx),
      )
      return { FunctionUrlConfigs, NextMarker: next }
    },
  },

  DeleteFunctionUrlConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      access('lambda:DeleteFunctionUrlConfig', { FunctionName, Qualifier }, ctx),
    ],
    async write(tx, { FunctionName, Qualifier }, ctx) {
      const name = readUrlName(FunctionName, ctx, Qualifier)
      await findUrl(tx, name)
      await dropUrls(tx.in(name.scope), name.name, name.qualifier ?? '')
      return {}
    },
  },
})

/** Removes the URLs of a function (with `qualifier`: that one alone), together with what they are found by. */
export async function dropUrls(tx: Tx, name: string, qualifier?: string): Promise<void> {
  for await (const { key, value } of tx.range(functionUrl.under(name))) {
    if (qualifier !== undefined && key[1] !== qualifier) continue
    tx.delete(functionUrl(name, key[1]))
    tx.delete(functionUrlById(value.id))
  }
}

interface Asked {
  readonly FunctionName: string
  readonly Qualifier?: string | undefined
  readonly AuthType?: string | undefined
}

function access(action: string, { FunctionName, Qualifier, AuthType }: Asked, ctx: Ctx) {
  return {
    action,
    resource: arnOf(FunctionName, ctx, Qualifier),
    ...(AuthType !== undefined && { context: { 'lambda:FunctionUrlAuthType': AuthType } }),
  }
}

function readUrlName(text: string, ctx: Ctx, qualifier: string | undefined): FunctionName {
  const name = readName(text, ctx.scope, qualifier)
  if (name.qualifier !== undefined && /^(\d+|\$LATEST)$/.test(name.qualifier)) {
    throw invalid('A function URL belongs to the function itself or to an alias: a version can have none.')
  }
  return name
}

async function findUrl(tx: ReadTx, name: FunctionName): Promise<FunctionUrl> {
  const found = await tx.in(name.scope).get(functionUrl(name.name, name.qualifier ?? ''))
  if (!found) throw notFound(gone)
  return found
}

type CorsInput = NonNullable<InputFor<Api, 'CreateFunctionUrlConfig'>['Cors']>

const methods = new Set(['*', 'GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'])

function checkCors(cors: CorsInput): CorsInput {
  for (const method of cors.AllowMethods ?? []) {
    if (!methods.has(method)) {
      throw constraint(method, 'cors.allowMethods', `Member must be one of ${[...methods].join(', ')}`)
    }
  }
  for (const value of [cors.AllowHeaders, cors.AllowOrigins, cors.ExposeHeaders].flatMap((list) => list ?? [])) {
    // They become headers.
    if (!/^[\x21-\x7e]+$/.test(value)) throw constraint(value, 'cors', 'Member must be printable ASCII without spaces')
  }
  if (cors.MaxAge !== undefined && (cors.MaxAge < 0 || cors.MaxAge > 86_400)) {
    throw constraint(cors.MaxAge, 'cors.maxAge', 'Member must be between 0 and 86400')
  }
  return cors
}

function describe(name: FunctionName, url: FunctionUrl, ctx: Ctx) {
  const time = (atMs: number) => new Date(atMs).toISOString()
  return {
    // The path form: names under localhost do not resolve everywhere.
    FunctionUrl: `${ctx.baseUrl}${urlPrefix}${url.id}/`,
    FunctionArn: functionArn(name),
    AuthType: url.authType,
    Cors: url.cors,
    CreationTime: time(url.createdAtMs),
    LastModifiedTime: time(url.modifiedAtMs),
    InvokeMode: url.invokeMode ?? ('BUFFERED' as const),
  }
}
