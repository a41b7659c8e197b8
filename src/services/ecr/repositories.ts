import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { type Repository, repository } from './state.ts'

/** Repositories for images. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/Welcome.html */
export const repositories = operations<Api>()({
  CreateRepository: {
    authorize: ({ repositoryName, tags = [] }, ctx) => {
      const context = requestTags(tagsOfList(tags))
      const resource = arn(ctx, repositoryName)
      const creating = { action: 'ecr:CreateRepository', resource, context }
      return tags.length > 0 ? [creating, { action: 'ecr:TagResource', resource, context }] : [creating]
    },
    async write(tx, input, ctx) {
      ownRegistry(input.registryId, ctx)
      if (input.encryptionConfiguration && input.encryptionConfiguration.encryptionType !== 'AES256') {
        throw awsError('InvalidParameterException', 'Only the encryptionType AES256 is supported by Landfall so far.')
      }
      if (input.encryptionConfiguration?.kmsKey !== undefined) {
        throw awsError(
          'InvalidParameterException',
          'kmsKey goes with the encryptionType KMS, which Landfall lacks so far.',
        )
      }
      refuseExclusions(input)
      const name = input.repositoryName
      if (await tx.get(repository(name))) {
        throw awsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${ctx.account}'`,
        )
      }
      const made: Repository = {
        name,
        createdAtMs: ctx.nowMs,
        mutability: input.imageTagMutability ?? 'MUTABLE',
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        tags: tagsOfList(input.tags),
      }
      tx.set(repository(name), made)
      return { repository: describe(made, ctx) }
    },
  },

  DeleteRepository: {
    authorize: ({ repositoryName }, ctx) => [{ action: 'ecr:DeleteRepository', resource: arn(ctx, repositoryName) }],
    async write(tx, { repositoryName, registryId }, ctx) {
      ownRegistry(registryId, ctx)
      const found = await find(tx, repositoryName, ctx)
      tx.delete(repository(repositoryName))
      return { repository: describe(found, ctx) }
    },
  },

  DescribeRepositories: {
    authorize: ({ repositoryNames }, ctx) =>
      (repositoryNames ?? ['*']).map((name) => ({ action: 'ecr:DescribeRepositories', resource: arn(ctx, name) })),
    async read(tx, { repositoryNames, registryId, nextToken, maxResults = 100 }, ctx) {
      ownRegistry(registryId, ctx)
      if (repositoryNames) {
        const found = await tx.getMany(repositoryNames.map((name) => repository(name)))
        const missing = repositoryNames.find((_, index) => !found[index])
        if (missing !== undefined) throw notFound(missing, ctx)
        return { repositories: found.filter((one) => one !== undefined).map((one) => describe(one, ctx)) }
      }
      const bounds = boundsOfPage(nextToken, invalidToken)
      const found = tx.range(repository.between([], bounds), { limit: maxResults + 1 })
      const { items, next } = await pageOf(found, maxResults, ({ key }) => key)
      return { repositories: items.map(({ value }) => describe(value, ctx)), nextToken: next }
    },
  },
})

export function arn(ctx: Ctx, name: string): string {
  return ctx.arn('ecr', `repository/${name}`)
}

/** The repository. Throws RepositoryNotFoundException. */
export async function find(tx: ReadTx, name: string, ctx: Ctx): Promise<Repository> {
  const found = await tx.get(repository(name))
  if (!found) throw notFound(name, ctx)
  return found
}

function describe({ name, createdAtMs, mutability, scanOnPush }: Repository, ctx: Ctx) {
  return {
    repositoryArn: arn(ctx, name),
    registryId: ctx.account,
    repositoryName: name,
    repositoryUri: `${ctx.account}.dkr.ecr.${ctx.region}.amazonaws.com/${name}`,
    createdAt: new Date(createdAtMs),
    imageTagMutability: mutability,
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: { encryptionType: 'AES256' as const },
  }
}

export function refuseExclusions(input: { readonly imageTagMutabilityExclusionFilters?: unknown }): void {
  if (!input.imageTagMutabilityExclusionFilters) return
  throw awsError(
    'InvalidParameterException',
    'imageTagMutabilityExclusionFilters is not supported by Landfall. Leave it out.',
  )
}

export function ownRegistry(registryId: string | undefined, ctx: Ctx): void {
  if (registryId !== undefined && registryId !== ctx.account) {
    throw awsError('InvalidParameterException', `Repositories of another registry (${registryId}) can't be used here.`)
  }
}

function invalidToken(): Error {
  return awsError('InvalidParameterException', 'nextToken is not one that this operation returned.')
}

function notFound(name: string, ctx: Ctx): Error {
  return awsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${ctx.account}'`,
  )
}
