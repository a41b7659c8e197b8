import type { ResourceCtx } from '../../kernel/resource.ts'

export type Kind = 'Metrics' | 'Analytics' | 'IntelligentTiering' | 'Inventory'

/** Properties of AWS::S3::Bucket that are lists of configurations, each under its id. */
export interface ConfigurationProperty {
  Id: string
  Prefix?: string
  TagFilters?: { Key: string; Value: string }[]
  AccessPointArn?: string
  StorageClassAnalysis?: { DataExport?: { OutputSchemaVersion: string; Destination: ExportDestination } }
  Status?: string
  Tierings?: object[]
}

export interface InventoryProperty {
  Id: string
  Enabled: boolean
  IncludedObjectVersions: string
  ScheduleFrequency: string
  Destination: ExportDestination
  Prefix?: string
  OptionalFields?: string[]
}

interface ExportDestination {
  BucketArn: string
  BucketAccountId?: string
  Format: string
  Prefix?: string
}

/** How such a list is set: what it had before and has no more is deleted. */
export function configurations(kind: Exclude<Kind, 'Inventory'>) {
  return listById(
    kind,
    ({ Prefix, TagFilters = [], AccessPointArn, StorageClassAnalysis, ...rest }: ConfigurationProperty) => {
      const conditions = {
        ...(Prefix !== undefined && { Prefix }),
        ...(AccessPointArn !== undefined && { AccessPointArn }),
      }
      const Filter = filter(conditions, TagFilters)
      return {
        ...{ ...(Filter && { Filter }), ...rest },
        ...(StorageClassAnalysis && { StorageClassAnalysis: analysis(StorageClassAnalysis) }),
      }
    },
  )
}

/** The same of reports about what a bucket holds. */
export const inventories = listById(
  'Inventory',
  ({ Enabled, Prefix, ScheduleFrequency, Destination, ...rest }: InventoryProperty) => ({
    ...rest,
    IsEnabled: Enabled,
    Schedule: { Frequency: ScheduleFrequency },
    ...(Prefix !== undefined && { Filter: { Prefix } }),
    Destination: { S3BucketDestination: exportDestination('AccountId', Destination) },
  }),
)

function listById<P extends { Id: string }>(kind: Kind, configuration: (property: P) => object) {
  const put = async (wanted: readonly P[], Bucket: string, rx: ResourceCtx, before: readonly P[] = []) => {
    const ids = new Set(wanted.map(({ Id }) => Id))
    for (const { Id } of before)
      if (!ids.has(Id)) await rx.invoke(`s3:DeleteBucket${kind}Configuration`, { Bucket, Id })
    for (const property of wanted)
      await rx.invoke(`s3:PutBucket${kind}Configuration`, {
        ...{ Bucket, Id: property.Id },
        [`${kind}Configuration`]: configuration(property),
      })
  }
  return { put, reset: (Bucket: string, rx: ResourceCtx, before?: readonly P[]) => put([], Bucket, rx, before) }
}

function filter(conditions: object, tags: readonly object[]): object | undefined {
  const count = Object.keys(conditions).length + tags.length
  if (count === 0) return undefined
  if (count > 1) return { And: { ...conditions, ...(tags.length > 0 && { Tags: tags }) } }
  return tags.length > 0 ? { Tag: tags[0] } : conditions
}

function analysis({ DataExport }: NonNullable<ConfigurationProperty['StorageClassAnalysis']>): object {
  if (!DataExport) return {}
  const { Destination, OutputSchemaVersion } = DataExport
  const S3BucketDestination = exportDestination('BucketAccountId', Destination)
  return { DataExport: { OutputSchemaVersion, Destination: { S3BucketDestination } } }
}

/** `account`: what the API calls the account of the bucket. */
function exportDestination(
  account: 'AccountId' | 'BucketAccountId',
  { BucketArn: Bucket, BucketAccountId, ...rest }: ExportDestination,
): object {
  return { Bucket, ...(BucketAccountId !== undefined && { [account]: BucketAccountId }), ...rest }
}
