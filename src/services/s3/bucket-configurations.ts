import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, RecordType, Tx } from '../../kernel/records.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { malformed, on } from './bucket-settings.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import {
  type AnalyticsConfiguration,
  analyticsConfiguration,
  type ConfigurationFilter,
  type MetricsConfiguration,
  metricsConfiguration,
  type TieringConfiguration,
  tieringConfiguration,
} from './state.ts'
import { verifyWholeBody } from './whole-body.ts'

/** Of each kind, of one bucket. */
const mostConfigurations = 1_000
const page = 100

/**
 * What a bucket may have many of, each under an id: how requests are measured, how its use is analysed, and after how
 * long objects go to slower tiers. They are kept and told as they were given; `inert` in index.ts says what they do.
 */
export const bucketConfigurations = operations<Api>()({
  PutBucketMetricsConfiguration: {
    authorize: on('s3:PutMetricsConfiguration'),
    async write(tx, input, ctx) {
      const { Id, Filter } = input.MetricsConfiguration
      return put(tx, metricsConfiguration, input, { Id, ...filterOf(Filter) }, ctx)
    },
  },
  GetBucketMetricsConfiguration: {
    authorize: on('s3:GetMetricsConfiguration'),
    read: async (tx, input, ctx) => ({ MetricsConfiguration: await get(tx, metricsConfiguration, input, ctx) }),
  },
  ListBucketMetricsConfigurations: {
    authorize: on('s3:GetMetricsConfiguration'),
    async read(tx, input, ctx) {
      const { found, ...paging } = await list(tx, metricsConfiguration, input, ctx)
      return { ...paging, MetricsConfigurationList: found }
    },
  },
  DeleteBucketMetricsConfiguration: {
    authorize: on('s3:PutMetricsConfiguration'),
    write: (tx, input, ctx) => remove(tx, metricsConfiguration, input, ctx),
  },

  PutBucketAnalyticsConfiguration: {
    authorize: on('s3:PutAnalyticsConfiguration'),
    async write(tx, input, ctx) {
      const { Id, Filter, StorageClassAnalysis } = input.AnalyticsConfiguration
      if (StorageClassAnalysis.DataExport !== undefined) throw notImplemented('StorageClassAnalysis.DataExport')
      return put(tx, analyticsConfiguration, input, { Id, ...filterOf(Filter), StorageClassAnalysis: {} }, ctx)
    },
  },
  GetBucketAnalyticsConfiguration: {
    authorize: on('s3:GetAnalyticsConfiguration'),
    read: async (tx, input, ctx) => ({ AnalyticsConfiguration: await get(tx, analyticsConfiguration, input, ctx) }),
  },
  ListBucketAnalyticsConfigurations: {
    authorize: on('s3:GetAnalyticsConfiguration'),
    async read(tx, input, ctx) {
      const { found, ...paging } = await list(tx, analyticsConfiguration, input, ctx)
      return { ...paging, AnalyticsConfigurationList: found }
    },
  },
  DeleteBucketAnalyticsConfiguration: {
    authorize: on('s3:PutAnalyticsConfiguration'),
    write: (tx, input, ctx) => remove(tx, analyticsConfiguration, input, ctx),
  },

  PutBucketIntelligentTieringConfiguration: {
    authorize: on('s3:PutIntelligentTieringConfiguration'),
    async write(tx, input, ctx) {
      const { Id, Filter, Status, Tierings } = input.IntelligentTieringConfiguration
      const tiering = { Id, ...filterOf(Filter), ...tieringsOf(Status, Tierings) }
      return put(tx, tieringConfiguration, input, tiering, ctx)
    },
  },
  GetBucketIntelligentTieringConfiguration: {
    authorize: on('s3:GetIntelligentTieringConfiguration'),
    read: async (tx, input, ctx) => ({
      IntelligentTieringConfiguration: await get(tx, tieringConfiguration, input, ctx),
    }),
  },
  ListBucketIntelligentTieringConfigurations: {
    authorize: on('s3:GetIntelligentTieringConfiguration'),
    async read(tx, input, ctx) {
      const { found, ...paging } = await list(tx, tieringConfiguration, input, ctx)
      return { ...paging, IntelligentTieringConfigurationList: found }
    },
  },
  DeleteBucketIntelligentTieringConfiguration: {
    authorize: on('s3:PutIntelligentTieringConfiguration'),
    write: (tx, input, ctx) => remove(tx, tieringConfiguration, input, ctx),
  },
})

