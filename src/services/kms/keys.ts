import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { describeKey } from './describe.ts'
import { keyArn, locate, locateById } from './find.ts'
import { ensureManaged } from './managed.ts'
import { makeMaterial } from './material.ts'
import { markerOf, pageOf } from './page.ts'
import { checkPolicy, defaultPolicy } from './policy.ts'
import { specOf } from './specs.ts'
import { type KmsKey, key, lastUse } from './state.ts'
import { checkTags, tagsOf } from './tags.ts'
import { checkCustomer, checkNotDeleted } from './usable.ts'

/** Making keys and looking at them. */
export const keys = operations<Api>()({
  CreateKey: {
    authorize(input, ctx) {
      const context = {
        'kms:KeySpec': input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT',
        'kms:KeyOrigin': input.Origin ?? 'AWS_KMS',
        'kms:BypassPolicyLockoutSafetyCheck': input.BypassPolicyLockoutSafetyCheck ?? false,
        ...(input.KeyUsage !== undefined && { 'kms:KeyUsage': input.KeyUsage }),
        ...requestTags(tagsOf(input.Tags)),
      }
      const creating = { action: 'kms:CreateKey', resource: '*', context }
      return input.Tags && input.Tags.length > 0
        ? [creating, { action: 'kms:TagResource', resource: keyArn(ctx.scope, '*'), context }]
        : [creating]
    },
    async write(tx, input, ctx) {
      const { spec, usage } = kindOf(input)
      const external = input.Origin === 'EXTERNAL'
      const id = ctx.newId()
      const tags = tagsOf(input.Tags)
      checkTags(tags)
      if (input.Policy !== undefined) {
        await checkPolicy(input.Policy, id, input.BypassPolicyLockoutSafetyCheck, ctx, tx.snapshot)
      }
      const made: KmsKey = {
        id,
        createdAtMs: ctx.nowMs,
        description: input.Description ?? '',
        usage,
        spec,
        state: external ? 'PendingImport' : 'Enabled',
        origin: external ? 'EXTERNAL' : undefined,
        policy: input.Policy ?? defaultPolicy(ctx.scope),
        tags,
        material: external ? '' : await makeMaterial(tx, ctx.host, id, spec),
      }
      tx.set(key(id), made)
      tx.set(lastUse(id), { trackedFromMs: ctx.nowMs })
      return { KeyMetadata: describeKey({ key: made, scope: ctx.scope }) }
    },
  },

  DescribeKey: {
    authorize: ({ KeyId }, ctx, tx) => asking('DescribeKey', KeyId, ctx, tx),
    // The first look at an alias of a service (alias/aws/s3) makes its key.
    async write(tx, { KeyId }, ctx) {
      await ensureManaged(tx, KeyId, ctx)
      return { KeyMetadata: describeKey(await locate(tx, KeyId)) }
    },
  },

  ListKeys: {
    authorize: () => [{ action: 'kms:ListKeys', resource: '*' }],
    async read(tx, { Limit = 100, Marker }, ctx) {
      const after = markerOf(Marker)
      const range = key.between([], after === undefined ? {} : { after: [after] })
      const page = await pageOf(tx.keys(range, { limit: Limit + 1 }), Limit, ([id]) => id)
      return { Keys: page.items.map(([id]) => ({ KeyId: id, KeyArn: keyArn(ctx.scope, id) })), ...page.rest }
    },
  },

  UpdateKeyDescription: {
    authorize: ({ KeyId }, ctx, tx) => asking('UpdateKeyDescription', KeyId, ctx, tx),
    async write(tx, { KeyId, Description }) {
      const at = await locateById(tx, KeyId)
      checkCustomer(at)
      checkNotDeleted(at)
      tx.in(at.scope).set(key(at.key.id), { ...at.key, description: Description })
      return {}
    },
  },
})

function kindOf(input: InputFor<Api, 'CreateKey'>): { spec: string; usage: string } {
  for (const name of ['MultiRegion', 'CustomKeyStoreId', 'XksKeyId'] as const) {
    if (input[name]) throw unsupported(`${name} is not supported by Landfall. Leave it out.`)
  }
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS' && input.Origin !== 'EXTERNAL') {
    throw unsupported(`The Origin ${input.Origin} is not supported by Landfall. Use AWS_KMS or EXTERNAL.`)
  }
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw awsError('ValidationException', 'You cannot specify KeySpec and CustomerMasterKeySpec in the same request.')
  }
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  const { usages, bytes } = specOf(spec)
  if (input.Origin === 'EXTERNAL' && bytes === undefined)
    throw unsupported(`The Origin EXTERNAL is not supported by Landfall for ${spec}: material of pairs is made here.`)
  if (input.KeyUsage === undefined && usages.length > 1) {
    throw awsError(
      'ValidationException',
      `You must specify a KeyUsage value for keys of ${spec}: ${usages.join(' or ')}.`,
    )
  }
  const usage = input.KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined)
  if (usage === undefined) {
    throw awsError('ValidationException', `You must specify a KeyUsage value for keys of ${spec}: ${usages[0]}.`)
  }
  if (!usages.includes(usage)) {
    throw awsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  }
  return { spec, usage }
}

function unsupported(message: string): Error {
  return awsError('UnsupportedOperationException', message)
}
