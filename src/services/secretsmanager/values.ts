import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { asking, locateLive, secretArn } from './find.ts'
import { pageOfSecrets } from './list.ts'
import { replanRenewed } from './rotation-plan.ts'
import { version } from './state.ts'
import { describeValue, givenValue, stagesOf } from './value.ts'
import { addVersion, attach, current, store } from './versions.ts'

/** The values of secrets, by version and stage. */
export const values = operations<Api>()({
  GetSecretValue: {
    authorize: ({ SecretId, VersionId, VersionStage }, ctx, tx) =>
      asking('GetSecretValue', SecretId, ctx, tx, {
        ...(VersionId !== undefined && { 'secretsmanager:VersionId': VersionId }),
        'secretsmanager:VersionStage': VersionStage ?? current,
      }),
    read: (tx, { SecretId, VersionId, VersionStage }, ctx) => getValue(tx, ctx, SecretId, VersionId, VersionStage),
  },

  BatchGetSecretValue: {
    authorize: ({ Filters }) => [
      { action: 'secretsmanager:BatchGetSecretValue', resource: '*' },
      ...(Filters ? [{ action: 'secretsmanager:ListSecrets', resource: '*' }] : []),
    ],
    async read(tx, { SecretIdList, Filters, MaxResults = 20, NextToken }, ctx) {
      if ((SecretIdList === undefined) === (Filters === undefined)) {
        throw awsError('InvalidParameterException', 'Give either SecretIdList or Filters.')
      }
      if (SecretIdList && (SecretIdList.length > 20 || NextToken !== undefined)) {
        throw awsError('InvalidParameterException', 'SecretIdList has at most 20 secrets, and no NextToken.')
      }
      const page = Filters && (await pageOfSecrets(tx, { Filters, MaxResults, NextToken }))
      const ids = SecretIdList ?? page?.found.map(({ name }) => name) ?? []
      const SecretValues = []
      const Errors = []
      for (const id of ids) {
        try {
          const [request] = await asking('GetSecretValue', id, ctx, tx, { 'secretsmanager:VersionStage': current })
          await ctx.host.authorize(ctx.principal, [request!], ctx.requestContext, tx)
          SecretValues.push(await getValue(tx, ctx, id, undefined, undefined))
        } catch (error) {
          if (!isAwsError(error)) throw error
          // What is denied has another name inside of an answer than in the kernel.
          const ErrorCode = error.code === 'AccessDenied' ? 'AccessDeniedException' : error.code
          Errors.push({ SecretId: id, ErrorCode, Message: error.message })
        }
      }
      return { SecretValues, Errors, NextToken: page?.next }
    },
  },

  PutSecretValue: {
    authorize: ({ SecretId }, ctx, tx) => asking('PutSecretValue', SecretId, ctx, tx),
    async write(tx, input, ctx) {
      if (input.RotationToken !== undefined) {
        throw awsError('InvalidParameterException', 'RotationToken is not supported by Landfall. Leave it out.')
      }
      const at = await locateLive(tx, input.SecretId)
      const home = tx.in(at.scope)
      const value = givenValue(input)
      if (!value) throw awsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.')
      const versionId = input.ClientRequestToken ?? ctx.newId()
      const stages = input.VersionStages ?? [current]
      const next = await addVersion(home, at, versionId, value, stages, ctx)
      store(home, at, replanRenewed(home, at.secret, next, ctx.nowMs, ctx.host))
      return {
        ARN: secretArn(at.scope, next),
        Name: next.name,
        VersionId: versionId,
        VersionStages: stagesOf(next, versionId),
      }
    },
  },

  UpdateSecretVersionStage: {
    authorize: ({ SecretId, VersionStage }, ctx, tx) =>
      asking('UpdateSecretVersionStage', SecretId, ctx, tx, { 'secretsmanager:VersionStage': VersionStage }),
    async write(tx, { SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }, ctx) {
      const at = await locateLive(tx, SecretId)
      const home = tx.in(at.scope)
      const { stages, name } = at.secret
      const holder = stages[VersionStage]
      for (const id of [RemoveFromVersionId, MoveToVersionId]) {
        if (id !== undefined && !(await home.get(version(name, id)))) throw noVersion(`VersionId: ${id}`)
      }
      if (RemoveFromVersionId !== undefined && holder !== RemoveFromVersionId) {
        throw invalid(`Staging label ${VersionStage} isn't currently attached to version ${RemoveFromVersionId}.`)
      }
      if (MoveToVersionId === undefined) {
        if (RemoveFromVersionId === undefined) throw invalid('Give RemoveFromVersionId, MoveToVersionId or both.')
        if (VersionStage === current) {
          throw invalid(
            `You can only move staging label ${current} to a different secret version. It can't be completely removed.`,
          )
        }
        const { [VersionStage]: _, ...left } = stages
        store(home, at, { ...at.secret, stages: left, changedAtMs: ctx.nowMs })
        return { ARN: secretArn(at.scope, at.secret), Name: name }
      }
      if (holder !== undefined && holder !== MoveToVersionId && RemoveFromVersionId === undefined) {
        throw invalid(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${VersionStage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        )
      }
      const next = { ...at.secret, stages: attach(stages, VersionStage, MoveToVersionId), changedAtMs: ctx.nowMs }
      store(home, at, next)
      return { ARN: secretArn(at.scope, at.secret), Name: name }
    },
  },
})

async function getValue(tx: ReadTx, ctx: Ctx, id: string, versionId: string | undefined, stage: string | undefined) {
  const at = await locateLive(tx, id)
  const { secret, scope } = at
  if (scope.account !== ctx.account && secret.keyId === undefined) {
    throw awsError(
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    )
  }
  const wanted = versionId ?? secret.stages[stage ?? current]
  if (wanted === undefined) throw noVersion(`staging label: ${stage ?? current}`)
  const found = await tx.in(scope).get(version(secret.name, wanted))
  if (!found)
    throw noVersion(versionId === undefined ? `staging label: ${stage ?? current}` : `VersionId: ${versionId}`)
  if (stage !== undefined && secret.stages[stage] !== wanted) {
    throw awsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    )
  }
  return {
    ARN: secretArn(scope, secret),
    Name: secret.name,
    VersionId: wanted,
    ...(await describeValue(ctx, at, found)),
    VersionStages: stagesOf(secret, wanted),
    CreatedDate: new Date(found.createdAtMs),
  }
}

function noVersion(which: string): Error {
  return awsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${which}`)
}

function invalid(message: string): Error {
  return awsError('InvalidParameterException', message)
}
