import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { findBucket, openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { malformed } from './bucket-settings.ts'
import { actorS3, notify } from './notify.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import type { StoredObject } from './state.ts'
import { rewriteVersion } from './stored-object.ts'
import { findVersion, isDeleteMarker, openObject } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The classes that have to be restored before they are read, and how long that takes at most, typically, by tier. */
const retrievals: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  GLACIER: { Expedited: 5 * minuteMs, Standard: 5 * hourMs, Bulk: 12 * hourMs },
  DEEP_ARCHIVE: { Standard: 12 * hourMs, Bulk: 48 * hourMs },
}

/** Throws InvalidObjectState unless the object can be read now: it is in no archive, or restored from it. */
export function checkReadable({ storageClass, restore }: StoredObject, nowMs: number): void {
  if (!Object.hasOwn(retrievals, storageClass)) return
  if (restore && restore.readyAtMs <= nowMs && nowMs < restore.expiresAtMs) return
  throw wrongState("The operation is not valid for the object's storage class", storageClass)
}

/** The `x-amz-restore` header of an object that is being restored, or was. */
export function restoreMember({ restore }: StoredObject, nowMs: number): { Restore?: string } {
  if (!restore || restore.expiresAtMs <= nowMs) return {}
  if (restore.readyAtMs > nowMs) return { Restore: 'ongoing-request="true"' }
  return { Restore: `ongoing-request="false", expiry-date="${new Date(restore.expiresAtMs).toUTCString()}"` }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
export const archive = operations<Api>()({
  RestoreObject: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) =>
      wantsObject(tx, ctx, { action: 's3:RestoreObject', bucket: Bucket, key: Key, versionId: VersionId }),
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      const { days, tier } = wanted(input.RestoreRequest)
      const bucket = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const stored = await openObject(at, bucket, input.Key, input.VersionId)
      const times = Object.hasOwn(retrievals, stored.storageClass) ? retrievals[stored.storageClass] : undefined
      if (!times) throw wrongState("Restore is not allowed for the object's current storage class", stored.storageClass)
      const takesMs = times[tier]
      if (takesMs === undefined) throw invalidArgument('Tier', tier, `Use one of ${Object.keys(times).join(', ')}.`)
      const { restore } = stored
      const isThere = restore !== undefined && ctx.nowMs < restore.expiresAtMs
      if (isThere && restore.readyAtMs > ctx.nowMs)
        throw awsError('RestoreAlreadyInProgress', 'Object restore is already in progress', { status: 409 })
      // Asked for again, what is restored stays for longer, from now on.
      const readyAtMs = isThere ? restore.readyAtMs : ctx.nowMs + takesMs
      const expiresAtMs = (Math.floor(Math.max(ctx.nowMs, readyAtMs) / dayMs) + days + 1) * dayMs
      const next: StoredObject = { ...stored, restore: { readyAtMs, expiresAtMs } }
      await rewriteVersion(at, bucket.name, input.Key, next)
      const version = { bucket: bucket.name, key: input.Key, versionId: next.versionId }
      const tell = (data: Restored) =>
        ctx.host.deliveries.schedule(at, {
          kind: 's3:restored',
          scope: { account: bucket.account, region: bucket.region },
          data,
          dueAtMs: data.expiresAtMs ?? readyAtMs,
        })
      tell({ ...version, readyAtMs, expiresAtMs })
      if (isThere) return {}
      await notify(at, ctx, bucket, 'ObjectRestore:Post', input.Key, next, undefined)
      tell({ ...version, readyAtMs })
      return {}
    },
  },
})

interface Restored {
  readonly bucket: string
  readonly key: string
  readonly versionId: string
  readonly readyAtMs: number
  /** To be told when it can be read no more, at this time; absent: when it can. */
  readonly expiresAtMs?: number
}

/** Tells that an object can be read, or no more. Whether it can is a matter of the clock alone. */
export const restoredJob = {
  retry: { attempts: 20, minMs: 1_000, maxMs: 600_000 },
  run({ bucket: name, key, versionId, readyAtMs, expiresAtMs }: Restored, { host, scope }: JobCtx) {
    return host.records.write(scope, async (tx) => {
      const bucket = await findBucket(tx, name)
      const found = bucket && (await findVersion(tx.in(bucket), name, key, versionId))
      if (!found || isDeleteMarker(found) || found.restore?.readyAtMs !== readyAtMs) return
      // Asked for again meanwhile, it stays for longer.
      if (expiresAtMs !== undefined && found.restore.expiresAtMs !== expiresAtMs) return
      const event = expiresAtMs === undefined ? 'ObjectRestore:Completed' : 'ObjectRestore:Delete'
      await notify(tx.in(bucket), actorS3(host), bucket, event, key, found, undefined)
    })
  },
} satisfies Job<Restored>

interface GivenRestore {
  Days?: number
  Tier?: string
  Type?: string
  Description?: string
  GlacierJobParameters?: { Tier: string }
  SelectParameters?: object
  OutputLocation?: object
}

function wanted(given: GivenRestore = {}): { days: number; tier: string } {
  const { Days, GlacierJobParameters, Tier = 'Standard' } = given
  const others = (['Type', 'SelectParameters', 'OutputLocation', 'Description'] as const).filter((name) => given[name])
  if (others.length > 0) throw notImplemented(`RestoreRequest: ${others.join(', ')}`, 'Objects are restored whole.')
  if (Days === undefined || Days < 1) throw malformed('A restoration is for a number of Days.')
  return { days: Days, tier: GlacierJobParameters?.Tier ?? Tier }
}

function wrongState(message: string, StorageClass: string): AwsError {
  return awsError('InvalidObjectState', message, { status: 403, members: { StorageClass } })
}
