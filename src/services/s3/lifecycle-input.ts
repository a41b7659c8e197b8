import { awsError } from '../../kernel/errors.ts'
import { malformed } from './bucket-settings.ts'
import { storageClassOf } from './description.ts'
import type { LifecycleFilter, LifecycleRule, Noncurrent } from './lifecycle-rules.ts'
import type { StorageClass } from './state.ts'
import { maxObjectTags, tagSet, tagsFromSet } from './tags.ts'

const dayMs = 86_400_000
const maxIdLength = 255
const maxKept = 100
/** Days that an object must be old before it may move to these classes. */
const minDays: Partial<Record<StorageClass, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 }

interface GivenTag {
  Key?: string
  Value?: string
}
interface GivenSizes {
  Prefix?: string
  ObjectSizeGreaterThan?: number
  ObjectSizeLessThan?: number
}
interface GivenMove {
  Days?: number
  Date?: Date
  StorageClass?: string
}
interface GivenNoncurrent {
  NoncurrentDays?: number
  NewerNoncurrentVersions?: number
}
export interface GivenRule {
  ID?: string
  Status: string
  Prefix?: string
  Filter?: GivenSizes & { Tag?: GivenTag; And?: GivenSizes & { Tags?: GivenTag[] } }
  Expiration?: { Days?: number; Date?: Date; ExpiredObjectDeleteMarker?: boolean }
  Transitions?: GivenMove[]
  NoncurrentVersionTransitions?: (GivenNoncurrent & { StorageClass?: string })[]
  NoncurrentVersionExpiration?: GivenNoncurrent
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation?: number }
}

/** A rule as it is kept. Throws MalformedXML, InvalidRequest or InvalidArgument for what S3 does not take. */
export function checkRule(given: GivenRule, newId: string): LifecycleRule {
  const { ID: id = newId, Status, Expiration, AbortIncompleteMultipartUpload: abort } = given
  if (id.length > maxIdLength) throw invalid(`ID length should not exceed allowed limit of ${maxIdLength}`)
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformed('Status is Enabled or Disabled.')
  const { filter, form } = filterOf(given)
  const transitions = (given.Transitions ?? []).map(moveOf)
  const noncurrentTransitions = (given.NoncurrentVersionTransitions ?? []).map((one) => ({
    ...noncurrentOf(one),
    to: storageClassOf(one.StorageClass ?? ''),
  }))
  const rule: LifecycleRule = {
    id,
    enabled: Status === 'Enabled',
    filter,
    form,
    ...(Expiration && { expiration: expirationOf(Expiration) }),
    transitions,
    ...(given.NoncurrentVersionExpiration && { noncurrentExpiration: noncurrentOf(given.NoncurrentVersionExpiration) }),
    noncurrentTransitions,
    ...(abort && { abortUploadsDays: positive('DaysAfterInitiation', abort.DaysAfterInitiation) }),
  }
  checkWhole(rule)
  return rule
}

