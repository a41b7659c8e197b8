import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader, ResourceState } from '../../kernel/resource.ts'

function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

/** A secret as its properties would say it, without its value: reading that is not for looking at settings. */
export async function readSecret(SecretId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ DeletedDate?: Date }>('secretsmanager:DescribeSecret', { SecretId })
    .catch(ignoreMissing)
  if (!found || found.DeletedDate) return undefined
  return members(found, ['Name', 'Description', 'KmsKeyId', 'Tags'])
}

export const listSecrets = listing('secretsmanager:ListSecrets', { items: 'SecretList', id: 'ARN' })

/** What is identified by the ARN of its secret. The secret's name would do for most operations, but is no identifier. */
export async function adoptSecret(id: string, rx: ResourceReader): Promise<ResourceState | undefined> {
  const found = await rx.invoke<{ ARN: string }>('secretsmanager:DescribeSecret', { SecretId: id }).catch(ignoreMissing)
  return found?.ARN === id ? { id, attributes: { Id: id } } : undefined
}

/** The policy of a secret. Whether public ones were to be refused is not kept. */
export async function readPolicy(SecretId: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ ResourcePolicy?: string }>('secretsmanager:GetResourcePolicy', { SecretId })
    .catch(ignoreMissing)
  return found?.ResourcePolicy === undefined ? undefined : { SecretId, ResourcePolicy: found.ResourcePolicy }
}
