import { isAwsError } from '../../kernel/errors.ts'
import { capitalised } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import type { TagList } from '../../kernel/tag-list.ts'

interface Described {
  readonly repositoryArn: string
  readonly imageScanningConfiguration?: object
}

/** What is asked for; undefined when that, or all of the repository, is not there. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    const missing = ['RepositoryNotFoundException', 'RepositoryPolicyNotFoundException'] as const
    if (isAwsError(error, ...missing, 'LifecyclePolicyNotFoundException')) return undefined
    throw error
  }
}

/** A repository as its properties would say it. */
export async function readRepository(
  repositoryName: string,
  _props: object,
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await unlessMissing(
    rx.invoke<{ repositories: readonly Described[] }>('ecr:DescribeRepositories', {
      repositoryNames: [repositoryName],
    }),
  )
  const [repository] = found?.repositories ?? []
  if (!repository) return undefined
  const of = { repositoryName }
  const lifecycle = await unlessMissing(rx.invoke<{ lifecyclePolicyText: string }>('ecr:GetLifecyclePolicy', of))
  const policy = await unlessMissing(rx.invoke<{ policyText: string }>('ecr:GetRepositoryPolicy', of))
  const { tags } = await rx.invoke<{ tags?: TagList }>('ecr:ListTagsForResource', {
    resourceArn: repository.repositoryArn,
  })
  return {
    ...capitalised(repository, ['RepositoryName', 'ImageTagMutability']),
    ImageScanningConfiguration: capitalised(repository.imageScanningConfiguration ?? {}, ['ScanOnPush']),
    LifecyclePolicy: lifecycle && { LifecyclePolicyText: lifecycle.lifecyclePolicyText },
    RepositoryPolicyText: policy?.policyText,
    Tags: tags,
  }
}
