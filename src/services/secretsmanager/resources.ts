import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import type { PasswordOptions } from './random-password.ts'
import { adoptSecret, listSecrets, readPolicy, readSecret } from './resource-reads.ts'
import { rotationSchedule } from './resource-rotation.ts'
import { tokenOf } from './resource-token.ts'

interface SecretProperties {
  readonly Name?: string
  readonly Description?: string
  readonly KmsKeyId?: string
  readonly SecretString?: string
  readonly GenerateSecretString?: Generate
  readonly Tags?: TagProperty
}

interface Generate extends PasswordOptions {
  readonly SecretStringTemplate?: string
  readonly GenerateStringKey?: string
}

interface PolicyProperties {
  readonly SecretId: string
  readonly ResourcePolicy: string | object
  readonly BlockPublicPolicy?: boolean
}

export const resources = {
  'AWS::SecretsManager::RotationSchedule': rotationSchedule,
  'AWS::SecretsManager::Secret': resource<SecretProperties>({
    properties: ['Name', 'Description', 'KmsKeyId', 'SecretString', 'GenerateSecretString', 'Tags'],
    async create(props, rx) {
      const { ARN } = await rx.invoke<{ ARN: string }>('secretsmanager:CreateSecret', {
        // Without a name, the logical id and characters of chance: names of deleted secrets stay taken for a while.
        Name: props.Name ?? rx.name({ maxLength: 512 }),
        ClientRequestToken: tokenOf(rx),
        ...settings(props),
        Tags: listOfTags(resourceTags(props.Tags, rx)),
        SecretString: await secretValue(props, rx),
      })
      return { id: ARN, attributes: { Id: ARN } }
    },
    async update(id, props, previous, rx) {
      const generated = JSON.stringify(props.GenerateSecretString) !== JSON.stringify(previous.GenerateSecretString)
      const changed = props.SecretString !== previous.SecretString || generated
      await rx.invoke('secretsmanager:UpdateSecret', {
        SecretId: id,
        ...(previous.Description !== undefined && { Description: '' }),
        ...(previous.KmsKeyId !== undefined && { KmsKeyId: '' }),
        ...settings(props),
        ...(changed && { SecretString: await secretValue(props, rx), ClientRequestToken: tokenOf(rx) }),
      })
      const TagKeys = removedTags(props.Tags, previous.Tags, rx)
      const Tags = listOfTags(resourceTags(props.Tags, rx))
      if (TagKeys.length > 0) await rx.invoke('secretsmanager:UntagResource', { SecretId: id, TagKeys })
      if (Tags.length > 0) await rx.invoke('secretsmanager:TagResource', { SecretId: id, Tags })
      return { id, attributes: { Id: id } }
    },
    async delete(id, _props, rx) {
      const gone = { SecretId: id, ForceDeleteWithoutRecovery: true }
      await rx.invoke('secretsmanager:DeleteSecret', gone).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readSecret(id, rx),
    adopt: (id, rx) => adoptSecret(id, rx),
    list: listSecrets,
  }),

  'AWS::SecretsManager::ResourcePolicy': resource<PolicyProperties>({
    properties: ['SecretId', 'ResourcePolicy', 'BlockPublicPolicy'],
    create: (props, rx) => putPolicy(props, rx),
    update: (_id, props, _previous, rx) => putPolicy(props, rx),
    async delete(_id, { SecretId }, rx) {
      await rx.invoke('secretsmanager:DeleteResourcePolicy', { SecretId }).catch(ignoreMissing)
    },
    read: (id, { SecretId = id }, rx) => readPolicy(SecretId, rx),
    adopt: (id, rx) => adoptSecret(id, rx),
    async *list(rx) {
      for await (const id of listSecrets(rx)) if (await readPolicy(id, rx)) yield id
    },
  }),
}

function settings({ Description, KmsKeyId }: SecretProperties) {
  return { ...(Description !== undefined && { Description }), ...(KmsKeyId !== undefined && { KmsKeyId }) }
}

/** The value of the template, or one that is made up; without either an empty password, as AWS makes it. */
async function secretValue({ SecretString, GenerateSecretString }: SecretProperties, rx: ResourceCtx): Promise<string> {
  if (SecretString !== undefined && GenerateSecretString) {
    throw awsError('InvalidRequestException', 'Give SecretString or GenerateSecretString, not both.')
  }
  if (SecretString !== undefined) return SecretString
  const { SecretStringTemplate, GenerateStringKey, ...options } = GenerateSecretString ?? {}
  const { RandomPassword } = await rx.invoke<{ RandomPassword: string }>('secretsmanager:GetRandomPassword', options)
  if (SecretStringTemplate === undefined && GenerateStringKey === undefined) return RandomPassword
  const template = templateOf(SecretStringTemplate)
  if (!template || GenerateStringKey === undefined) {
    throw awsError(
      'InvalidRequestException',
      'SecretStringTemplate, a JSON object, and GenerateStringKey go together: give both or none.',
    )
  }
  return JSON.stringify({ ...template, [GenerateStringKey]: RandomPassword })
}

function templateOf(text: string | undefined): object | undefined {
  try {
    const template: unknown = JSON.parse(text ?? '')
    return typeof template === 'object' && template !== null && !Array.isArray(template) ? template : undefined
  } catch {
    return undefined
  }
}

async function putPolicy({ SecretId, ResourcePolicy, BlockPublicPolicy }: PolicyProperties, rx: ResourceCtx) {
  const text = typeof ResourcePolicy === 'string' ? ResourcePolicy : JSON.stringify(ResourcePolicy)
  const { ARN } = await rx.invoke<{ ARN: string }>('secretsmanager:PutResourcePolicy', {
    SecretId,
    ResourcePolicy: text,
    ...(BlockPublicPolicy !== undefined && { BlockPublicPolicy }),
  })
  return { id: ARN, attributes: { Id: ARN } }
}

/** Deleting what is gone already is done. */
function ignoreMissing(error: unknown): void {
  if (!isAwsError(error, 'ResourceNotFoundException', 'InvalidRequestException')) throw error
}
