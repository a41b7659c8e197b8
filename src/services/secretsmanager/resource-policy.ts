import { isPublicPolicy } from '../../authz/public-policy.ts'
import { validatePolicy } from '../../authz/validate.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { asking, locate, locateLive, secretArn } from './find.ts'
import { store } from './versions.ts'

/** The policy of a secret: who else may do what with it. */
export const resourcePolicies = operations<Api>()({
  PutResourcePolicy: {
    authorize: ({ SecretId, BlockPublicPolicy }, ctx, tx) =>
      asking('PutResourcePolicy', SecretId, ctx, tx, {
        'secretsmanager:BlockPublicPolicy': BlockPublicPolicy ?? false,
      }),
    async write(tx, { SecretId, ResourcePolicy, BlockPublicPolicy = false }) {
      const at = await locateLive(tx, SecretId)
      const problem = problemWith(ResourcePolicy)
      if (problem !== undefined) throw awsError('MalformedPolicyDocumentException', problem)
      if (BlockPublicPolicy && isPublicPolicy(ResourcePolicy)) {
        throw awsError(
          'PublicPolicyException',
          'The policy lets everybody in, and BlockPublicPolicy is true. Name principals, or narrow it by a condition.',
        )
      }
      store(tx.in(at.scope), at, { ...at.secret, policy: ResourcePolicy })
      return { ARN: secretArn(at.scope, at.secret), Name: at.secret.name }
    },
  },

  GetResourcePolicy: {
    authorize: ({ SecretId }, ctx, tx) => asking('GetResourcePolicy', SecretId, ctx, tx),
    async read(tx, { SecretId }) {
      const { secret, scope } = await locate(tx, SecretId)
      return { ARN: secretArn(scope, secret), Name: secret.name, ResourcePolicy: secret.policy }
    },
  },

  DeleteResourcePolicy: {
    authorize: ({ SecretId }, ctx, tx) => asking('DeleteResourcePolicy', SecretId, ctx, tx),
    async write(tx, { SecretId }) {
      const at = await locateLive(tx, SecretId)
      store(tx.in(at.scope), at, { ...at.secret, policy: undefined })
      return { ARN: secretArn(at.scope, at.secret), Name: at.secret.name }
    },
  },

  ValidateResourcePolicy: {
    authorize: ({ SecretId = '*' }, ctx, tx) => asking('ValidateResourcePolicy', SecretId, ctx, tx),
    async read(tx, { SecretId, ResourcePolicy }) {
      if (SecretId !== undefined) await locate(tx, SecretId)
      const problem = problemWith(ResourcePolicy)
      const found = problem === undefined ? [] : [{ CheckName: 'POLICY_GRAMMAR', ErrorMessage: problem }]
      if (problem === undefined && isPublicPolicy(ResourcePolicy)) {
        found.push({ CheckName: 'PUBLIC_ACCESS', ErrorMessage: 'The policy lets everybody in.' })
      }
      return { PolicyValidationPassed: found.length === 0, ValidationErrors: found }
    },
  },
})

function problemWith(policy: string): string | undefined {
  try {
    validatePolicy(policy, 'resource')
    return undefined
  } catch (error) {
    if (isAwsError(error, 'MalformedPolicyDocument')) return error.message
    throw error
  }
}
