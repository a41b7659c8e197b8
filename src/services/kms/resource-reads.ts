import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

interface Metadata {
  readonly Arn: string
  readonly KeyState: string
  readonly Enabled: boolean
  readonly KeySpec: string
}

function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'NotFoundException')) throw error
}

/** A key as its properties would say it; one that waits for its deletion is gone. */
export async function readKey(KeyId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx.invoke<{ KeyMetadata: Metadata }>('kms:DescribeKey', { KeyId }).catch(ignoreMissing)
  if (!found || found.KeyMetadata.KeyState.startsWith('PendingDeletion')) return undefined
  const { KeyMetadata } = found
  const { Policy } = await rx.invoke<{ Policy: string }>('kms:GetKeyPolicy', { KeyId })
  const { Tags = [] } = await rx.invoke<{ Tags?: { TagKey: string; TagValue: string }[] }>('kms:ListResourceTags', {
    KeyId,
  })
  return {
    ...members(KeyMetadata, ['Description', 'Enabled', 'KeySpec', 'KeyUsage', 'Origin', 'MultiRegion']),
    ...(await rotationOf(KeyId, KeyMetadata, rx)),
    KeyPolicy: Policy,
    Tags: Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })),
  }
}

/** Keys that can't be rotated have no answer to this. */
async function rotationOf(KeyId: string, { KeySpec }: Metadata, rx: ResourceReader) {
  if (KeySpec !== 'SYMMETRIC_DEFAULT') return { EnableKeyRotation: false, RotationPeriodInDays: undefined }
  const { KeyRotationEnabled, RotationPeriodInDays } = await rx.invoke<{
    KeyRotationEnabled: boolean
    RotationPeriodInDays?: number
  }>('kms:GetKeyRotationStatus', { KeyId })
  return { EnableKeyRotation: KeyRotationEnabled, RotationPeriodInDays }
}

/** An alias as its properties would say it: the key in the form in which its template names it. */
export async function readAlias(AliasName: string, wanted: string | undefined, rx: ResourceReader) {
  const found = await rx
    .invoke<{ KeyMetadata: { KeyId: string; Arn: string } }>('kms:DescribeKey', { KeyId: AliasName })
    .catch(ignoreMissing)
  if (!found) return undefined
  const { Arn, KeyId } = found.KeyMetadata
  return { AliasName, TargetKeyId: wanted?.startsWith('arn:') ? Arn : KeyId }
}
