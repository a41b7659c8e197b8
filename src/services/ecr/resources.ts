import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { readRepository } from './resource-reads.ts'

interface RepositoryProperties {
  readonly RepositoryName?: string
  readonly ImageTagMutability?: string
  readonly ImageScanningConfiguration?: { readonly ScanOnPush?: boolean }
  readonly LifecyclePolicy?: { readonly LifecyclePolicyText?: string; readonly RegistryId?: string }
  readonly RepositoryPolicyText?: object | string
  readonly Tags?: TagProperty
}

export const resources = {
  'AWS::ECR::Repository': resource<RepositoryProperties>({
    properties: [
      ...(['RepositoryName', 'ImageTagMutability', 'ImageScanningConfiguration', 'LifecyclePolicy'] as const),
      ...(['RepositoryPolicyText', 'Tags'] as const),
    ],
    async create(props, rx) {
      const repositoryName = props.RepositoryName ?? rx.name({ maxLength: 256, lowercase: true })
      await rx.invoke('ecr:CreateRepository', {
        repositoryName,
        imageTagMutability: mutability(props),
        imageScanningConfiguration: scanning(props),
        tags: listOfTags(resourceTags(props.Tags, rx)),
      })
      rx.created(repositoryName)
      await putPolicies(repositoryName, props, {}, rx)
      return state(repositoryName, rx)
    },
    async update(repositoryName, props, previous, rx) {
      await rx.invoke('ecr:PutImageTagMutability', { repositoryName, imageTagMutability: mutability(props) })
      const imageScanningConfiguration = scanning(props)
      await rx.invoke('ecr:PutImageScanningConfiguration', { repositoryName, imageScanningConfiguration })
      await putPolicies(repositoryName, props, previous, rx)
      const { attributes } = state(repositoryName, rx)
      const tagKeys = removedTags(props.Tags, previous.Tags, rx)
      if (tagKeys.length > 0) await rx.invoke('ecr:UntagResource', { resourceArn: attributes.Arn, tagKeys })
      const tags = listOfTags(resourceTags(props.Tags, rx))
      await rx.invoke('ecr:TagResource', { resourceArn: attributes.Arn, tags })
      return { id: repositoryName, attributes }
    },
    async delete(repositoryName, _props, rx) {
      await rx.invoke('ecr:DeleteRepository', { repositoryName }).catch((error: unknown) => {
        if (!isAwsError(error, 'RepositoryNotFoundException')) throw error
      })
    },
    read: readRepository,
    adopt: state,
    list: listing('ecr:DescribeRepositories', {
      items: 'repositories',
      id: 'repositoryName',
      token: ['nextToken', 'nextToken'],
    }),
  }),
}

const mutability = ({ ImageTagMutability = 'MUTABLE' }: RepositoryProperties): string => ImageTagMutability

const scanning = ({ ImageScanningConfiguration: { ScanOnPush = false } = {} }: RepositoryProperties) => ({
  scanOnPush: ScanOnPush,
})

/** Puts what the template has, and takes away what it had. */
async function putPolicies(
  repositoryName: string,
  { LifecyclePolicy, RepositoryPolicyText: policy }: RepositoryProperties,
  previous: RepositoryProperties,
  rx: ResourceCtx,
): Promise<void> {
  const of = { repositoryName }
  const { LifecyclePolicyText: lifecyclePolicyText, RegistryId: registryId } = LifecyclePolicy ?? {}
  if (lifecyclePolicyText !== undefined) {
    const registry = registryId === undefined ? {} : { registryId }
    await rx.invoke('ecr:PutLifecyclePolicy', { ...of, ...registry, lifecyclePolicyText })
  } else if (previous.LifecyclePolicy?.LifecyclePolicyText !== undefined) {
    await rx.invoke('ecr:DeleteLifecyclePolicy', of)
  }
  if (policy !== undefined) {
    const policyText = typeof policy === 'string' ? policy : JSON.stringify(policy)
    await rx.invoke('ecr:SetRepositoryPolicy', { ...of, policyText })
  } else if (previous.RepositoryPolicyText !== undefined) {
    await rx.invoke('ecr:DeleteRepositoryPolicy', of)
  }
}

function state(name: string, { region, account }: ResourceReader) {
  const Arn = `arn:aws:ecr:${region}:${account}:repository/${name}`
  return { id: name, attributes: { Arn, RepositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}` } }
}
