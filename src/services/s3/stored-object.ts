import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { SealedSpan } from './customer-key.ts'
import { type CreatedEvent, isTold, notify, type RemovedEvent } from './notify.ts'
import { type Conditions, checkWriteConditions } from './preconditions.ts'
import { replicateMarker, replicateNew } from './replicate.ts'
import { checkNotLocked, defaultRetention, type Unlocking } from './retention.ts'
import {
  type Bucket,
  type DeleteMarker,
  inline,
  nullVersion,
  type ObjectParts,
  object,
  objectParts,
  type StoredObject,
  type Version,
  version,
} from './state.ts'
import { findVersion, isDeleteMarker, newestOther, orderAfter, orderOf } from './versions.ts'

/** What a change of objects knows of who makes it: a request, or S3 itself. */
export type Actor = Pick<Ctx, 'host' | 'clock' | 'ids' | 'principal' | 'sourceIp' | 'requestId'>

interface ReplaceOptions {
  readonly event: CreatedEvent
  readonly conditions?: Conditions
  readonly parts?: ObjectParts
}

/**
 * Makes `next` the latest version of this key, in the transaction `at` (in the bucket's account and region). Its body
 * is kept from here on; what it replaces is let go, unless versioning keeps it. Conditions are checked against what is
 * there now, so of two writers only one can hold to them.
 */
export async function replaceObject(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  next: Omit<StoredObject, 'body' | 'versionId' | 'sizeBytes' | 'order'>,
  ref: BlobRef,
  { event, conditions, parts }: ReplaceOptions,
): Promise<StoredObject> {
  const { name, versioning } = bucket
  const current = await at.get(object(name, key))
  if (conditions) checkWriteConditions(current, key, conditions)
  const order = await nextOrder(at, ctx, bucket, key, current)
  await makeRoom(at, ctx, bucket, key, current)

  const versionId = versioning === 'Enabled' && order !== undefined ? order : 'null'
  const { sizeBytes } = ref
  const retention = next.retention ?? defaultRetention(bucket, ctx.clock.nowMs())
  const stored = replicateNew(at, ctx, bucket, key, {
    ...next,
    ...(retention && { retention }),
    versionId,
    ...(versionId === 'null' && order !== undefined && { order }),
    sizeBytes,
    body: bodyOf(ref),
  })
  at.set(object(name, key), stored)
  keepBody(at, ctx, name, key, versionId, { ref, parts })
  await notify(at, ctx, bucket, event, key, stored, order)
  return stored
}

interface Body {
  readonly ref: BlobRef
  readonly parts?: ObjectParts | undefined
}

const bodyOf = ({ id, sizeBytes }: BlobRef) => (id === undefined ? { sizeBytes } : { id, sizeBytes })

function keepBody(at: Tx, ctx: Actor, name: string, key: string, versionId: string, { ref, parts }: Body): void {
  ctx.host.blobs.commit(at, ref)
  if (ref.id === undefined) at.set(inline(name, key, versionId), ref.inline ?? new Uint8Array(0))
  if (parts) at.set(objectParts(name, key, versionId), parts)
}

/**
 * Puts a version of another bucket's key where its id says, among the others of the same key here. Of one that is here
 * already, only what can change of a version is taken over.
 */
export async function insertReplica(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  replica: Version,
  body?: Body,
): Promise<void> {
  const { name } = bucket
  const { versionId } = replica
  const here = await findVersion(at, name, key, versionId)
  if (here) {
    if (isDeleteMarker(here) || isDeleteMarker(replica)) return
    const { tags: _tags, acl: _acl, retention: _retention, legalHold: _hold, ...kept } = here
    const { tags, acl, retention, legalHold } = replica
    await rewriteVersion(at, name, key, { ...kept, tags, acl, retention, legalHold })
    return
  }
  const current = await at.get(object(name, key))
  const latest = current ?? (await newestOther(at, name, key))
  const isLatest = latest === undefined || versionId < orderOf(latest)
  if (isLatest && current) {
    await makeRoom(at, ctx, bucket, key, current)
    at.delete(object(name, key))
  }
  if (isDeleteMarker(replica)) {
    at.set(version(name, key, versionId), replica)
    await notify(at, ctx, bucket, onRequest.marked, key, replica, versionId)
    return
  }
  if (!body) throw new Error('a replica that is not here yet needs its body')
  const stored: StoredObject = { ...replica, body: bodyOf(body.ref) }
  at.set(isLatest ? object(name, key) : version(name, key, versionId), stored)
  keepBody(at, ctx, name, key, versionId, body)
  await notify(at, ctx, bucket, 'ObjectCreated:Put', key, stored, versionId)
}

/** What a deletion did: the marker it wrote, or what it removed. */
export interface Deleted {
  readonly marker?: DeleteMarker
  readonly removed?: Version
}

export interface RemovedEvents {
  readonly removed: RemovedEvent
  readonly marked: RemovedEvent
}

const onRequest: RemovedEvents = { removed: 'ObjectRemoved:Delete', marked: 'ObjectRemoved:DeleteMarkerCreated' }

