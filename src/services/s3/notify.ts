import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Tx } from '../../kernel/records.ts'
import { detailTypeOf, eventDetail } from './event-detail.ts'
import { canonicalUserId } from './names.ts'
import { concerns, type Notification } from './notification-config.ts'
import type { Bucket, Version } from './state.ts'
import type { Actor } from './stored-object.ts'
import { isDeleteMarker, orderAfter, orderOf, sequenceOf } from './versions.ts'

export type CreatedEvent = `ObjectCreated:${'Put' | 'Post' | 'Copy' | 'CompleteMultipartUpload'}`
export type RemovedEvent = `${'ObjectRemoved' | 'LifecycleExpiration'}:${'Delete' | 'DeleteMarkerCreated'}`
export type ObjectEvent =
  | CreatedEvent
  | RemovedEvent
  | 'ObjectTagging:Put'
  | 'ObjectTagging:Delete'
  | 'ObjectAcl:Put'
  | 'LifecycleTransition'
  | 'ObjectRestore:Post'
  | 'ObjectRestore:Completed'
  | 'ObjectRestore:Delete'
  | 'Replication:OperationFailedReplication'

/** Who S3 is to those it tells. */
export const s3Principal = servicePrincipal('s3.amazonaws.com')

/** Who changes objects of itself. */
export function actorS3(host: Host): Actor {
  const { clock, ids } = host
  return { host, clock, ids, principal: s3Principal, sourceIp: 's3.amazonaws.com', requestId: ids.uuid() }
}

/** What heads a message to a topic. */
export const notificationSubject = 'Amazon S3 Notification'

interface Telling {
  readonly to: Pick<Notification, 'kind' | 'arn'>
  readonly bucket: string
  readonly account: string
  /** JSON text. */
  readonly event: string
}

/** Whether anybody is told of what happens to a bucket's objects. */
export function isTold({ notifications, eventBridge }: Bucket): boolean {
  return notifications !== undefined || eventBridge === true
}

/** Writes what is to be told of a change, in the transaction of the change. */
export async function notify(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  event: ObjectEvent,
  key: string,
  changed: Version,
  order: string | undefined,
  details: object = {},
): Promise<void> {
  const detailType = bucket.eventBridge && detailTypeOf(event)
  if (detailType) {
    const said = { source: 'aws.s3', detailType, resources: [`arn:aws:s3:::${bucket.name}`] }
    const sequencer = sequencerOf(ctx, changed, order)
    await ctx.host.announce(at, { ...said, detail: eventDetail(ctx, bucket, event, key, changed, sequencer) })
  }
  for (const notification of bucket.notifications ?? []) {
    if (!concerns(notification, event, key)) continue
    const { kind, arn } = notification
    const data: Telling = {
      to: { kind, arn },
      bucket: bucket.name,
      account: bucket.account,
      event: JSON.stringify({
        Records: [{ ...recordOf(ctx, bucket, notification, event, key, changed, order), ...details }],
      }),
    }
    ctx.host.deliveries.schedule(at, {
      kind: 's3:notify',
      scope: { account: bucket.account, region: bucket.region },
      data,
    })
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function recordOf(
  ctx: Actor,
  bucket: Bucket,
  { id }: Notification,
  event: ObjectEvent,
  key: string,
  changed: Version,
  order: string | undefined,
) {
  const byLifecycle = event.startsWith('Lifecycle')
  const hasBody = !isDeleteMarker(changed) && !event.endsWith(':Delete')
  return {
    eventVersion: versionOf(event),
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(ctx.clock.nowMs()).toISOString(),
    eventName: event,
    userIdentity: { principalId: byLifecycle ? 's3.amazonaws.com' : `AWS:${ctx.principal.userId}` },
    requestParameters: { sourceIPAddress: ctx.sourceIp },
    responseElements: { 'x-amz-request-id': ctx.requestId, 'x-amz-id-2': ctx.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: id,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: canonicalUserId(bucket.account) },
        arn: `arn:aws:s3:::${bucket.name}`,
      },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(hasBody && { size: changed.sizeBytes, eTag: changed.etag }),
        ...(bucket.versioning !== undefined && changed.versionId !== 'null' && { versionId: changed.versionId }),
        // Rises from one event of a key to the next.
        sequencer: sequencerOf(ctx, changed, order),
      },
    },
    ...(event === 'ObjectRestore:Completed' &&
      !isDeleteMarker(changed) &&
      changed.restore && {
        glacierEventData: {
          restoreEventData: {
            lifecycleRestorationExpiryTime: new Date(changed.restore.expiresAtMs).toISOString(),
            lifecycleRestoreStorageClass: changed.storageClass,
          },
        },
      }),
    ...(event === 'LifecycleTransition' &&
      !isDeleteMarker(changed) && {
        lifecycleEventData: { transitionEventData: { destinationStorageClass: changed.storageClass } },
      }),
  }
}

function sequencerOf(ctx: Actor, changed: Version, order: string | undefined): string {
  return sequenceOf(order ?? orderAfter(ctx, orderOf(changed)))
    .toString(16)
    .toUpperCase()
    .padStart(16, '0')
}

/** Versions of the structure of a record, as the page above has them. */
function versionOf(event: ObjectEvent): string {
  if (event.startsWith('Replication:')) return '2.2'
  return /^(?:Lifecycle|ObjectTagging:|ObjectAcl:)|^ObjectRestore:Delete$/.test(event) ? '2.3' : '2.1'
}

/** Tells a function or queue of an event. Whoever refuses it for hours is not told. */
export const notifyJob = {
  retry: { attempts: 30, minMs: 1_000, maxMs: 900_000 },
  target: ({ to }: Telling) => to.arn,
  async run({ to, bucket, account, event }: Telling, { host, scope }: JobCtx) {
    const sourceArn = `arn:aws:s3:::${bucket}`
    const options = { principal: s3Principal, sourceArn, sourceAccount: account }
    if (to.kind === 'lambda') {
      const target = await host.functionTarget(to.arn)
      await host.records.write(scope, (tx) => target.accept(tx, Buffer.from(event), options))
      return
    }
    const target = await host.messageTarget(to.arn)
    await host.records.write(scope, (tx) =>
      target.send(tx, { subject: notificationSubject, body: event, sourceArn, sourceAccount: account }, s3Principal),
    )
  },
  exhausted(_tx, { to, bucket }, error, { host }) {
    host.log.warn('s3.notification-not-delivered', { bucket, arn: to.arn, error: error.message })
  },
} satisfies Job<Telling>
