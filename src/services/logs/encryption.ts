import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Scope } from '../../kernel/records.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupResource, nameOf } from './find.ts'

interface Target {
  readonly logGroupName?: string
  readonly resourceIdentifier?: string
}

/** Which KMS key a group is said to be under. */
export const encryption = operations<Api>()({
  AssociateKmsKey: {
    authorize: (input, ctx) => [
      { action: 'logs:AssociateKmsKey', resource: groupResource(ctx, targetOf(input, ctx.scope)) },
    ],
    async write(tx, input) {
      checkKey(input.kmsKeyId)
      const found = await findGroup(tx, targetOf(input, tx.scope))
      tx.set(group(found.name), { ...found, kmsKeyId: input.kmsKeyId })
      return {}
    },
  },
  DisassociateKmsKey: {
    authorize: (input, ctx) => [
      { action: 'logs:DisassociateKmsKey', resource: groupResource(ctx, targetOf(input, ctx.scope)) },
    ],
    async write(tx, input) {
      const found = await findGroup(tx, targetOf(input, tx.scope))
      tx.set(group(found.name), { ...found, kmsKeyId: undefined })
      return {}
    },
  },
})

/** Throws InvalidParameterException for what is not the ARN of a key. */
export function checkKey(arn: string): void {
  const { service, resource = '' } = parseArn(arn) ?? {}
  if (service !== 'kms' || !resource.startsWith('key/')) throw invalid(`kmsKeyId is not the ARN of a KMS key: ${arn}`)
}

function targetOf({ logGroupName, resourceIdentifier }: Target, scope: Scope): string {
  if ((logGroupName === undefined) === (resourceIdentifier === undefined))
    throw invalid('Exactly one of logGroupName and resourceIdentifier must be given.')
  if (resourceIdentifier?.includes(':query-result:'))
    throw invalid('Keys for query results are not supported by Landfall: resourceIdentifier is the ARN of a log group.')
  return logGroupName ?? nameOf(resourceIdentifier ?? '', scope)
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
