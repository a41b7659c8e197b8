import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import { invalid } from './alarm-input.ts'
import type { Api } from './api.ts'
import { checkRelease, type DatasetKey, makeProbe, tryDecrypt } from './dataset-key.ts'

/** The only one there is. */
const defaultId = 'default'
const service = servicePrincipal('cloudwatch.amazonaws.com')
const datasetKey = keyspace('cloudwatch').record<DatasetKey, [dataset: string]>('dataset-key')

/**
 * Which KMS key an account's metrics are said to be under. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cmk-encryption.html
 */
export const datasets = operations<Api>()({
  GetDataset: {
    authorize: ({ DatasetIdentifier }, { scope }) => [
      { action: 'cloudwatch:GetDataset', resource: arnOf(scope, DatasetIdentifier) },
    ],
    async read(tx, { DatasetIdentifier }, { scope }) {
      checkDataset(DatasetIdentifier, scope)
      const found = await tx.get(datasetKey(defaultId))
      return { DatasetId: defaultId, Arn: arnOf(scope, defaultId), KmsKeyArn: found?.arn }
    },
  },

  AssociateDatasetKmsKey: {
    authorize: ({ DatasetIdentifier }, { scope }) => [
      { action: 'cloudwatch:AssociateDatasetKmsKey', resource: arnOf(scope, DatasetIdentifier) },
    ],
    async call({ DatasetIdentifier, KmsKeyArn }, ctx) {
      checkDataset(DatasetIdentifier, ctx.scope)
      checkArn(KmsKeyArn, ctx)
      const next = await makeProbe(ctx, KmsKeyArn, service)
      await tryDecrypt(ctx, next, ctx.principal)
      const before = await ctx.read((tx) => tx.get(datasetKey(defaultId)))
      if (before && before.arn !== next.arn) await checkRelease(ctx, before, service)
      await ctx.write((tx) => tx.set(datasetKey(defaultId), next))
      return {}
    },
  },

  DisassociateDatasetKmsKey: {
    authorize: ({ DatasetIdentifier }, { scope }) => [
      { action: 'cloudwatch:DisassociateDatasetKmsKey', resource: arnOf(scope, DatasetIdentifier) },
    ],
    async call({ DatasetIdentifier }, ctx) {
      checkDataset(DatasetIdentifier, ctx.scope)
      const before = await ctx.read((tx) => tx.get(datasetKey(defaultId)))
      if (!before) throw notFound('The dataset default has no KMS key.')
      await checkRelease(ctx, before, service).catch((error: unknown) => {
        if (!isAwsError(error, 'KmsAccessDeniedException')) throw error
        throw awsError('AccessDeniedException', error.message, { status: 403, cause: error })
      })
      await ctx.write((tx) => tx.delete(datasetKey(defaultId)))
      return {}
    },
  },
})

function arnOf({ region, account }: Scope, identifier: string): string {
  if (identifier.startsWith('arn:')) return identifier
  return formatArn('cloudwatch', region, account, `dataset/${identifier}`)
}

function checkDataset(identifier: string, scope: Scope): void {
  if (arnOf(scope, identifier) === arnOf(scope, defaultId)) return
  throw notFound(`The dataset ${identifier} does not exist: there is one, whose identifier is default.`)
}

function checkArn(arn: string, { region }: Ctx): void {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'kms' || !/^key\/[\w-]+$/.test(parsed.resource))
    throw invalid('KmsKeyArn must be the ARN of a KMS key, neither its id nor an alias.')
  if (parsed.region !== region)
    throw awsError('KmsKeyNotFoundException', `The key ${arn} is not in the Region ${region} of the dataset.`)
}

function notFound(message: string): Error {
  return awsError('ResourceNotFoundException', message, { status: 404 })
}
