/** What a bucket tells whom. */
export interface Notification {
  readonly id: string
  readonly kind: 'lambda' | 'queue' | 'topic'
  readonly arn: string
  /** `s3:ObjectCreated:*`. */
  readonly events: readonly string[]
  readonly prefix?: string | undefined
  readonly suffix?: string | undefined
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const names = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
  's3:ObjectAcl:Put',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:LifecycleTransition',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
]

/** What does not happen here: replication has no deadline, no object is tiered by its use, and none is lost alone. */
const neverTold = [
  's3:Replication:OperationNotTracked',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:IntelligentTiering',
  's3:ReducedRedundancyLostObject',
]

export function isNeverTold(name: string): boolean {
  return neverTold.includes(name)
}

export function isEventName(name: string): boolean {
  return names.includes(name)
}

/** Whether a configured name (`s3:ObjectCreated:*`) means this event (`ObjectCreated:Put`). */
export function covers(configured: string, event: string): boolean {
  return configured.endsWith('*') ? `s3:${event}`.startsWith(configured.slice(0, -1)) : configured === `s3:${event}`
}

/** Whether a notification is about this event of this key. */
export function concerns({ events, prefix = '', suffix = '' }: Notification, event: string, key: string): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && events.some((configured) => covers(configured, event))
}

/** Whether one object's event could be told by both, which S3 refuses: each event goes to one place. */
export function overlap(a: Notification, b: Notification): boolean {
  const sameEvent = a.events.some((x) => b.events.some((y) => covers(x, y.slice(3)) || covers(y, x.slice(3))))
  const either = (x = '', y = '', test: (text: string, part: string) => boolean) => test(x, y) || test(y, x)
  return (
    sameEvent &&
    either(a.prefix, b.prefix, (text, part) => text.startsWith(part)) &&
    either(a.suffix, b.suffix, (text, part) => text.endsWith(part))
  )
}
