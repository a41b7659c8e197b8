import type { ResourceCtx } from '../../kernel/resource.ts'

type List = readonly ConfigurationProperty[]
export type Kind = 'Metrics' | 'Analytics' | 'IntelligentTiering'

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

interface ExportDestination {
  BucketArn: string
  BucketAccountId?: string
  Format: string
  Prefix?: string
}

/** How such a list is set: what it had before and has no more is deleted. */
export function configurations(kind: Kind) {
  const put = async (wanted: List, Bucket: string, rx: ResourceCtx, before: List = []) => {
    const ids = new Set(wanted.map(({ Id }) => Id))
    for (const { Id } of before)
      if (!ids.has(Id)) await rx.invoke(`s3:DeleteBucket${kind}Configuration`, { Bucket, Id })
    for (const { Id, Prefix, TagFilters = [], AccessPointArn, StorageClassAnalysis, ...rest } of wanted) {
      const conditions = {
        ...(Prefix !== undefined && { Prefix }),
        ...(AccessPointArn !== undefined && { AccessPointArn }),
      }
      const Filter = filter(conditions, TagFilters)
      await rx.invoke(`s3:PutBucket${kind}Configuration`, {
        Bucket,
        Id,
        [`${kind}Configuration`]: {
          ...{ Id, ...(Filter && { Filter }), ...rest },
          ...(StorageClassAnalysis && { StorageClassAnalysis: analysis(StorageClassAnalysis) }),
        },
      })
    }
  }
  return { put, reset: (Bucket: string, rx: ResourceCtx, before?: List) => put([], Bucket, rx, before) }
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
  const { BucketArn: Bucket, BucketAccountId, ...rest } = Destination
  const account = BucketAccountId === undefined ? {} : { BucketAccountId }
  return { DataExport: { OutputSchemaVersion, Destination: { S3BucketDestination: { Bucket, ...account, ...rest } } } }
}
