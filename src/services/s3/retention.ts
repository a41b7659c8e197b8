import { awsError } from '../../kernel/errors.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import type { Bucket, StoredObject } from './state.ts'

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE'

/** Until when a version may not be deleted, and whether anybody may shorten that. */
export interface Retention {
  readonly mode: RetentionMode
  readonly untilMs: number
}

/** What new objects of a bucket get. */
export interface DefaultRetention {
  readonly mode: RetentionMode
  readonly days?: number | undefined
  readonly years?: number | undefined
}

export interface Unlocking {
  /** Asked when only governance retention stands in the way: the request says so, and its sender may. */
  mayBypass?(): Promise<boolean>
}

const dayMs = 86_400_000

/**
 * Throws AccessDenied while a version is locked.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export async function checkNotLocked(
  { retention, legalHold }: StoredObject,
  nowMs: number,
  unlocking: Unlocking,
): Promise<void> {
  if (legalHold) throw locked('it is under a legal hold')
  if (!retention || retention.untilMs <= nowMs) return
  const until = new Date(retention.untilMs).toISOString()
  if (retention.mode === 'COMPLIANCE') throw locked(`it is retained until ${until}`)
  if (!(await unlocking.mayBypass?.())) {
    throw locked(
      `it is retained until ${until}; who is allowed s3:BypassGovernanceRetention may send x-amz-bypass-governance-retention`,
    )
  }
}

export function isLocked({ retention, legalHold }: StoredObject, nowMs: number): boolean {
  return legalHold === true || (retention !== undefined && retention.untilMs > nowMs)
}

/** What the bucket says of a version written now without a retention of its own. */
export function defaultRetention({ objectLock }: Bucket, nowMs: number): Retention | undefined {
  const rule = objectLock?.default
  if (!rule) return undefined
  if (rule.days !== undefined) return { mode: rule.mode, untilMs: nowMs + rule.days * dayMs }
  const until = new Date(nowMs)
  until.setUTCFullYear(until.getUTCFullYear() + (rule.years ?? 0))
  return { mode: rule.mode, untilMs: until.getTime() }
}

export interface LockInput {
  ObjectLockMode?: string
  ObjectLockRetainUntilDate?: Date
  ObjectLockLegalHoldStatus?: string
  ObjectLockEventHold?: unknown
  ObjectLockEventHoldDurationDays?: unknown
  ObjectLockEventHoldDurationYears?: unknown
}

/** What the headers of a write ask for. Throws unless the bucket has object lock. */
export function lockOf(
  input: LockInput,
  bucket: Bucket,
  nowMs: number,
): { retention?: Retention; legalHold?: boolean } {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input
  const event =
    input.ObjectLockEventHold ?? input.ObjectLockEventHoldDurationDays ?? input.ObjectLockEventHoldDurationYears
  if (event !== undefined) throw notImplemented('x-amz-object-lock-event-hold')
  if (mode === undefined && until === undefined && hold === undefined) return {}
  if (!bucket.objectLock) throw missingConfiguration()
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-mode',
      mode ?? '',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  }
  return {
    ...(until && { retention: { mode: retentionMode(mode), untilMs: futureMs(until, nowMs) } }),
    ...(hold !== undefined && { legalHold: legalHoldOf(hold) }),
  }
}

export function retentionMode(mode: string | undefined): RetentionMode {
  if (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return mode
  throw invalidArgument('x-amz-object-lock-mode', mode, 'Unknown wormMode directive.')
}

export function legalHoldOf(status: string | undefined): boolean {
  if (status === 'ON' || status === 'OFF') return status === 'ON'
  throw invalidArgument('x-amz-object-lock-legal-hold', status, 'Legal Hold must be either of ON or OFF')
}

export function futureMs(until: Date, nowMs: number): number {
  if (until.getTime() <= nowMs) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
      'The retain until date must be in the future!',
    )
  }
  return until.getTime()
}

export function missingConfiguration(): Error {
  return awsError(
    'InvalidRequest',
    'Bucket is missing Object Lock Configuration. Leave out the x-amz-object-lock headers.',
    { status: 400 },
  )
}

/** The members that answers tell of a lock with. */
export function lockMembers({ retention, legalHold }: Pick<StoredObject, 'retention' | 'legalHold'>) {
  return {
    ...(retention && { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: new Date(retention.untilMs) }),
    ...(legalHold !== undefined && { ObjectLockLegalHoldStatus: legalHold ? ('ON' as const) : ('OFF' as const) }),
  }
}

function locked(why: string): Error {
  return awsError('AccessDenied', `Access Denied because object protected by object lock: ${why}.`, { status: 403 })
}
