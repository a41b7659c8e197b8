import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { asking, locate, locateLive, secretArn, wouldBeArn } from './find.ts'
import { replanRenewed } from './rotation-plan.ts'
import { type Rotation, type Secret, secret } from './state.ts'
import { checkTags } from './tags.ts'
import { givenValue, ownKey } from './value.ts'
import { addVersion, current, store } from './versions.ts'

/** Making, changing and describing secrets. */
export const secrets = operations<Api>()({
  CreateSecret: {
    authorize({ Name, Tags, Description, KmsKeyId }, ctx) {
      const context = {
        'secretsmanager:Name': Name,
        ...(Description !== undefined && { 'secretsmanager:Description': Description }),
        ...(KmsKeyId !== undefined && { 'secretsmanager:KmsKeyId': KmsKeyId }),
        ...requestTags(tagsOfList(Tags)),
      }
      const resource = wouldBeArn(ctx.scope, Name)
      const creating = { action: 'secretsmanager:CreateSecret', resource, context }
      return Tags && Tags.length > 0
        ? [creating, { action: 'secretsmanager:TagResource', resource, context }]
        : [creating]
    },
    async write(tx, input, ctx) {
      const { Name, ClientRequestToken, Description, KmsKeyId } = input
      checkName(Name)
      refuseReplicas(input.AddReplicaRegions, input.ForceOverwriteReplicaSecret)
      refuseType(input.Type)
      const tags = tagsOfList(input.Tags)
      checkTags(tags)
      const value = givenValue(input)
      const versionId = value && (ClientRequestToken ?? ctx.newId())
      const before = await tx.get(secret(Name))
      if (before?.deletedAtMs !== undefined) {
        throw awsError(
          'InvalidRequestException',
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      }
      const at = before && { secret: before, scope: ctx.scope }
      if (at && value && versionId && before.stages[current] === versionId) {
        // The same request again: the version is there, with this value or the token is refused.
        await addVersion(tx, at, versionId, value, [current], ctx)
        return { ARN: secretArn(ctx.scope, before), Name, VersionId: versionId }
      }
      if (before)
        throw awsError('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`)
      const made: Secret = {
        name: Name,
        suffix: ctx.ids.token(6, mixedAlphanumeric),
        description: Description,
        keyId: ownKey(KmsKeyId, ctx),
        tags,
        createdAtMs: ctx.nowMs,
        changedAtMs: ctx.nowMs,
        stages: {},
      }
      const fresh = { secret: made, scope: ctx.scope }
      store(tx, undefined, value && versionId ? await addVersion(tx, fresh, versionId, value, [current], ctx) : made)
      return { ARN: secretArn(ctx.scope, made), Name, VersionId: versionId }
    },
  },

  UpdateSecret: {
    authorize: ({ SecretId, Description, KmsKeyId }, ctx, tx) =>
      asking('UpdateSecret', SecretId, ctx, tx, {
        ...(Description !== undefined && { 'secretsmanager:Description': Description }),
        ...(KmsKeyId !== undefined && { 'secretsmanager:KmsKeyId': KmsKeyId }),
      }),
    async write(tx, input, ctx) {
      refuseType(input.Type)
      const at = await locateLive(tx, input.SecretId)
      const home = tx.in(at.scope)
      const changed: Secret = {
        ...at.secret,
        description: input.Description ?? at.secret.description,
        keyId: input.KmsKeyId === undefined ? at.secret.keyId : ownKey(input.KmsKeyId, ctx),
        changedAtMs: ctx.nowMs,
      }
      const { ClientRequestToken = ctx.newId() } = input
      const value = givenValue(input)
      const versionId = value && ClientRequestToken
      const next =
        value && versionId
          ? await addVersion(home, { ...at, secret: changed }, versionId, value, [current], ctx)
          : changed
      store(home, at, replanRenewed(home, at.secret, next, ctx.nowMs, ctx.host))
      return { ARN: secretArn(at.scope, next), Name: next.name, VersionId: versionId }
    },
  },

  DescribeSecret: {
    authorize: ({ SecretId }, ctx, tx) => asking('DescribeSecret', SecretId, ctx, tx),
    async read(tx, { SecretId }) {
      const { secret: found, scope } = await locate(tx, SecretId)
      const { DeletedDate, SecretVersionsToStages, ...rest } = describe(found, secretArn(scope, found))
      return { ...rest, DeletedDate, VersionIdsToStages: SecretVersionsToStages }
    },
  },
})

/** A secret as ListSecrets shows it. */
export function describe(found: Secret, ARN: string) {
  const versions: Record<string, string[]> = {}
  for (const [stage, id] of Object.entries(found.stages)) versions[id] = [...(versions[id] ?? []), stage]
  return {
    ARN,
    Name: found.name,
    Description: found.description,
    KmsKeyId: found.keyId,
    CreatedDate: new Date(found.createdAtMs),
    LastChangedDate: new Date(found.changedAtMs),
    DeletedDate: found.deletedAtMs === undefined ? undefined : new Date(found.deletedAtMs),
    ...(found.rotation && describeRotation(found.rotation)),
    Tags: Object.entries(found.tags).map(([Key, Value]) => ({ Key, Value })),
    SecretVersionsToStages: Object.keys(versions).length > 0 ? versions : undefined,
  }
}

function describeRotation({ enabled, lambdaArn, rules, lastRotatedAtMs, window }: Rotation) {
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: lambdaArn,
    RotationRules: rules,
    LastRotatedDate: !enabled || lastRotatedAtMs === undefined ? undefined : new Date(lastRotatedAtMs),
    NextRotationDate: window && new Date(window.closesAtMs),
  }
}

function checkName(name: string): void {
  if (!/^[\w/+=.@!-]+$/.test(name)) {
    throw awsError(
      'InvalidParameterException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    )
  }
}

function refuseReplicas(regions: readonly unknown[] | undefined, force: boolean | undefined): void {
  if ((regions && regions.length > 0) || force) {
    throw awsError(
      'InvalidParameterException',
      'AddReplicaRegions and ForceOverwriteReplicaSecret are not supported by Landfall: secrets are not replicated.',
    )
  }
}

function refuseType(type: string | undefined): void {
  if (type !== undefined) {
    throw awsError('InvalidParameterException', 'Type is not supported by Landfall: there are no external secrets.')
  }
}
