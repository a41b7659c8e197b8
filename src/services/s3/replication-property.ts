interface Tag {
  Key: string
  Value: string
}

/** `ReplicationConfiguration` of AWS::S3::Bucket, which names ids and tags otherwise than the API. */
export interface ReplicationProperty {
  Role: string
  Rules: RuleProperty[]
}

interface RuleProperty {
  Id?: string
  Prefix?: string
  Filter?: { Prefix?: string; TagFilter?: Tag; And?: { Prefix?: string; TagFilters?: Tag[] } }
  Status: string
  Priority?: number
  DeleteMarkerReplication?: object
  SourceSelectionCriteria?: object
  Destination: object
}

/** What PutBucketReplication takes for it. */
export function replicationInput({ Role, Rules }: ReplicationProperty) {
  return {
    Role,
    Rules: Rules.map(({ Id, Filter, ...rest }) => ({
      ...rest,
      ...(Id !== undefined && { ID: Id }),
      ...(Filter && { Filter: filterInput(Filter) }),
    })),
  }
}

function filterInput({ Prefix, TagFilter, And }: NonNullable<RuleProperty['Filter']>) {
  return {
    ...(Prefix !== undefined && { Prefix }),
    ...(TagFilter && { Tag: TagFilter }),
    ...(And && {
      And: { ...(And.Prefix !== undefined && { Prefix: And.Prefix }), ...(And.TagFilters && { Tags: And.TagFilters }) },
    }),
  }
}
