import { validatePolicy } from '../../authz/validate.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { keyArn } from './find.ts'

/** What a key gets that is made without a policy: identities of the account are let in by their own policies. */
export function defaultPolicy({ account }: Scope): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
}

/** An AWS managed key is used by everyone in the account through its service, and looked at by the account. */
export function managedPolicy(service: string, { account, region }: Scope): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use it`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `${service}.${region}.amazonaws.com` },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  })
}

/** Throws MalformedPolicyDocumentException for what is no policy, or would lock out whoever sets it. */
export async function checkPolicy(
  policy: string,
  keyId: string,
  bypass: boolean | undefined,
  ctx: Ctx,
  tx: ReadTx,
): Promise<void> {
  try {
    validatePolicy(policy, 'resource')
  } catch (error) {
    if (!isAwsError(error, 'MalformedPolicyDocument')) throw error
    throw awsError('MalformedPolicyDocumentException', error.message)
  }
  if (bypass) return
  const changing = {
    action: 'kms:PutKeyPolicy',
    resource: keyArn(ctx.scope, keyId),
    resourcePolicy: policy,
    policyRequired: true,
  }
  if (await ctx.host.isAllowed(ctx.principal, changing, ctx.requestContext, tx)) return
  throw awsError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  )
}
