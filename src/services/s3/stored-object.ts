import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { type Conditions, checkWriteConditions } from './preconditions.ts'
import { type Bucket, inline, type ObjectParts, object, objectParts, type StoredObject } from './state.ts'

/**
 * Makes `next` the object of this key, in the transaction `at` (in the bucket's account and region): the new body is
 * kept from here on, the old one let go. Conditions are checked against what is there now, so of two writers only one
 * can hold to them.
 */
export async function replaceObject(
  at: Tx,
  ctx: Ctx,
  { name }: Bucket,
  key: string,
  next: Omit<StoredObject, 'body' | 'versionId' | 'sizeBytes'>,
  ref: BlobRef,
  options: { conditions?: Conditions; parts?: ObjectParts } = {},
): Promise<StoredObject> {
  const previous = await at.get(object(name, key))
  if (options.conditions) checkWriteConditions(previous, key, options.conditions)
  if (previous) await letGo(at, ctx, name, key, previous)

  const versionId = 'null'
  const { sizeBytes } = ref
  const stored: StoredObject = {
    ...next,
    versionId,
    sizeBytes,
    body: ref.id === undefined ? { sizeBytes } : { id: ref.id, sizeBytes },
  }
  ctx.host.blobs.commit(at, ref)
  at.set(object(name, key), stored)
  if (ref.id === undefined) at.set(inline(name, key, versionId), ref.inline ?? new Uint8Array(0))
  if (options.parts) at.set(objectParts(name, key, versionId), options.parts)
  return stored
}

/** Deletes an object if it is there. */
export async function removeObject(
  at: Tx,
  ctx: Ctx,
  { name }: Bucket,
  key: string,
  stored: StoredObject,
): Promise<void> {
  await letGo(at, ctx, name, key, stored)
  at.delete(object(name, key))
}

async function letGo(at: Tx, ctx: Ctx, name: string, key: string, stored: StoredObject): Promise<void> {
  ctx.host.blobs.release(at, await bodyRef(at, name, key, stored))
  if (stored.body.id === undefined) at.delete(inline(name, key, stored.versionId))
  if (stored.partsCount !== undefined) at.delete(objectParts(name, key, stored.versionId))
}

/** The reference to an object's body, with the bytes in it when they are kept in the store. */
export async function bodyRef(at: ReadTx, name: string, key: string, stored: StoredObject): Promise<BlobRef> {
  const { id, sizeBytes } = stored.body
  if (id !== undefined) return { id, sizeBytes }
  return { sizeBytes, inline: (await at.get(inline(name, key, stored.versionId))) ?? new Uint8Array(0) }
}

/** The node's time as S3 tells it: whole seconds. */
export function wholeSeconds(nowMs: number): number {
  return Math.floor(nowMs / 1000) * 1000
}
