import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { accessRequest, findBucket, openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, malformed, on } from './bucket-settings.ts'
import { notImplemented } from './refuse.ts'
import { replicateChange } from './replicate.ts'
import {
  checkNotLocked,
  type DefaultRetention,
  futureMs,
  legalHoldOf,
  missingConfiguration,
  type Retention,
  retentionMode,
  type Unlocking,
} from './retention.ts'
import type { Bucket, StoredObject } from './state.ts'
import { rewriteVersion } from './stored-object.ts'
import { openObject } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

const maxDays = 36_500
const maxYears = 100

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
export const objectLock = operations<Api>()({
  PutObjectLockConfiguration: {
    authorize: on('s3:PutBucketObjectLockConfiguration'),
    async write(tx, input, ctx) {
      if (input.Token !== undefined) throw notImplemented('x-amz-bucket-object-lock-token')
      const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {}
      if (ObjectLockEnabled !== 'Enabled') throw malformed('ObjectLockEnabled must be Enabled.')
      const rule = Rule && defaultOf(Rule)
      await change(tx, input, ctx, (found) => {
        if (found.versioning !== 'Enabled') {
          throw awsError(
            'InvalidBucketState',
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            {
              status: 409,
            },
          )
        }
        return { ...found, objectLock: rule ? { default: rule } : {} }
      })
      return {}
    },
  },
  GetObjectLockConfiguration: {
    authorize: on('s3:GetBucketObjectLockConfiguration'),
    async read(tx, input, ctx) {
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!found.objectLock) {
        throw absent(
          'ObjectLockConfigurationNotFoundError',
          'Object Lock configuration does not exist for this bucket',
          found.name,
        )
      }
      const rule = found.objectLock.default
      return {
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          ...(rule && { Rule: { DefaultRetention: { Mode: rule.mode, Days: rule.days, Years: rule.years } } }),
        },
      }
    },
  },

  PutObjectRetention: {
    authorize: async ({ Bucket, Key, VersionId, BypassGovernanceRetention }, ctx, tx) => {
      const requests = await wantsObject(tx, ctx, {
        action: 's3:PutObjectRetention',
        bucket: Bucket,
        key: Key,
        versionId: VersionId,
      })
      if (!BypassGovernanceRetention) return requests
      return [...requests, bypass(ctx, await findBucket(tx, Bucket), Bucket, Key)]
    },
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      const { Retention: given } = input
      if (given?.EventHold !== undefined || given?.EventHoldDuration !== undefined)
        throw notImplemented('Retention.EventHold')
      await relock(tx, input, ctx, async (stored) => {
        const next = retentionOf(given, ctx.nowMs)
        if (!next || !isStricter(stored.retention, next)) {
          // Whoever may bypass was asked for that above.
          await checkNotLocked({ ...stored, legalHold: false }, ctx.nowMs, {
            mayBypass: async () => input.BypassGovernanceRetention === true,
          })
        }
        const { retention: _before, ...rest } = stored
        return next ? { ...rest, retention: next } : rest
      })
      return {}
    },
  },
  GetObjectRetention: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) =>
      wantsObject(tx, ctx, { action: 's3:GetObjectRetention', bucket: Bucket, key: Key, versionId: VersionId }),
    async read(tx, input, ctx) {
      const { stored } = await openLocked(tx, input, ctx)
      if (!stored.retention) throw noLock()
      return {
        Retention: { Mode: stored.retention.mode, RetainUntilDate: new Date(stored.retention.untilMs) },
      }
    },
  },

  PutObjectLegalHold: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) =>
      wantsObject(tx, ctx, { action: 's3:PutObjectLegalHold', bucket: Bucket, key: Key, versionId: VersionId }),
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      const legalHold = legalHoldOf(input.LegalHold?.Status)
      await relock(tx, input, ctx, (stored) => ({ ...stored, legalHold }))
      return {}
    },
  },
  GetObjectLegalHold: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) =>
      wantsObject(tx, ctx, { action: 's3:GetObjectLegalHold', bucket: Bucket, key: Key, versionId: VersionId }),
    async read(tx, input, ctx) {
      const { stored } = await openLocked(tx, input, ctx)
      if (stored.legalHold === undefined) throw noLock()
      return { LegalHold: { Status: stored.legalHold ? 'ON' : 'OFF' } }
    },
  },
})

/** How a deletion gets past governance retention. */
export function unlockingOf(ctx: Ctx, tx: ReadTx, found: Bucket, key: string, asked: boolean | undefined): Unlocking {
  if (!asked) return {}
  return {
    mayBypass: () =>
      ctx.host.isAllowed(ctx.principal, bypass(ctx, found, found.name, key), ctx.requestContext, tx.snapshot),
  }
}

function bypass(ctx: Ctx, found: Bucket | undefined, bucketName: string, key: string) {
  return accessRequest(ctx, found, { action: 's3:BypassGovernanceRetention', bucket: bucketName, key })
}

interface VersionAddress {
  Bucket: string
  Key: string
  VersionId?: string
  ExpectedBucketOwner?: string
}

async function openLocked(
  tx: ReadTx,
  { Bucket, Key, VersionId, ExpectedBucketOwner: owner }: VersionAddress,
  ctx: Ctx,
) {
  const found = await openBucket(tx, Bucket, ctx, { owner })
  if (!found.objectLock) throw missingConfiguration()
  return { found, stored: await openObject(tx.in(found), found, Key, VersionId) }
}

async function relock(
  tx: Tx,
  input: VersionAddress,
  ctx: Ctx,
  next: (stored: StoredObject) => StoredObject | Promise<StoredObject>,
): Promise<void> {
  const { found, stored } = await openLocked(tx, input, ctx)
  const at = tx.in(found)
  await rewriteVersion(at, found.name, input.Key, replicateChange(at, ctx, found, input.Key, await next(stored)))
}

function retentionOf(
  given: { Mode?: string; RetainUntilDate?: Date } | undefined,
  nowMs: number,
): Retention | undefined {
  const { Mode, RetainUntilDate } = given ?? {}
  if (Mode === undefined && RetainUntilDate === undefined) return undefined
  if (!RetainUntilDate) throw malformed('Retention needs both Mode and RetainUntilDate.')
  return { mode: retentionMode(Mode), untilMs: futureMs(RetainUntilDate, nowMs) }
}

/** Making a retention longer or stricter is never refused. */
function isStricter(before: Retention | undefined, next: Retention): boolean {
  if (!before) return true
  return next.untilMs >= before.untilMs && (next.mode === before.mode || next.mode === 'COMPLIANCE')
}

interface GivenRule {
  DefaultRetention?: { Mode?: string; Days?: number; Years?: number; DefaultEventHold?: unknown }
}

function defaultOf({ DefaultRetention: given }: GivenRule): DefaultRetention | undefined {
  if (!given) return undefined
  const { Mode, Days, Years, DefaultEventHold } = given
  if (DefaultEventHold !== undefined) throw notImplemented('DefaultRetention.DefaultEventHold')
  if (Mode === undefined || (Days === undefined) === (Years === undefined)) {
    throw malformed('DefaultRetention needs a Mode, and either Days or Years.')
  }
  const [amount, most] = Days === undefined ? [Years!, maxYears] : [Days, maxDays]
  if (amount < 1 || amount > most) {
    throw awsError('InvalidArgument', `Default retention period must be a positive integer value of at most ${most}.`, {
      status: 400,
    })
  }
  return { mode: retentionMode(Mode), ...(Days === undefined ? { years: Years } : { days: Days }) }
}

function noLock(): Error {
  return awsError('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', {
    status: 404,
  })
}
