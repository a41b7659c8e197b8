import { validatePolicy } from '../../authz/validate.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { arn, find, ownRegistry } from './repositories.ts'
import { repository } from './state.ts'

/** Policies of repositories: who else may use one, and which of its images are to go. */
export const policies = operations<Api>()({
  SetRepositoryPolicy: {
    authorize: ({ repositoryName }, ctx) => asking('SetRepositoryPolicy', repositoryName, ctx),
    async write(tx, { repositoryName, registryId, policyText }, ctx) {
      ownRegistry(registryId, ctx)
      checkPolicy(policyText)
      const found = await find(tx, repositoryName, ctx)
      tx.set(repository(found.name), { ...found, policy: policyText })
      return { ...described(repositoryName, ctx), policyText }
    },
  },
  GetRepositoryPolicy: {
    authorize: ({ repositoryName }, ctx) => asking('GetRepositoryPolicy', repositoryName, ctx),
    async read(tx, { repositoryName, registryId }, ctx) {
      ownRegistry(registryId, ctx)
      const { policy } = await find(tx, repositoryName, ctx)
      return { ...described(repositoryName, ctx), policyText: given(policy, 'Repository', repositoryName, ctx) }
    },
  },
  DeleteRepositoryPolicy: {
    authorize: ({ repositoryName }, ctx) => asking('DeleteRepositoryPolicy', repositoryName, ctx),
    async write(tx, { repositoryName, registryId }, ctx) {
      ownRegistry(registryId, ctx)
      const found = await find(tx, repositoryName, ctx)
      const policyText = given(found.policy, 'Repository', repositoryName, ctx)
      tx.set(repository(found.name), { ...found, policy: undefined })
      return { ...described(repositoryName, ctx), policyText }
    },
  },

  PutLifecyclePolicy: {
    authorize: ({ repositoryName }, ctx) => asking('PutLifecyclePolicy', repositoryName, ctx),
    async write(tx, { repositoryName, registryId, lifecyclePolicyText }, ctx) {
      ownRegistry(registryId, ctx)
      checkLifecycle(lifecyclePolicyText)
      const found = await find(tx, repositoryName, ctx)
      tx.set(repository(found.name), { ...found, lifecyclePolicy: lifecyclePolicyText })
      return { ...described(repositoryName, ctx), lifecyclePolicyText }
    },
  },
  GetLifecyclePolicy: {
    authorize: ({ repositoryName }, ctx) => asking('GetLifecyclePolicy', repositoryName, ctx),
    async read(tx, { repositoryName, registryId }, ctx) {
      ownRegistry(registryId, ctx)
      const { lifecyclePolicy } = await find(tx, repositoryName, ctx)
      const lifecyclePolicyText = given(lifecyclePolicy, 'Lifecycle', repositoryName, ctx)
      return { ...described(repositoryName, ctx), lifecyclePolicyText }
    },
  },
  DeleteLifecyclePolicy: {
    authorize: ({ repositoryName }, ctx) => asking('DeleteLifecyclePolicy', repositoryName, ctx),
    async write(tx, { repositoryName, registryId }, ctx) {
      ownRegistry(registryId, ctx)
      const found = await find(tx, repositoryName, ctx)
      const lifecyclePolicyText = given(found.lifecyclePolicy, 'Lifecycle', repositoryName, ctx)
      tx.set(repository(found.name), { ...found, lifecyclePolicy: undefined })
      return { ...described(repositoryName, ctx), lifecyclePolicyText }
    },
  },
})

function asking(name: string, repositoryName: string, ctx: Ctx) {
  return [{ action: `ecr:${name}`, resource: arn(ctx, repositoryName) }]
}

function described(repositoryName: string, ctx: Ctx) {
  return { registryId: ctx.account, repositoryName }
}

/** The policy, which has to be there. */
function given(text: string | undefined, kind: 'Repository' | 'Lifecycle', name: string, ctx: Ctx): string {
  if (text !== undefined) return text
  throw awsError(
    `${kind}PolicyNotFoundException`,
    `${kind} policy does not exist for the repository with name '${name}' in the registry with id '${ctx.account}'`,
  )
}

function checkPolicy(text: string): void {
  try {
    validatePolicy(text, 'repository')
  } catch (error) {
    if (!isAwsError(error, 'MalformedPolicyDocument')) throw error
    throw awsError('InvalidParameterException', `Invalid parameter at 'PolicyText': ${error.message}`)
  }
}

/** Rules of a lifecycle policy, as far as that they are there: what they say matters to images alone. */
function checkLifecycle(text: string): void {
  try {
    const { rules } = JSON.parse(text) as { rules?: unknown }
    if (Array.isArray(rules) && rules.length > 0) return
  } catch {
    // Told below.
  }
  throw awsError('InvalidParameterException', "Invalid parameter at 'LifecyclePolicyText': it must be JSON with rules.")
}
