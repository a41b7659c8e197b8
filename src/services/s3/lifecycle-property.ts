/** `LifecycleConfiguration` of AWS::S3::Bucket, which names much otherwise than the API. */
export interface LifecycleProperty {
  Rules: RuleProperty[]
  TransitionDefaultMinimumObjectSize?: string
}

interface RuleProperty {
  Id?: string
  Status: string
  Prefix?: string
  TagFilters?: { Key: string; Value: string }[]
  ObjectSizeGreaterThan?: number | string
  ObjectSizeLessThan?: number | string
  ExpirationInDays?: number
  ExpirationDate?: string
  ExpiredObjectDeleteMarker?: boolean
  NoncurrentVersionExpirationInDays?: number
  NoncurrentVersionExpiration?: object
  NoncurrentVersionTransition?: NoncurrentProperty
  NoncurrentVersionTransitions?: NoncurrentProperty[]
  Transition?: TransitionProperty
  Transitions?: TransitionProperty[]
  AbortIncompleteMultipartUpload?: object
}

interface TransitionProperty {
  StorageClass: string
  TransitionDate?: string
  TransitionInDays?: number
}

interface NoncurrentProperty {
  StorageClass: string
  TransitionInDays: number
  NewerNoncurrentVersions?: number
}

/** What PutBucketLifecycleConfiguration takes for it. */
export function lifecycleInput({ Rules, TransitionDefaultMinimumObjectSize }: LifecycleProperty) {
  return {
    LifecycleConfiguration: { Rules: Rules.map(ruleInput) },
    ...(TransitionDefaultMinimumObjectSize !== undefined && { TransitionDefaultMinimumObjectSize }),
  }
}

function ruleInput(rule: RuleProperty) {
  const { Id, Status, AbortIncompleteMultipartUpload, NoncurrentVersionExpirationInDays: oldDays } = rule
  const transitions = [...(rule.Transition ? [rule.Transition] : []), ...(rule.Transitions ?? [])]
  const noncurrent = [
    ...(rule.NoncurrentVersionTransition ? [rule.NoncurrentVersionTransition] : []),
    ...(rule.NoncurrentVersionTransitions ?? []),
  ]
  const expiration = {
    ...(rule.ExpirationInDays !== undefined && { Days: rule.ExpirationInDays }),
    ...(rule.ExpirationDate !== undefined && { Date: new Date(rule.ExpirationDate) }),
    ...(rule.ExpiredObjectDeleteMarker !== undefined && { ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker }),
  }
  const noncurrentExpiration =
    rule.NoncurrentVersionExpiration ?? (oldDays === undefined ? undefined : { NoncurrentDays: oldDays })
  return {
    ...(Id !== undefined && { ID: Id }),
    Status,
    Filter: filterInput(rule),
    ...(Object.keys(expiration).length > 0 && { Expiration: expiration }),
    ...(transitions.length > 0 && {
      Transitions: transitions.map(({ StorageClass, TransitionDate, TransitionInDays }) => ({
        StorageClass,
        ...(TransitionDate !== undefined && { Date: new Date(TransitionDate) }),
        ...(TransitionInDays !== undefined && { Days: TransitionInDays }),
      })),
    }),
    ...(noncurrent.length > 0 && {
      NoncurrentVersionTransitions: noncurrent.map(({ TransitionInDays: NoncurrentDays, ...rest }) => ({
        NoncurrentDays,
        ...rest,
      })),
    }),
    ...(noncurrentExpiration && { NoncurrentVersionExpiration: noncurrentExpiration }),
    ...(AbortIncompleteMultipartUpload && { AbortIncompleteMultipartUpload }),
  }
}

function filterInput({ Prefix, TagFilters = [], ObjectSizeGreaterThan, ObjectSizeLessThan }: RuleProperty) {
  const given = {
    ...(Prefix !== undefined && { Prefix }),
    ...(ObjectSizeGreaterThan !== undefined && { ObjectSizeGreaterThan: Number(ObjectSizeGreaterThan) }),
    ...(ObjectSizeLessThan !== undefined && { ObjectSizeLessThan: Number(ObjectSizeLessThan) }),
  }
  const [tag] = TagFilters
  if (Object.keys(given).length + TagFilters.length > 1) return { And: { ...given, ...(tag && { Tags: TagFilters }) } }
  return tag ? { Tag: tag } : given
}
