import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { codeSigningArn, codeSigningIdOf } from './code-signing-names.ts'
import { conflict, constraint, invalid, notFound } from './errors.ts'
import { functionArn } from './names.ts'
import { page } from './page.ts'
import { type CodeSigningConfig, codeSigningConfig, codeSigningUse } from './state.ts'
import { checkTags, tagContext } from './tags.ts'

/**
 * Which signatures a function's packages need: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html.
 * Nothing here signs packages, so that none is trusted: Warn counts every deployment, Enforce refuses it.
 */
export const codeSigning = operations<Api>()({
  CreateCodeSigningConfig: {
    authorize: ({ Tags }) => [{ action: 'lambda:CreateCodeSigningConfig', resource: '*', context: tagContext(Tags) }],
    async write(tx, { AllowedPublishers, CodeSigningPolicies, Description = '', Tags = {} }, ctx) {
      checkTags(Tags, ctx)
      const made: CodeSigningConfig = {
        id: `csc-${ctx.ids.token(17, lowerAlphanumeric)}`,
        description: Description,
        publishers: publishersOf(AllowedPublishers),
        policy: CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? 'Warn',
        tags: Tags,
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(codeSigningConfig(made.id), made)
      return { CodeSigningConfig: describe(ctx, made) }
    },
  },

  GetCodeSigningConfig: {
    authorize: ({ CodeSigningConfigArn }) => on('lambda:GetCodeSigningConfig', CodeSigningConfigArn),
    async read(tx, { CodeSigningConfigArn }, ctx) {
      return { CodeSigningConfig: describe(ctx, await find(tx, CodeSigningConfigArn, ctx)) }
    },
  },

  UpdateCodeSigningConfig: {
    authorize: ({ CodeSigningConfigArn }) => on('lambda:UpdateCodeSigningConfig', CodeSigningConfigArn),
    async write(tx, { CodeSigningConfigArn, AllowedPublishers, CodeSigningPolicies, Description }, ctx) {
      const before = await find(tx, CodeSigningConfigArn, ctx)
      const next: CodeSigningConfig = {
        ...before,
        description: Description ?? before.description,
        publishers: AllowedPublishers ? publishersOf(AllowedPublishers) : before.publishers,
        policy: CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? before.policy,
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(codeSigningConfig(before.id), next)
      return { CodeSigningConfig: describe(ctx, next) }
    },
  },

  DeleteCodeSigningConfig: {
    authorize: ({ CodeSigningConfigArn }) => on('lambda:DeleteCodeSigningConfig', CodeSigningConfigArn),
    async write(tx, { CodeSigningConfigArn }, ctx) {
      const { id } = await find(tx, CodeSigningConfigArn, ctx)
      for await (const _ of tx.keys(codeSigningUse.under(id), { limit: 1 })) {
        throw conflict('The code signing configuration cannot be deleted: functions use it.')
      }
      tx.delete(codeSigningConfig(id))
      return {}
    },
  },

  ListCodeSigningConfigs: {
    authorize: () => [{ action: 'lambda:ListCodeSigningConfigs', resource: '*' }],
    async read(tx, { Marker, MaxItems }, ctx) {
      const { items, next } = await page(Marker, Math.min(MaxItems ?? 50, 50), ['string'], (after) =>
        tx.range(codeSigningConfig.between([], after ? { after } : {})),
      )
      return { CodeSigningConfigs: items.map(({ value }) => describe(ctx, value)), NextMarker: next }
    },
  },

  ListFunctionsByCodeSigningConfig: {
    authorize: ({ CodeSigningConfigArn }) => on('lambda:ListFunctionsByCodeSigningConfig', CodeSigningConfigArn),
    async read(tx, { CodeSigningConfigArn, Marker, MaxItems }, ctx) {
      const { id } = await find(tx, CodeSigningConfigArn, ctx)
      const { items, next } = await page(Marker, Math.min(MaxItems ?? 50, 50), ['string', 'string'], (after) =>
        tx.range(codeSigningUse.between([id], after ? { after: [after[1]] } : {})),
      )
      const FunctionArns = items.map(({ key: [, name] }) => functionArn({ scope: ctx.scope, name }))
      return { FunctionArns, NextMarker: next }
    },
  },
})

function on(action: string, arn: string) {
  return [{ action, resource: arn }]
}

async function find(tx: ReadTx, arn: string, ctx: Ctx): Promise<CodeSigningConfig> {
  const found = await findCodeSigning(tx, arn, ctx)
  if (!found) throw notFound(`The code signing configuration ${arn} does not exist.`)
  return found
}

/** The configuration of this account and region that the ARN names, as a function is to have it. */
export async function readCodeSigning(tx: ReadTx, arn: string, ctx: Pick<Ctx, 'scope'>): Promise<CodeSigningConfig> {
  const found = await findCodeSigning(tx, arn, ctx)
  if (found) return found
  throw awsError(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    { members: { Type: 'User' } },
  )
}

async function findCodeSigning(tx: ReadTx, arn: string, ctx: Pick<Ctx, 'scope'>) {
  const named = codeSigningIdOf(arn)
  if (!named) {
    throw constraint(
      arn,
      'codeSigningConfigArn',
      'Member must be the ARN of a code signing configuration (arn:aws:lambda:region:account:code-signing-config:csc-…)',
    )
  }
  if (named.scope.region !== ctx.scope.region)
    throw invalid(`The code signing configuration ${arn} is in another region.`)
  return tx.in(named.scope).get(codeSigningConfig(named.id))
}

function publishersOf({
  SigningProfileVersionArns = [],
}: {
  SigningProfileVersionArns?: readonly string[] | undefined
}) {
  if (SigningProfileVersionArns.length < 1 || SigningProfileVersionArns.length > 20) {
    throw invalid('A code signing configuration names 1 to 20 signing profile versions.')
  }
  for (const arn of SigningProfileVersionArns) {
    if (!/^arn:[a-z-]+:signer:[a-z0-9-]+:\d{12}:\/signing-profiles\/\w{2,64}\/\w{10}$/.test(arn)) {
      throw invalid(`${arn} is not the ARN of a version of a signing profile.`)
    }
  }
  return SigningProfileVersionArns
}

function describe({ scope }: Pick<Ctx, 'scope'>, config: CodeSigningConfig) {
  return {
    CodeSigningConfigId: config.id,
    CodeSigningConfigArn: codeSigningArn(scope, config.id),
    Description: config.description,
    AllowedPublishers: { SigningProfileVersionArns: [...config.publishers] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: config.policy },
    LastModified: new Date(config.modifiedAtMs).toISOString(),
  }
}