type Kept = MetricsConfiguration | AnalyticsConfiguration | TieringConfiguration
type Configurations<V extends Kept> = RecordType<V, [bucket: string, id: string]>
interface Named {
  Bucket: string
  Id: string
  ExpectedBucketOwner?: string
}

async function put<V extends Kept>(tx: Tx, record: Configurations<V>, input: Named, value: V, ctx: Ctx) {
  await verifyWholeBody(ctx)
  if (!/^[\w.-]{1,64}$/.test(input.Id)) throw invalidArgument('id', input.Id, 'The ID is 1 to 64 of A-Z a-z 0-9 _ - .')
  if (value.Id !== input.Id) throw malformed('The Id in the body is the one in the query.')
  const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const at = tx.in(found)
  if (!(await at.get(record(found.name, input.Id)))) {
    let count = 0
    for await (const _ of at.snapshot.keys(record.under(found.name), { limit: mostConfigurations })) count++
    if (count === mostConfigurations)
      throw awsError(
        'TooManyConfigurations',
        'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
        { status: 400 },
      )
  }
  at.set(record(found.name, input.Id), value)
  return {}
}

async function get<V extends Kept>(tx: ReadTx, record: Configurations<V>, input: Named, ctx: Ctx): Promise<V> {
  const { name, account, region } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const found = await tx.in({ account, region }).get(record(name, input.Id))
  if (!found) throw noSuchConfiguration()
  return found
}

async function remove<V extends Kept>(tx: Tx, record: Configurations<V>, input: Named, ctx: Ctx) {
  await get(tx, record, input, ctx)
  const found = await openBucket(tx, input.Bucket, ctx)
  tx.in(found).delete(record(found.name, input.Id))
  return {}
}

async function list<V extends Kept>(
  tx: ReadTx,
  record: Configurations<V>,
  input: Omit<Named, 'Id'> & { ContinuationToken?: string },
  ctx: Ctx,
) {
  const { name, account, region } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const { ContinuationToken } = input
  // The token is the id that the page before ended with.
  const range = record.between([name], ContinuationToken === undefined ? {} : { after: [ContinuationToken] })
  const found: V[] = []
  for await (const { value } of tx.in({ account, region }).range(range, { limit: page + 1 })) found.push(value)
  const IsTruncated = found.length > page
  return {
    found: found.slice(0, page),
    IsTruncated,
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(IsTruncated && { NextContinuationToken: found[page - 1]!.Id }),
  }
}

function noSuchConfiguration(): Error {
  return awsError('NoSuchConfiguration', 'The specified configuration does not exist.', { status: 404 })
}

interface GivenFilter {
  Prefix?: string
  Tag?: { Key: string; Value: string }
  AccessPointArn?: string
  And?: { Prefix?: string; Tags?: { Key: string; Value: string }[]; AccessPointArn?: string }
}

function filterOf(given: GivenFilter | undefined): { Filter?: ConfigurationFilter } {
  if (!given) return {}
  const { Prefix, Tag, And, AccessPointArn = And?.AccessPointArn } = given
  if (AccessPointArn !== undefined) throw notImplemented('Filter.AccessPointArn', 'There are no access points.')
  if ([Prefix, Tag, And].filter((one) => one !== undefined).length > 1)
    throw malformed('A Filter is one of Prefix, Tag and And.')
  if (And && (And.Tags?.length ?? 0) + (And.Prefix === undefined ? 0 : 1) < 2)
    throw malformed('And joins two conditions or more.')
  return { Filter: And ? { And } : Tag ? { Tag } : { Prefix: Prefix ?? '' } }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html */
const leastDays = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 }
const tiers = ['ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS'] as const
const mostDays = 730

function tieringsOf(
  status: string,
  given: readonly { Days: number; AccessTier: string }[],
): Pick<TieringConfiguration, 'Status' | 'Tierings'> {
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed('Status is Enabled or Disabled.')
  const Tierings = given.map(({ AccessTier: name, Days }) => {
    const AccessTier = tiers.find((known) => known === name)
    if (!AccessTier) throw malformed(`AccessTier is one of ${tiers.join(', ')}.`)
    if (!(Days >= leastDays[AccessTier] && Days <= mostDays))
      throw invalidArgument('Days', Days, `Days of ${name} are from ${leastDays[AccessTier]} to ${mostDays}.`)
    return { AccessTier, Days }
  })
  if (Tierings.length === 0 || new Set(given.map(({ AccessTier }) => AccessTier)).size < given.length)
    throw malformed('Tierings has each AccessTier at most once.')
  return { Status: status, Tierings }
}
