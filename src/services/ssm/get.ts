import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { type Found, find, findParameter } from './find.ts'
import { invalid, parameterArn, parseReference } from './names.ts'
import { describePolicies } from './policies.ts'
import { version } from './state.ts'
import { openValue } from './values.ts'

/** Reading parameters by name. */
export const getting = operations<Api>()({
  GetParameter: {
    authorize: ({ Name }, ctx) => [
      { action: 'ssm:GetParameter', resource: parameterArn(ctx.scope, parseReference(Name, ctx.scope).name) },
    ],
    async read(tx, { Name, WithDecryption }, ctx) {
      const reference = parseReference(Name, ctx.scope)
      return { Parameter: await describeValue(ctx, await find(tx, reference), WithDecryption, reference.selector) }
    },
  },

  GetParameters: {
    authorize: ({ Names }, ctx) =>
      Names.map((name) => ({
        action: 'ssm:GetParameters',
        resource: parameterArn(ctx.scope, parseReference(name, ctx.scope).name),
      })),
    async read(tx, { Names, WithDecryption }, ctx) {
      if (new Set(Names).size < Names.length) throw invalid('Duplicate parameters are found in the request.')
      const Parameters = []
      const InvalidParameters: string[] = []
      for (const name of Names) {
        const reference = parseReference(name, ctx.scope)
        const found = await find(tx, reference).catch((error: unknown) => {
          if (isAwsError(error, 'ParameterNotFound', 'ParameterVersionNotFound')) return undefined
          throw error
        })
        if (found) Parameters.push(await describeValue(ctx, found, WithDecryption, reference.selector))
        else InvalidParameters.push(name)
      }
      return { Parameters, InvalidParameters }
    },
  },

  GetParameterHistory: {
    authorize: ({ Name }, ctx) => [
      { action: 'ssm:GetParameterHistory', resource: parameterArn(ctx.scope, parseReference(Name, ctx.scope).name) },
    ],
    async read(tx, { Name, WithDecryption, MaxResults = 50, NextToken }, ctx) {
      const { name } = parseReference(Name, ctx.scope)
      await findParameter(tx, name)
      const after = NextToken === undefined ? undefined : [versionOfToken(NextToken)]
      const Parameters = []
      let last = 0
      for await (const { key, value } of tx.range(version.between([name], after ? { after } : {}), {
        limit: MaxResults + 1,
      })) {
        if (Parameters.length === MaxResults) return { Parameters, NextToken: toPageToken(last) }
        last = key[1]
        Parameters.push({
          Name: name,
          Type: value.type,
          KeyId: value.keyId,
          LastModifiedDate: new Date(value.modifiedAtMs),
          LastModifiedUser: value.modifiedBy,
          Description: value.description,
          Value: await openValue(ctx, name, value, WithDecryption),
          AllowedPattern: value.allowedPattern,
          Version: last,
          Labels: [...value.labels],
          Tier: value.tier,
          Policies: describePolicies(value.policies),
          DataType: 'text',
        })
      }
      return { Parameters }
    },
  },
})

/** A parameter with its value, as the reading operations answer it. */
export async function describeValue(ctx: Ctx, found: Found, decrypt: boolean | undefined, selector?: string) {
  const { name } = found.parameter
  return {
    Name: name,
    Type: found.version.type,
    Value: await openValue(ctx, name, found.version, decrypt),
    Version: found.number,
    Selector: selector,
    LastModifiedDate: new Date(found.version.modifiedAtMs),
    ARN: parameterArn(ctx.scope, name),
    DataType: 'text',
  }
}

function versionOfToken(token: string): number {
  const parts = fromPageToken(token, ['number'])
  if (!parts) throw badToken()
  return parts[0]
}

export function badToken(): Error {
  return awsError('InvalidNextToken', 'The specified token is not valid. Use the one of the previous answer.')
}
