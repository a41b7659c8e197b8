import type { ObjectEvent } from './notify.ts'
import type { Bucket, Version } from './state.ts'
import type { Actor } from './stored-object.ts'
import { isDeleteMarker } from './versions.ts'

const created = { ...named('Object Created'), sequenced: true }
const deleted = { ...named('Object Deleted'), sequenced: true }
const permanently = { ...deleted, 'deletion-type': 'Permanently Deleted' }
const marked = { ...deleted, 'deletion-type': 'Delete Marker Created' }

/** What a delete marker has for an ETag here: that of an empty body. */
const ofNothing = 'd41d8cd98f00b204e9800998ecf8427e'

interface Said {
  readonly detailType: string
  readonly reason?: string
  readonly 'deletion-type'?: string
  /** Only of what orders the states of a key. */
  readonly sequenced?: boolean
}

/** What an event is for the event bus; of replication it is not told: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html */
const said: Readonly<Record<ObjectEvent, Said | undefined>> = {
  'ObjectCreated:Put': { ...created, reason: 'PutObject' },
  'ObjectCreated:Post': { ...created, reason: 'POST Object' },
  'ObjectCreated:Copy': { ...created, reason: 'CopyObject' },
  'ObjectCreated:CompleteMultipartUpload': { ...created, reason: 'CompleteMultipartUpload' },
  'ObjectRemoved:Delete': { ...permanently, reason: 'DeleteObject' },
  'ObjectRemoved:DeleteMarkerCreated': { ...marked, reason: 'DeleteObject' },
  'LifecycleExpiration:Delete': { ...permanently, reason: 'Lifecycle Expiration' },
  'LifecycleExpiration:DeleteMarkerCreated': { ...marked, reason: 'Lifecycle Expiration' },
  LifecycleTransition: named('Object Storage Class Changed'),
  'ObjectRestore:Post': named('Object Restore Initiated'),
  'ObjectRestore:Completed': named('Object Restore Completed'),
  'ObjectRestore:Delete': named('Object Restore Expired'),
  'ObjectTagging:Put': named('Object Tags Added'),
  'ObjectTagging:Delete': named('Object Tags Deleted'),
  'ObjectAcl:Put': named('Object ACL Updated'),
  'Replication:OperationFailedReplication': undefined,
}

function named(detailType: string): Said {
  return { detailType }
}

export function detailTypeOf(event: ObjectEvent): string | undefined {
  return said[event]?.detailType
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function eventDetail(
  ctx: Actor,
  bucket: Bucket,
  event: ObjectEvent,
  key: string,
  changed: Version,
  sequencer: string,
): object {
  const { detailType: _, sequenced, ...why } = said[event] ?? named('')
  const deletion = why['deletion-type'] !== undefined
  const object = isDeleteMarker(changed) ? undefined : changed
  const byRequest = ctx.principal.kind !== 'service'
  const restores = event === 'ObjectRestore:Post' || event === 'ObjectRestore:Completed'
  return {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key,
      ...(object && !deletion && { size: object.sizeBytes }),
      etag: object?.etag ?? ofNothing,
      ...(bucket.versioning !== undefined && changed.versionId !== 'null' && { 'version-id': changed.versionId }),
      ...(sequenced && { sequencer }),
    },
    'request-id': ctx.requestId,
    requester: byRequest ? ctx.principal.account : 's3.amazonaws.com',
    ...(byRequest && { 'source-ip-address': ctx.sourceIp }),
    ...why,
    ...(event === 'ObjectRestore:Completed' &&
      object?.restore && {
        'restore-expiry-time': new Date(object.restore.expiresAtMs).toISOString().replace('.000Z', 'Z'),
      }),
    ...(restores && { 'source-storage-class': object?.storageClass ?? 'STANDARD' }),
    ...(event === 'LifecycleTransition' && { 'destination-storage-class': object?.storageClass ?? 'STANDARD' }),
  }
}
