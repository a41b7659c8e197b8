import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { arn, find, ownRegistry, refuseExclusions } from './repositories.ts'
import { repository } from './state.ts'

/** Settings of repositories that can change. */
export const settings = operations<Api>()({
  PutImageTagMutability: {
    authorize: ({ repositoryName }, ctx) => [
      { action: 'ecr:PutImageTagMutability', resource: arn(ctx, repositoryName) },
    ],
    async write(tx, input, ctx) {
      ownRegistry(input.registryId, ctx)
      refuseExclusions(input)
      const { repositoryName, imageTagMutability } = input
      const found = await find(tx, repositoryName, ctx)
      tx.set(repository(found.name), { ...found, mutability: imageTagMutability })
      return { registryId: ctx.account, repositoryName, imageTagMutability }
    },
  },
  PutImageScanningConfiguration: {
    authorize: ({ repositoryName }, ctx) => [
      { action: 'ecr:PutImageScanningConfiguration', resource: arn(ctx, repositoryName) },
    ],
    async write(tx, { repositoryName, registryId, imageScanningConfiguration: { scanOnPush = false } }, ctx) {
      ownRegistry(registryId, ctx)
      const found = await find(tx, repositoryName, ctx)
      tx.set(repository(found.name), { ...found, scanOnPush })
      return { registryId: ctx.account, repositoryName, imageScanningConfiguration: { scanOnPush } }
    },
  },
})