function checkWhole(rule: LifecycleRule): void {
  const { expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsDays, filter } = rule
  const actions = transitions.length + noncurrentTransitions.length
  if (!expiration && !noncurrentExpiration && abortUploadsDays === undefined && actions === 0) {
    throw awsError('InvalidRequest', 'At least one action needs to be specified in a rule', { status: 400 })
  }
  const narrowed = filter.tags !== undefined || filter.largerThan !== undefined || filter.smallerThan !== undefined
  if (abortUploadsDays !== undefined && narrowed)
    throw refused('AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.')
  if (expiration?.markers && narrowed)
    throw refused('ExpiredObjectDeleteMarker cannot be specified with Tags or object sizes.')
  for (const { days, to } of transitions) {
    const least = minDays[to] ?? 0
    if (days !== undefined && days < least)
      throw invalid(`'Days' in Transition action must be greater than or equal to ${least} for storageClass '${to}'`)
    if (days !== undefined && expiration?.days !== undefined && expiration.days <= days)
      throw invalid(
        `'Days' in the Expiration action for filter '(prefix=${filter.prefix ?? ''})' must be greater than 'Days' in the Transition action`,
      )
  }
  if (new Set(transitions.map(({ to }) => to)).size < transitions.length)
    throw invalid("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
}

/** What a rule is about: `Prefix` in the first version of rules, `Filter` since. */
export function filterOf({
  Prefix,
  Filter,
}: Pick<GivenRule, 'Prefix' | 'Filter'>): Pick<LifecycleRule, 'filter' | 'form'> {
  if ((Prefix === undefined) === (Filter === undefined)) throw malformed('A rule has either a Filter or a Prefix.')
  if (!Filter) return { filter: { prefix: Prefix ?? '' }, form: 'prefix' }
  const { And, Tag, ...own } = Filter
  const count = [And, Tag, own.Prefix, own.ObjectSizeGreaterThan, own.ObjectSizeLessThan].filter(
    (one) => one !== undefined,
  ).length
  if (count > 1) throw malformed('A Filter has one element; And combines several.')
  const given = And ?? own
  const tags = And ? And.Tags : Tag && [Tag]
  const { ObjectSizeGreaterThan: largerThan, ObjectSizeLessThan: smallerThan } = given
  if (largerThan !== undefined && smallerThan !== undefined && largerThan >= smallerThan)
    throw invalid("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'")
  const filter: LifecycleFilter = {
    ...(given.Prefix !== undefined && { prefix: given.Prefix }),
    ...(tags && tags.length > 0 && { tags: tagsFromSet(tags, maxObjectTags) }),
    ...(largerThan !== undefined && { largerThan }),
    ...(smallerThan !== undefined && { smallerThan }),
  }
  return { filter, form: And ? 'and' : 'filter' }
}

function expirationOf({ Days, Date: date, ExpiredObjectDeleteMarker: markers }: NonNullable<GivenRule['Expiration']>) {
  if ([Days, date, markers].filter((one) => one !== undefined).length !== 1)
    throw malformed('Expiration has one of Days, Date and ExpiredObjectDeleteMarker.')
  if (Days !== undefined) return { days: positive('Days', Days) }
  return date ? { dateMs: midnight(date) } : { markers: markers === true }
}

function moveOf({ Days, Date: date, StorageClass }: GivenMove): LifecycleRule['transitions'][number] {
  if ((Days === undefined) === (date === undefined)) throw malformed('A Transition has either Days or a Date.')
  const to = storageClassOf(StorageClass ?? '')
  if (to === 'STANDARD' || to === 'REDUCED_REDUNDANCY') throw malformed(`Nothing is moved to ${to}.`)
  if (date) return { dateMs: midnight(date), to }
  if (!Number.isInteger(Days) || Days! < 0) throw invalid("'Days' in Transition action must be nonnegative")
  return { days: Days!, to }
}

function noncurrentOf({ NoncurrentDays, NewerNoncurrentVersions: keep }: GivenNoncurrent): Noncurrent {
  if (keep !== undefined && (keep < 1 || keep > maxKept))
    throw invalid(`NewerNoncurrentVersions must be between 1 and ${maxKept}`)
  return { days: positive('NoncurrentDays', NoncurrentDays), ...(keep !== undefined && { keep }) }
}

function positive(name: string, days: number | undefined): number {
  if (days === undefined || !Number.isInteger(days) || days < 1) throw invalid(`'${name}' must be a positive integer`)
  return days
}

function midnight(date: Date): number {
  if (date.getTime() % dayMs !== 0) throw invalid("'Date' must be at midnight GMT")
  return date.getTime()
}

/** What a rule is about, as it was said. */
export function filterMembers({ filter, form }: Pick<LifecycleRule, 'filter' | 'form'>) {
  const sizes = {
    ...(filter.largerThan !== undefined && { ObjectSizeGreaterThan: filter.largerThan }),
    ...(filter.smallerThan !== undefined && { ObjectSizeLessThan: filter.smallerThan }),
  }
  const prefix = filter.prefix === undefined ? {} : { Prefix: filter.prefix }
  const tags = filter.tags && tagSet(filter.tags)
  return {
    ...(form === 'prefix' && prefix),
    ...(form === 'filter' && { Filter: { ...prefix, ...sizes, ...(tags && { Tag: tags[0]! }) } }),
    ...(form === 'and' && { Filter: { And: { ...prefix, ...sizes, ...(tags && { Tags: tags }) } } }),
  }
}

/** A rule as it is told. */
export function ruleMembers(rule: LifecycleRule) {
  const { expiration, abortUploadsDays, noncurrentExpiration } = rule
  return {
    ID: rule.id,
    Status: rule.enabled ? ('Enabled' as const) : ('Disabled' as const),
    ...filterMembers(rule),
    ...(expiration && {
      Expiration: {
        ...when(expiration),
        ...(expiration.markers !== undefined && { ExpiredObjectDeleteMarker: expiration.markers }),
      },
    }),
    ...(rule.transitions.length > 0 && {
      Transitions: rule.transitions.map((one) => ({ ...when(one), StorageClass: one.to as 'STANDARD_IA' })),
    }),
    ...(rule.noncurrentTransitions.length > 0 && {
      NoncurrentVersionTransitions: rule.noncurrentTransitions.map((one) => ({
        ...kept(one),
        StorageClass: one.to as 'STANDARD_IA',
      })),
    }),
    ...(noncurrentExpiration && { NoncurrentVersionExpiration: kept(noncurrentExpiration) }),
    ...(abortUploadsDays !== undefined && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortUploadsDays },
    }),
  }
}

function when({ days, dateMs }: { days?: number; dateMs?: number }) {
  return { ...(days !== undefined && { Days: days }), ...(dateMs !== undefined && { Date: new Date(dateMs) }) }
}

function kept({ days, keep }: Noncurrent) {
  return { NoncurrentDays: days, ...(keep !== undefined && { NewerNoncurrentVersions: keep }) }
}

function invalid(message: string): Error {
  return awsError('InvalidArgument', message, { status: 400 })
}

function refused(message: string): Error {
  return awsError('InvalidRequest', message, { status: 400 })
}
