import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { findBucket, openBucket } from './access.ts'
import type { Api } from './api.ts'
import { malformed, on } from './bucket-settings.ts'
import { get, list, put, remove } from './configurations-by-id.ts'
import { cancelInventory, scheduleInventory } from './inventory-job.ts'
import { inventoryFields } from './inventory-lines.ts'
import { notImplemented } from './refuse.ts'
import { type Bucket, type InventoryConfiguration, inventoryConfiguration } from './state.ts'

/**
 * Lists of what a bucket holds, written by the clock to another bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
 */
export const inventory = operations<Api>()({
  PutBucketInventoryConfiguration: {
    authorize: on('s3:PutInventoryConfiguration'),
    async write(tx, input, ctx) {
      const configuration = checked(input.InventoryConfiguration)
      const source = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      await checkRegion(tx, source, configuration)
      await put(tx, inventoryConfiguration, input, configuration, ctx)
      if (configuration.IsEnabled) scheduleInventory(tx, ctx, source, configuration.Id)
      else cancelInventory(tx, ctx, source, configuration.Id)
      return {}
    },
  },
  GetBucketInventoryConfiguration: {
    authorize: on('s3:GetInventoryConfiguration'),
    read: async (tx, input, ctx) => ({ InventoryConfiguration: await get(tx, inventoryConfiguration, input, ctx) }),
  },
  ListBucketInventoryConfigurations: {
    authorize: on('s3:GetInventoryConfiguration'),
    async read(tx, input, ctx) {
      const { found, ...paging } = await list(tx, inventoryConfiguration, input, ctx)
      return { ...paging, InventoryConfigurationList: found }
    },
  },
  DeleteBucketInventoryConfiguration: {
    authorize: on('s3:PutInventoryConfiguration'),
    async write(tx, input, ctx) {
      await remove(tx, inventoryConfiguration, input, ctx)
      cancelInventory(tx, ctx, await openBucket(tx, input.Bucket, ctx), input.Id)
      return {}
    },
  },
})

interface Given {
  Id: string | undefined
  IsEnabled: boolean | undefined
  Destination: { S3BucketDestination: GivenDestination | undefined } | undefined
  Filter?: { Prefix: string | undefined }
  IncludedObjectVersions: string | undefined
  OptionalFields?: string[]
  Schedule: { Frequency: string | undefined } | undefined
}

interface GivenDestination {
  AccountId?: string
  Bucket: string | undefined
  Format: string | undefined
  Prefix?: string
  Encryption?: { SSES3?: object; SSEKMS?: { KeyId: string | undefined } }
}

const frequencies = ['Daily', 'Weekly'] as const
const included = ['All', 'Current'] as const

function checked(given: Given): InventoryConfiguration {
  const { Id = '', IsEnabled = false, Filter, OptionalFields } = given
  const Frequency = frequencies.find((known) => known === given.Schedule?.Frequency)
  if (!Frequency) throw malformed(`Frequency is one of ${frequencies.join(', ')}.`)
  const IncludedObjectVersions = included.find((known) => known === given.IncludedObjectVersions)
  if (!IncludedObjectVersions) throw malformed(`IncludedObjectVersions is one of ${included.join(', ')}.`)
  const unknown = OptionalFields?.find((name) => !inventoryFields.some((field) => field === name))
  if (unknown !== undefined)
    throw malformed(`OptionalFields has ${unknown}, and may have ${inventoryFields.join(', ')}.`)
  const fields = inventoryFields.filter((field) => OptionalFields?.includes(field))
  return {
    ...{ Id, IsEnabled, IncludedObjectVersions, Schedule: { Frequency } },
    Destination: { S3BucketDestination: destinationOf(given.Destination?.S3BucketDestination) },
    ...(Filter?.Prefix !== undefined && { Filter: { Prefix: Filter.Prefix } }),
    ...(fields.length > 0 && { OptionalFields: fields }),
  }
}

type Destination = InventoryConfiguration['Destination']['S3BucketDestination']

function destinationOf(given: GivenDestination | undefined): Destination {
  const { Bucket = '', Format, AccountId, Prefix, Encryption } = given ?? {}
  const [, place, name] = /^arn:aws:s3:([^:]*:[^:]*):([^:/]+)$/.exec(Bucket) ?? []
  if (name === undefined) throw badDestination('Invalid bucket ARN.')
  if (place !== ':') throw badDestination('Bucket ARN should not specify a namespace.')
  if (Format === 'ORC' || Format === 'Parquet') throw notImplemented(`Format ${Format}`, 'Use CSV.')
  if (Format !== 'CSV') throw malformed('Format is CSV.')
  return {
    ...{ Bucket, Format },
    ...(AccountId !== undefined && { AccountId }),
    ...(Prefix !== undefined && Prefix !== '' && { Prefix }),
    ...(Encryption && { Encryption: encryptionOf(Encryption) }),
  }
}

function encryptionOf({
  SSES3,
  SSEKMS,
}: NonNullable<GivenDestination['Encryption']>): NonNullable<Destination['Encryption']> {
  if ((SSES3 === undefined) === (SSEKMS === undefined)) throw malformed('Encryption is one of SSES3 and SSEKMS.')
  if (SSEKMS === undefined) return { SSES3: {} }
  if (!SSEKMS.KeyId) throw malformed('SSEKMS has a KeyId.')
  return { SSEKMS: { KeyId: SSEKMS.KeyId } }
}

/** A destination that is there is in the region of what is listed. It may be made later. */
async function checkRegion(tx: ReadTx, source: Bucket, { Destination }: InventoryConfiguration): Promise<void> {
  const target = await findBucket(tx, Destination.S3BucketDestination.Bucket.slice('arn:aws:s3:::'.length))
  if (target && target.region !== source.region)
    throw badDestination('The destination bucket must be in the region of the source bucket.')
}

function badDestination(message: string): Error {
  return awsError('InvalidS3DestinationBucket', message, { status: 400 })
}
