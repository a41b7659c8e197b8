import { parseArn } from '../../kernel/arn.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { malformed } from './bucket-settings.ts'
import { storageClassOf } from './description.ts'
import { filterMembers, filterOf, type GivenRule } from './lifecycle-input.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import type { ReplicaPlace, Replication, ReplicationRule } from './replication-rules.ts'

const maxRules = 1000
const maxIdLength = 255
const minutes = 15
const schema =
  'for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.'

interface Switch {
  Status?: string
  Time?: { Minutes?: number }
  EventThreshold?: { Minutes?: number }
}
interface GivenDestination {
  Bucket: string
  Account?: string
  StorageClass?: string
  AccessControlTranslation?: { Owner?: string }
  EncryptionConfiguration?: { ReplicaKmsKeyID?: string }
  ReplicationTime?: Switch
  Metrics?: Switch
}
interface GivenReplicationRule extends Pick<GivenRule, 'ID' | 'Status' | 'Prefix' | 'Filter'> {
  Priority?: number
  DeleteMarkerReplication?: Switch
  SourceSelectionCriteria?: { SseKmsEncryptedObjects?: Switch; ReplicaModifications?: Switch }
  ExistingObjectReplication?: Switch
  Destination: GivenDestination
}

/** A configuration as it is kept. Throws MalformedXML, InvalidRequest or InvalidArgument for what S3 does not take. */
export function checkReplication(
  { Role: role, Rules }: { Role: string; Rules: readonly GivenReplicationRule[] },
  newId: () => string,
): Replication {
  if (parseArn(role)?.service !== 'iam' || !role.includes(':role/'))
    throw invalidArgument('Role', role, 'Invalid Amazon Resource Name (ARN) provided for Role')
  if (Rules.length === 0 || Rules.length > maxRules)
    throw malformed(`A replication configuration holds 1 to ${maxRules} rules.`)
  const rules = Rules.map((rule) => ruleOf(rule, newId()))
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw awsError('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule', { status: 400 })
  if (new Set(rules.map(({ form }) => form === 'prefix')).size > 1)
    throw invalid('Rules with a Prefix and rules with a Filter cannot be mixed in one configuration.')
  const priorities = rules.flatMap(({ priority }) => (priority === undefined ? [] : [priority]))
  if (new Set(priorities).size < priorities.length) throw invalid('Every rule needs a Priority of its own.')
  return { role, rules }
}

function ruleOf(given: GivenReplicationRule, newId: string): ReplicationRule {
  const { ID: id = newId, Status, Priority: priority, DeleteMarkerReplication: markers, Destination } = given
  if (id.length > maxIdLength) throw invalidArgument('ID', id, `ID length should not exceed ${maxIdLength}`)
  if (given.ExistingObjectReplication) throw notImplemented('ExistingObjectReplication')
  const { filter, form } = filterOf(given)
  const isFirst = form === 'prefix'
  for (const [name, value] of Object.entries({ Priority: priority, DeleteMarkerReplication: markers })) {
    if (isFirst && value !== undefined) throw invalid(`${name} cannot be specified ${schema}`)
    if (!isFirst && value === undefined) throw invalid(`${name} must be specified ${schema}`)
  }
  if (priority !== undefined && (!Number.isInteger(priority) || priority < 0))
    throw invalidArgument('Priority', priority, 'Priority is a whole number of at least 0.')
  const { SseKmsEncryptedObjects, ReplicaModifications } = given.SourceSelectionCriteria ?? {}
  const modifications = ReplicaModifications && isOn('ReplicaModifications', ReplicaModifications)
  const kms = SseKmsEncryptedObjects && isOn('SseKmsEncryptedObjects', SseKmsEncryptedObjects)
  const destination = placeOf(Destination)
  if (kms && destination.kmsKeyId === undefined)
    throw invalid('EncryptionConfiguration must be specified if SseKmsEncryptedObjects is enabled.')
  if (!kms && destination.kmsKeyId !== undefined)
    throw invalid('SseKmsEncryptedObjects must be enabled if EncryptionConfiguration is present.')
  const replicatesMarkers = isFirst || (markers !== undefined && isOn('DeleteMarkerReplication', markers))
  if (!isFirst && replicatesMarkers && filter.tags)
    throw invalid(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    )
  return {
    ...{ id, enabled: isOn('Rule', { Status }), filter, form, markers: replicatesMarkers, destination },
    ...(priority !== undefined && { priority }),
    ...(kms !== undefined && { kms }),
    ...(modifications !== undefined && { modifications }),
  }
}

