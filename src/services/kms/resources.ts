import { formatArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { defaultPolicy } from './policy.ts'
import { readAlias, readKey } from './resource-reads.ts'

interface KeyProperties {
  readonly Description?: string
  readonly Enabled?: boolean
  readonly EnableKeyRotation?: boolean
  readonly RotationPeriodInDays?: number
  readonly KeyPolicy?: string | object
  readonly KeySpec?: string
  readonly KeyUsage?: string
  readonly Origin?: string
  readonly MultiRegion?: boolean
  readonly PendingWindowInDays?: number
  readonly BypassPolicyLockoutSafetyCheck?: boolean
  readonly Tags?: TagProperty
}

interface AliasProperties {
  readonly AliasName: string
  readonly TargetKeyId: string
}

export const resources = {
  'AWS::KMS::Key': resource<KeyProperties>({
    properties: [
      'Description',
      'Enabled',
      'EnableKeyRotation',
      'RotationPeriodInDays',
      'KeyPolicy',
      'KeySpec',
      'KeyUsage',
      'Origin',
      'MultiRegion',
      'PendingWindowInDays',
      'BypassPolicyLockoutSafetyCheck',
      'Tags',
    ],
    // A key is what it was made as.
    replaceOn: ['KeySpec', 'KeyUsage', 'Origin', 'MultiRegion'],
    async create(props, rx) {
      const { Description, KeySpec, KeyUsage, Origin, MultiRegion, BypassPolicyLockoutSafetyCheck: bypass } = props
      // Says how long a deletion waits; there is nothing to set when the key is made.
      const { PendingWindowInDays: _ } = props
      const { KeyMetadata } = await rx.invoke<{ KeyMetadata: { KeyId: string } }>('kms:CreateKey', {
        ...(Description !== undefined && { Description }),
        ...(KeySpec !== undefined && { KeySpec }),
        ...(KeyUsage !== undefined && { KeyUsage }),
        ...(Origin !== undefined && { Origin }),
        ...(MultiRegion !== undefined && { MultiRegion }),
        ...(bypass !== undefined && { BypassPolicyLockoutSafetyCheck: bypass }),
        ...(props.KeyPolicy !== undefined && { Policy: textOf(props.KeyPolicy) }),
        Tags: tagList(resourceTags(props.Tags, rx)),
      })
      const { KeyId } = KeyMetadata
      rx.created(KeyId)
      await setRotation(KeyId, props, rx)
      // Without material it is not enabled, and can't be disabled.
      if (props.Enabled === false && Origin !== 'EXTERNAL') await rx.invoke('kms:DisableKey', { KeyId })
      return state(KeyId, rx)
    },
    async update(id, props, previous, rx) {
      const KeyId = id
      if (props.Enabled !== false && previous.Enabled === false) await rx.invoke('kms:EnableKey', { KeyId })
      await rx.invoke('kms:UpdateKeyDescription', { KeyId, Description: props.Description ?? '' })
      // What a deletion will wait for is read from the template then.
      const { KeyPolicy = defaultPolicy(rx), BypassPolicyLockoutSafetyCheck: bypass, PendingWindowInDays: _ } = props
      if (JSON.stringify(props.KeyPolicy) !== JSON.stringify(previous.KeyPolicy)) {
        const Bypass = bypass === undefined ? {} : { BypassPolicyLockoutSafetyCheck: bypass }
        await rx.invoke('kms:PutKeyPolicy', { KeyId, Policy: textOf(KeyPolicy), ...Bypass })
      }
      if (props.EnableKeyRotation) await setRotation(KeyId, props, rx)
      else if (previous.EnableKeyRotation) await rx.invoke('kms:DisableKeyRotation', { KeyId })
      const TagKeys = removedTags(props.Tags, previous.Tags, rx)
      const Tags = tagList(resourceTags(props.Tags, rx))
      if (TagKeys.length > 0) await rx.invoke('kms:UntagResource', { KeyId, TagKeys })
      if (Tags.length > 0) await rx.invoke('kms:TagResource', { KeyId, Tags })
      if (props.Enabled === false && previous.Enabled !== false) await rx.invoke('kms:DisableKey', { KeyId })
      return state(KeyId, rx)
    },
    async delete(id, { PendingWindowInDays = 30 }, rx) {
      await rx.invoke('kms:ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays }).catch((error: unknown) => {
        // Gone, or about to go.
        if (!isAwsError(error, 'NotFoundException', 'KMSInvalidStateException')) throw error
      })
    },
    read: (id, _props, rx) => readKey(id, rx),
    // An alias or an ARN would do for most operations.
    adopt: (id, rx) => (/^[0-9a-f-]+$|^mrk-/.test(id) ? state(id, rx) : undefined),
    list: listing('kms:ListKeys', { items: 'Keys', id: 'KeyId', token: ['NextMarker', 'Marker'] }),
  }),

  'AWS::KMS::Alias': resource<AliasProperties>({
    properties: ['AliasName', 'TargetKeyId'],
    async create({ AliasName, TargetKeyId }, rx) {
      await rx.invoke('kms:CreateAlias', { AliasName, TargetKeyId })
      return { id: AliasName }
    },
    async update(id, { TargetKeyId }, _previous, rx) {
      await rx.invoke('kms:UpdateAlias', { AliasName: id, TargetKeyId })
      return { id }
    },
    async delete(id, _props, rx) {
      await rx.invoke('kms:DeleteAlias', { AliasName: id }).catch((error: unknown) => {
        if (!isAwsError(error, 'NotFoundException')) throw error
      })
    },
    read: (id, { TargetKeyId }, rx) => readAlias(id, TargetKeyId, rx),
    // A key's id or ARN would do for the operation that reads it.
    adopt: (id) => (id.startsWith('alias/') ? { id } : undefined),
    list: listing('kms:ListAliases', { items: 'Aliases', id: 'AliasName', token: ['NextMarker', 'Marker'] }),
  }),
}

async function setRotation(KeyId: string, props: KeyProperties, rx: ResourceCtx): Promise<void> {
  const { EnableKeyRotation, RotationPeriodInDays } = props
  if (!EnableKeyRotation) return
  await rx.invoke('kms:EnableKeyRotation', {
    KeyId,
    ...(RotationPeriodInDays !== undefined && { RotationPeriodInDays }),
  })
}

function state(id: string, rx: ResourceReader) {
  return { id, attributes: { Arn: formatArn('kms', rx.region, rx.account, `key/${id}`), KeyId: id } }
}

function textOf(policy: string | object): string {
  return typeof policy === 'string' ? policy : JSON.stringify(policy)
}

function tagList(tags: Readonly<Record<string, string>>): { TagKey: string; TagValue: string }[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
