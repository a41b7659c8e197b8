import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import model from './model.json' with { type: 'json' }
import { policies } from './policies.ts'
import { repositories } from './repositories.ts'
import { resources } from './resources.ts'
import { settings } from './settings.ts'
import { repository } from './state.ts'
import { tags } from './tags.ts'

/** Elastic Container Registry: repositories, without images so far. */
export const service = defineService<Api>()({
  id: 'ecr',
  model,
  operations: { ...repositories, ...settings, ...policies, ...tags },
  planned: [
    'BatchCheckLayerAvailability',
    'BatchDeleteImage',
    'BatchGetImage',
    'BatchGetRepositoryScanningConfiguration',
    'CompleteLayerUpload',
    'CreatePullThroughCacheRule',
    'CreateRepositoryCreationTemplate',
    'DeletePullThroughCacheRule',
    'DeleteRegistryPolicy',
    'DeleteRepositoryCreationTemplate',
    'DeleteSigningConfiguration',
    'DeregisterPullTimeUpdateExclusion',
    'DescribeImageReplicationStatus',
    'DescribeImageScanFindings',
    'DescribeImageSigningStatus',
    'DescribeImages',
    'DescribePullThroughCacheRules',
    'DescribeRegistry',
    'DescribeReplicationBackfillResults',
    'DescribeRepositoryCreationTemplates',
    'GetAccountSetting',
    'GetAuthorizationToken',
    'GetDownloadUrlForLayer',
    'GetLifecyclePolicyPreview',
    'GetRegistryPolicy',
    'GetRegistryScanningConfiguration',
    'GetSigningConfiguration',
    'InitiateLayerUpload',
    'ListImageReferrers',
    'ListImages',
    'ListPullTimeUpdateExclusions',
    'ListReplicationBackfills',
    'PutAccountSetting',
    'PutImage',
    'PutRegistryPolicy',
    'PutRegistryScanningConfiguration',
    'PutReplicationConfiguration',
    'PutSigningConfiguration',
    'RegisterPullTimeUpdateExclusion',
    'StartImageScan',
    'StartLifecyclePolicyPreview',
    'StartReplicationBackfill',
    'StopReplicationBackfill',
    'UpdateImageStorageClass',
    'UpdatePullThroughCacheRule',
    'UpdateRepositoryCreationTemplate',
    'UploadLayerPart',
    'ValidatePullThroughCacheRule',
  ],
  inert: {
    'CreateRepository.imageTagMutability': 'Stored and returned; images cannot be pushed yet.',
    'CreateRepository.imageScanningConfiguration': 'Stored and returned; images cannot be pushed yet.',
    'PutImageTagMutability.imageTagMutability': 'Stored and returned; images cannot be pushed yet.',
    'PutImageScanningConfiguration.imageScanningConfiguration': 'Stored and returned; images cannot be pushed yet.',
    'PutLifecyclePolicy.lifecyclePolicyText': 'Stored and returned; there are no images that it could make expire.',
    'SetRepositoryPolicy.force': 'Accepted; whether a policy locks its writer out is not looked at.',
    'DeleteRepository.force': 'Accepted; a repository is always empty.',
  },
  resources,
  async resourcePolicy(tx, arn) {
    const { resource = '', region, account } = parseArn(arn) ?? {}
    if (!resource.startsWith('repository/') || region === undefined || account === undefined) return undefined
    const found = await tx.in({ region, account }).get(repository(resource.slice('repository/'.length)))
    return found && { policy: found.policy, tags: { ...found.tags } }
  },
})
