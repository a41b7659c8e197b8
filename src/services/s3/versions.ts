import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { checkKey } from './names.ts'
import { noSuchKey } from './preconditions.ts'
import { invalidArgument } from './refuse.ts'
import {
  type Bucket,
  type DeleteMarker,
  nullVersion,
  object,
  type StoredObject,
  type Version,
  version,
} from './state.ts'

const digits = 11
const tokenLength = 21

/**
 * Where a new version of a key stands: before (as text) all earlier ones, whatever the clock did meanwhile. It is the
 * version's id, unless that is `null`.
 */
export function orderAfter(ctx: Pick<Ctx, 'clock' | 'ids'>, latest: string | undefined): string {
  const now = ctx.clock.nowMs() * 1000
  const sequence = latest === undefined ? now : Math.max(now, sequenceOf(latest) + 1)
  return countedDown(sequence) + ctx.ids.token(tokenLength, mixedAlphanumeric)
}

/** Rises from one version of a key to the next. */
export function sequenceOf(order: string): number {
  return Number.MAX_SAFE_INTEGER - Number.parseInt(order.slice(0, digits), 32)
}

function countedDown(sequence: number): string {
  return (Number.MAX_SAFE_INTEGER - sequence).toString(32).padStart(digits, '0')
}

/** Where a version stands. What was written before the bucket had versioning stands at its time. */
export function orderOf({ versionId, order, modifiedAtMs }: Version): string {
  if (versionId !== 'null') return versionId
  return order ?? countedDown(modifiedAtMs * 1000) + '0'.repeat(tokenLength)
}

export function isDeleteMarker(one: Version): one is DeleteMarker {
  return 'deleteMarker' in one
}

/** Refuses what can't be a version's id. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null' || /^[0-9a-v]{11}[A-Za-z0-9]{21}$/.test(versionId)) return
  throw invalidArgument('versionId', versionId, 'Invalid version id specified')
}

/**
 * A version of a key, or without an id the latest; undefined when there is none, or the latest is a delete marker.
 * Throws KeyTooLongError and InvalidArgument for what no version can have, which would not fit a key of the store.
 */
export async function findVersion(
  at: ReadTx,
  name: string,
  key: string,
  versionId: string | undefined,
): Promise<Version | undefined> {
  checkKey(key)
  checkVersionId(versionId)
  const current = await at.get(object(name, key))
  if (versionId === undefined || current?.versionId === versionId) return current
  const order = versionId === 'null' ? await at.get(nullVersion(name, key)) : versionId
  return order === undefined ? undefined : at.get(version(name, key, order))
}

/** The newest of the versions that are not in `object`. */
export async function newestOther(at: ReadTx, name: string, key: string): Promise<Version | undefined> {
  for await (const { value } of at.range(version.under(name, key), { limit: 1 })) return value
  return undefined
}

/**
 * The object that a request names. Throws NoSuchKey or NoSuchVersion, and MethodNotAllowed for a delete marker asked
 * for by its id.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
 */
export async function openObject(
  at: ReadTx,
  { name, versioning }: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<StoredObject> {
  checkVersionId(versionId)
  const found = await findVersion(at, name, key, versionId)
  if (found && !isDeleteMarker(found)) return found
  if (found) {
    throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
      members: { Method: 'GET', ResourceType: 'DeleteMarker' },
      headers: {
        allow: 'DELETE',
        'x-amz-delete-marker': 'true',
        'x-amz-version-id': found.versionId,
        'last-modified': new Date(found.modifiedAtMs).toUTCString(),
      },
    })
  }
  if (versionId !== undefined) throw noSuchVersion(key, versionId)
  const marker = versioning === undefined ? undefined : await newestOther(at, name, key)
  throw noSuchKey(key, marker ? { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId } : {})
}

export function noSuchVersion(key: string, versionId: string): Error {
  return awsError('NoSuchVersion', 'The specified version does not exist.', {
    status: 404,
    members: { Key: key, VersionId: versionId },
  })
}

/** The member that tells a version's id: buckets that never had versioning say nothing of it. */
export function versionMember({ versioning }: Bucket, { versionId }: Version): { VersionId?: string } {
  return versioning === undefined ? {} : { VersionId: versionId }
}
