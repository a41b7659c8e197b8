import type { StorageClass, StoredObject, Tags } from './state.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
export interface Lifecycle {
  readonly rules: readonly LifecycleRule[]
  readonly minimumSize: 'all_storage_classes_128K' | 'varies_by_storage_class'
}

export interface LifecycleRule {
  readonly id: string
  readonly enabled: boolean
  readonly filter: LifecycleFilter
  /** How the filter was written, to be told the same way. */
  readonly form: 'prefix' | 'filter' | 'and'
  readonly expiration?: { readonly days?: number; readonly dateMs?: number; readonly markers?: boolean } | undefined
  readonly transitions: readonly { readonly days?: number; readonly dateMs?: number; readonly to: StorageClass }[]
  readonly noncurrentExpiration?: Noncurrent | undefined
  readonly noncurrentTransitions: readonly (Noncurrent & { readonly to: StorageClass })[]
  readonly abortUploadsDays?: number | undefined
}

export interface LifecycleFilter {
  readonly prefix?: string | undefined
  readonly tags?: Tags | undefined
  readonly largerThan?: number | undefined
  readonly smallerThan?: number | undefined
}

/** After so many days of not being the latest, past so many newer versions that are kept. */
export interface Noncurrent {
  readonly days: number
  readonly keep?: number | undefined
}

const dayMs = 86_400_000
const smallestMoved = 128 * 1024

/** `days` after `sinceMs`, rounded up to the next midnight UTC: when S3 says a rule applies. */
export function dueAtMs(sinceMs: number, days: number): number {
  return Math.ceil((sinceMs + days * dayMs) / dayMs) * dayMs
}

/** Whether a rule is about this object. */
export function selects(
  { enabled, filter }: Pick<LifecycleRule, 'enabled' | 'filter'>,
  key: string,
  stored: Pick<StoredObject, 'sizeBytes' | 'tags'>,
): boolean {
  const { prefix = '', tags = {}, largerThan = -1, smallerThan = Number.POSITIVE_INFINITY } = filter
  return (
    enabled &&
    key.startsWith(prefix) &&
    stored.sizeBytes > largerThan &&
    stored.sizeBytes < smallerThan &&
    Object.entries(tags).every(([name, value]) => stored.tags?.[name] === value)
  )
}

/** When and by which rule the latest version of a key expires: the earliest wins. */
export function expirationOf(
  lifecycle: Lifecycle | undefined,
  key: string,
  stored: StoredObject,
): { atMs: number; ruleId: string } | undefined {
  let found: { atMs: number; ruleId: string } | undefined
  for (const rule of lifecycle?.rules ?? []) {
    const { expiration } = rule
    if (!expiration || !selects(rule, key, stored)) continue
    const atMs =
      expiration.dateMs ?? (expiration.days === undefined ? undefined : dueAtMs(stored.modifiedAtMs, expiration.days))
    if (atMs !== undefined && (!found || atMs < found.atMs)) found = { atMs, ruleId: rule.id }
  }
  return found
}

/** The `x-amz-expiration` header. */
export function expirationMember(
  lifecycle: Lifecycle | undefined,
  key: string,
  stored: StoredObject,
): { Expiration?: string } {
  const found = expirationOf(lifecycle, key, stored)
  if (!found) return {}
  return {
    Expiration: `expiry-date="${new Date(found.atMs).toUTCString()}", rule-id="${encodeURIComponent(found.ruleId)}"`,
  }
}

/** The class that the latest version should have by now: of the rules that are due, the coldest class. */
export function transitionOf(
  { rules, minimumSize }: Lifecycle,
  key: string,
  stored: StoredObject,
  nowMs: number,
): StorageClass | undefined {
  const due = rules.flatMap((rule) => {
    if (!selects(rule, key, stored) || tooSmall(rule, minimumSize, stored)) return []
    return rule.transitions.flatMap(({ days, dateMs, to }) =>
      (dateMs ?? dueAtMs(stored.modifiedAtMs, days ?? 0)) <= nowMs ? [to] : [],
    )
  })
  return coldest(stored.storageClass, due)
}

/** The same for a version that stopped being the latest at `sinceMs`, with `newer` noncurrent versions above it. */
export function noncurrentTransitionOf(
  { rules, minimumSize }: Lifecycle,
  key: string,
  stored: StoredObject,
  { sinceMs, newer, nowMs }: Age,
): StorageClass | undefined {
  const due = rules.flatMap((rule) => {
    if (!selects(rule, key, stored) || tooSmall(rule, minimumSize, stored)) return []
    return rule.noncurrentTransitions.flatMap(({ days, keep = 0, to }) =>
      newer >= keep && dueAtMs(sinceMs, days) <= nowMs ? [to] : [],
    )
  })
  return coldest(stored.storageClass, due)
}

export interface Age {
  readonly sinceMs: number
  readonly newer: number
  readonly nowMs: number
}

export function noncurrentExpires(
  { rules }: Lifecycle,
  key: string,
  stored: Pick<StoredObject, 'sizeBytes' | 'tags'>,
  { sinceMs, newer, nowMs }: Age,
): boolean {
  return rules.some((rule) => {
    const limit = rule.noncurrentExpiration
    return limit && selects(rule, key, stored) && newer >= (limit.keep ?? 0) && dueAtMs(sinceMs, limit.days) <= nowMs
  })
}

/** From warm to cold: rules move objects down only. */
const ladder: readonly StorageClass[] = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]

function coldest(now: StorageClass, due: readonly StorageClass[]): StorageClass | undefined {
  const next = due.reduce((cold, one) => (ladder.indexOf(one) > ladder.indexOf(cold) ? one : cold), now)
  return next === now ? undefined : next
}

/** Small objects are not moved unless a rule says how small. */
function tooSmall({ filter }: LifecycleRule, minimum: Lifecycle['minimumSize'], { sizeBytes }: StoredObject): boolean {
  const chosen = filter.largerThan !== undefined || filter.smallerThan !== undefined
  return minimum === 'all_storage_classes_128K' && !chosen && sizeBytes < smallestMoved
}