function placeOf(given: GivenDestination): ReplicaPlace {
  const { Account: account, StorageClass, AccessControlTranslation, EncryptionConfiguration } = given
  const bucket = /^arn:aws:s3:::([^/]+)$/.exec(given.Bucket)?.[1]
  if (bucket === undefined) throw invalidArgument('Bucket', given.Bucket, 'Invalid bucket ARN')
  if (AccessControlTranslation && AccessControlTranslation.Owner !== 'Destination')
    throw malformed('The Owner of an AccessControlTranslation is Destination.')
  if (AccessControlTranslation && account === undefined)
    throw invalid('Account must be specified if AccessControlTranslation is present.')
  const kmsKeyId = EncryptionConfiguration?.ReplicaKmsKeyID
  const metrics = timed('Metrics', given.Metrics, given.Metrics?.EventThreshold)
  const time = timed('ReplicationTime', given.ReplicationTime, given.ReplicationTime?.Time)
  if (time?.enabled && !metrics?.enabled) throw invalid('Metrics must be enabled where ReplicationTime is.')
  return {
    bucket,
    ...(account !== undefined && { account }),
    ...(StorageClass !== undefined && { storageClass: storageClassOf(StorageClass) }),
    ...(AccessControlTranslation && { changesOwner: true }),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(metrics && { metrics }),
    ...(time && { time }),
  }
}

function timed(name: string, given: Switch | undefined, limit: { Minutes?: number } | undefined) {
  if (!given) return undefined
  if (limit && limit.Minutes !== minutes) throw malformed(`Minutes of ${name} is ${minutes}.`)
  return { enabled: isOn(name, given), ...(limit && { minutes }) }
}

function isOn(name: string, { Status }: Switch): boolean {
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformed(`Status of ${name} is Enabled or Disabled.`)
  return Status === 'Enabled'
}

const status = (enabled: boolean) => ({ Status: enabled ? ('Enabled' as const) : ('Disabled' as const) })

/** A rule as it is told. */
export function replicationRuleMembers(rule: ReplicationRule) {
  const { id, enabled, priority, markers, kms, modifications, destination } = rule
  const { bucket, account, storageClass, changesOwner, kmsKeyId, metrics, time } = destination
  return {
    ID: id,
    ...status(enabled),
    ...(priority !== undefined && { Priority: priority, DeleteMarkerReplication: status(markers) }),
    ...filterMembers(rule),
    ...((kms !== undefined || modifications !== undefined) && {
      SourceSelectionCriteria: {
        ...(kms !== undefined && { SseKmsEncryptedObjects: status(kms) }),
        ...(modifications !== undefined && { ReplicaModifications: status(modifications) }),
      },
    }),
    Destination: {
      Bucket: `arn:aws:s3:::${bucket}`,
      ...(account !== undefined && { Account: account }),
      ...(storageClass && { StorageClass: storageClass }),
      ...(changesOwner && { AccessControlTranslation: { Owner: 'Destination' as const } }),
      ...(kmsKeyId !== undefined && { EncryptionConfiguration: { ReplicaKmsKeyID: kmsKeyId } }),
      ...(metrics && {
        Metrics: { ...status(metrics.enabled), ...(metrics.minutes && { EventThreshold: { Minutes: minutes } }) },
      }),
      ...(time && { ReplicationTime: { ...status(time.enabled), Time: { Minutes: time.minutes ?? minutes } } }),
    },
  }
}

function invalid(message: string): AwsError {
  return awsError('InvalidRequest', message, { status: 400 })
}