/** Deletes a key: its object, or with versioning by a delete marker on top of its versions. */
export async function deleteLatest(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  events = onRequest,
): Promise<Deleted> {
  const { name, versioning } = bucket
  const current = await at.get(object(name, key))
  const order = await nextOrder(at, ctx, bucket, key, current)
  if (versioning === undefined || order === undefined) {
    if (!current) return {}
    letGo(at, ctx, name, key, current)
    at.delete(object(name, key))
    await notify(at, ctx, bucket, events.removed, key, current, order)
    return { removed: current }
  }
  await makeRoom(at, ctx, bucket, key, current)
  const marker: DeleteMarker = {
    deleteMarker: true,
    versionId: versioning === 'Enabled' ? order : 'null',
    modifiedAtMs: wholeSeconds(ctx.clock.nowMs()),
    ...(versioning === 'Suspended' && { order }),
  }
  at.delete(object(name, key))
  at.set(version(name, key, order), marker)
  if (versioning === 'Suspended') at.set(nullVersion(name, key), order)
  // What lifecycle rules do stays in their bucket.
  if (events === onRequest) replicateMarker(at, ctx, bucket, key, marker)
  await notify(at, ctx, bucket, events.marked, key, marker, order)
  return { marker }
}

/** Deletes one version for good, if it is there and not locked; what is then the newest becomes the latest. */
export async function deleteVersion(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  versionId: string,
  unlocking: Unlocking,
  events = onRequest,
): Promise<Deleted> {
  const { name } = bucket
  const found = await findVersion(at, name, key, versionId)
  if (!found) return {}
  if (!isDeleteMarker(found)) await checkNotLocked(found, ctx.clock.nowMs(), unlocking)
  const current = await at.get(object(name, key))
  const latest = current ?? (await newestOther(at, name, key))
  if (current?.versionId === versionId) {
    at.delete(object(name, key))
    letGo(at, ctx, name, key, current)
  } else {
    await dropOther(at, ctx, name, key, found)
  }
  if (!current || current.versionId === versionId) await promote(at, name, key)
  const order = latest && isTold(bucket) ? orderAfter(ctx, orderOf(latest)) : undefined
  await notify(at, ctx, bucket, events.removed, key, found, order)
  return { removed: found }
}

/** The place of a version about to be written; undefined where nobody asks for it. */
async function nextOrder(
  at: ReadTx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  current: StoredObject | undefined,
): Promise<string | undefined> {
  const { name, versioning } = bucket
  if (versioning === undefined) {
    return isTold(bucket) ? orderAfter(ctx, current && orderOf(current)) : undefined
  }
  const latest = current ?? (await newestOther(at, name, key))
  return orderAfter(ctx, latest && orderOf(latest))
}

/** Clears `object` for a new version: what stands there is kept among the others, or let go where only one is kept. */
async function makeRoom(
  at: Tx,
  ctx: Actor,
  { name, versioning }: Bucket,
  key: string,
  current: StoredObject | undefined,
): Promise<void> {
  const keepsOneNull = versioning !== 'Enabled'
  if (current && keepsOneNull && current.versionId === 'null') {
    letGo(at, ctx, name, key, current)
    return
  }
  if (current) {
    at.set(version(name, key, orderOf(current)), current)
    if (current.versionId === 'null') at.set(nullVersion(name, key), orderOf(current))
  }
  if (versioning !== 'Suspended') return
  const order = await at.get(nullVersion(name, key))
  const older = order === undefined ? undefined : await at.get(version(name, key, order))
  if (older) await dropOther(at, ctx, name, key, older)
}

async function dropOther(at: Tx, ctx: Actor, name: string, key: string, found: Version): Promise<void> {
  at.delete(version(name, key, orderOf(found)))
  if (found.versionId === 'null') at.delete(nullVersion(name, key))
  if (!isDeleteMarker(found)) letGo(at, ctx, name, key, found)
}

/** Makes the newest version the latest one when it is an object. */
async function promote(at: Tx, name: string, key: string): Promise<void> {
  const newest = await newestOther(at, name, key)
  if (!newest || isDeleteMarker(newest)) return
  at.delete(version(name, key, orderOf(newest)))
  if (newest.versionId === 'null') at.delete(nullVersion(name, key))
  at.set(object(name, key), newest)
}

/** Writes a changed version where it stands. */
export async function rewriteVersion(at: Tx, name: string, key: string, changed: StoredObject): Promise<void> {
  const current = await at.get(object(name, key))
  if (current?.versionId === changed.versionId) at.set(object(name, key), changed)
  else at.set(version(name, key, orderOf(changed)), changed)
}

function letGo(at: Tx, ctx: Actor, name: string, key: string, stored: StoredObject): void {
  if (stored.body.id === undefined) at.delete(inline(name, key, stored.versionId))
  else ctx.host.blobs.release(at, stored.body)
  if (stored.partsCount !== undefined) at.delete(objectParts(name, key, stored.versionId))
}

/** The reference to an object's body, with the bytes in it when they are kept in the store. */
export async function bodyRef(at: ReadTx, name: string, key: string, stored: StoredObject): Promise<BlobRef> {
  const { id, sizeBytes } = stored.body
  if (id !== undefined) return { id, sizeBytes }
  return { sizeBytes, inline: (await at.get(inline(name, key, stored.versionId))) ?? new Uint8Array(0) }
}

/** The stretches of a body that is encrypted with a customer's key; none of any other. */
export async function spansOf(at: ReadTx, name: string, key: string, stored: StoredObject): Promise<SealedSpan[]> {
  const { sealed, sizeBytes, versionId } = stored
  if (!sealed) return []
  if (sealed.iv !== undefined) return [{ iv: sealed.iv, sizeBytes }]
  const parts = await at.get(objectParts(name, key, versionId))
  return (parts?.ivs ?? []).map((iv, index) => ({ iv, sizeBytes: parts!.sizes[index]! }))
}

/** The node's time as S3 tells it: whole seconds. */
export function wholeSeconds(nowMs: number): number {
  return Math.floor(nowMs / 1000) * 1000
}
