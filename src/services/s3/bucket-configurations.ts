import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { malformed, on } from './bucket-settings.ts'
import { get, list, put, remove } from './configurations-by-id.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import {
  analyticsConfiguration,
  type ConfigurationFilter,
  metricsConfiguration,
  type TieringConfiguration,
  tieringConfiguration,
} from './state.ts'

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
      // An export tells, by the age of objects, what was read of them each day: nobody counts that here.
      if (StorageClassAnalysis.DataExport !== undefined)
        throw notImplemented('StorageClassAnalysis.DataExport', 'How objects are used is not analysed. Leave it out.')
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
