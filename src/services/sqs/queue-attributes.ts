import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Queue, QueueSettings } from './state.ts'

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const defaultSettings: QueueSettings = {
  delaySec: 0,
  maximumMessageBytes: 1_048_576,
  retentionSec: 345_600,
  waitSec: 0,
  visibilityTimeoutSec: 30,
  managedSse: true,
}

type Change = { [K in keyof QueueSettings]?: QueueSettings[K] | undefined }
type Reader = (text: string, fifo: boolean) => Change

/** How each settable attribute is read; an empty text unsets those that can be unset. */
const readers: Readonly<Record<string, Reader>> = {
  DelaySeconds: (text) => ({ delaySec: whole('DelaySeconds', text, 0, 900) }),
  MaximumMessageSize: (text) => ({ maximumMessageBytes: whole('MaximumMessageSize', text, 1_024, 1_048_576) }),
  MessageRetentionPeriod: (text) => ({ retentionSec: whole('MessageRetentionPeriod', text, 60, 1_209_600) }),
  ReceiveMessageWaitTimeSeconds: (text) => ({ waitSec: whole('ReceiveMessageWaitTimeSeconds', text, 0, 20) }),
  VisibilityTimeout: (text) => ({ visibilityTimeoutSec: whole('VisibilityTimeout', text, 0, 43_200) }),
  Policy: (text) => ({ policy: text === '' ? undefined : json('Policy', text) }),
  RedrivePolicy: (text, fifo) => ({ redrive: text === '' ? undefined : redrivePolicy(text, fifo) }),
  RedriveAllowPolicy: (text) => ({ redriveAllow: text === '' ? undefined : redriveAllowPolicy(text) }),
  KmsMasterKeyId: (text) => (text === '' ? { kmsKeyId: undefined } : { kmsKeyId: text, managedSse: false }),
  KmsDataKeyReusePeriodSeconds: (text) => ({ kmsReuseSec: whole('KmsDataKeyReusePeriodSeconds', text, 60, 86_400) }),
  SqsManagedSseEnabled: (text) => ({ managedSse: flag('SqsManagedSseEnabled', text) }),
  ContentBasedDeduplication: fifoOnly((text) => ({
    contentBasedDeduplication: flag('ContentBasedDeduplication', text),
  })),
  DeduplicationScope: fifoOnly((text) => ({
    deduplicationScope: oneOf('DeduplicationScope', text, ['queue', 'messageGroup'] as const),
  })),
  FifoThroughputLimit: fifoOnly((text) => ({
    throughputLimit: oneOf('FifoThroughputLimit', text, ['perQueue', 'perMessageGroupId'] as const),
  })),
}

/** Attributes that describe and can't be set. */
export const readOnlyAttributes = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
] as const
export const attributeNames: readonly string[] = ['All', 'FifoQueue', ...Object.keys(readers), ...readOnlyAttributes]

/** Applies attributes as the API gives them. Throws InvalidAttributeName / InvalidAttributeValue naming the attribute. */
export function applyAttributes(
  settings: QueueSettings,
  attributes: Readonly<Record<string, string>>,
  fifo: boolean,
): QueueSettings {
  let next = settings
  for (const [name, text] of Object.entries(attributes)) {
    if (name === 'FifoQueue') {
      if (!fifo || text !== 'true') throw awsError('InvalidAttributeName', 'Unknown Attribute FifoQueue.')
      continue
    }
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!read) throw awsError('InvalidAttributeName', `Unknown Attribute ${name}.`)
    next = { ...next, ...read(text, fifo) } as QueueSettings
  }
  if (next.throughputLimit === 'perMessageGroupId' && next.deduplicationScope !== 'messageGroup') {
    throw invalid('FifoThroughputLimit', 'perMessageGroupId needs DeduplicationScope to be messageGroup.')
  }
  return next
}

/** The attributes of a queue as the API gives them, without the counts. */
export function describeSettings(
  { name, fifo, settings, createdAtMs, modifiedAtMs }: Queue,
  arn: string,
): Record<string, string> {
  const out: Record<string, string> = {
    QueueArn: arn,
    CreatedTimestamp: String(Math.floor(createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(modifiedAtMs / 1000)),
    VisibilityTimeout: String(settings.visibilityTimeoutSec),
    MaximumMessageSize: String(settings.maximumMessageBytes),
    MessageRetentionPeriod: String(settings.retentionSec),
    DelaySeconds: String(settings.delaySec),
    ReceiveMessageWaitTimeSeconds: String(settings.waitSec),
    SqsManagedSseEnabled: String(settings.managedSse),
  }
  if (settings.policy !== undefined) out.Policy = settings.policy
  if (settings.redrive) out.RedrivePolicy = JSON.stringify(settings.redrive)
  if (settings.redriveAllow !== undefined) out.RedriveAllowPolicy = settings.redriveAllow
  if (settings.kmsKeyId !== undefined) {
    out.KmsMasterKeyId = settings.kmsKeyId
    out.KmsDataKeyReusePeriodSeconds = String(settings.kmsReuseSec ?? 300)
  }
  if (fifo || name.endsWith('.fifo')) {
    out.FifoQueue = 'true'
    out.ContentBasedDeduplication = String(settings.contentBasedDeduplication ?? false)
    out.DeduplicationScope = settings.deduplicationScope ?? 'queue'
    out.FifoThroughputLimit = settings.throughputLimit ?? 'perQueue'
  }
  return out
}

/** Whether a queue lets `sourceArn` use it as a dead-letter queue. */
export function allowsRedriveFrom(settings: QueueSettings, sourceArn: string): boolean {
  if (settings.redriveAllow === undefined) return true
  const policy = JSON.parse(settings.redriveAllow) as { redrivePermission: string; sourceQueueArns?: string[] }
  if (policy.redrivePermission === 'byQueue') return policy.sourceQueueArns?.includes(sourceArn) ?? false
  return policy.redrivePermission === 'allowAll'
}

function fifoOnly(read: Reader): Reader {
  return (text, fifo) => {
    if (!fifo) throw awsError('InvalidAttributeName', 'You can specify the attribute only for a FIFO queue.')
    return read(text, fifo)
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) throw invalid(name, `Must be a whole number from ${min} to ${max}.`)
  return value
}

function flag(name: string, text: string): boolean {
  const lower = text.toLowerCase()
  if (lower !== 'true' && lower !== 'false') throw invalid(name, 'Must be true or false.')
  return lower === 'true'
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const value = allowed.find((item) => item === text)
  if (!value) throw invalid(name, `Must be one of ${allowed.join(', ')}.`)
  return value
}

function json(name: string, text: string): string {
  parse(name, text)
  return text
}

function parse(name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw awsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: It is not valid JSON.`, {
      cause: error,
    })
  }
  throw invalid(name, 'It must be a JSON object.')
}

function redrivePolicy(text: string, fifo: boolean): QueueSettings['redrive'] {
  const policy = parse('RedrivePolicy', text)
  for (const key of Object.keys(policy)) {
    if (key !== 'deadLetterTargetArn' && key !== 'maxReceiveCount')
      throw invalid('RedrivePolicy', `Unknown member ${key}.`)
  }
  const count = Number(policy.maxReceiveCount)
  if (!Number.isInteger(count) || count < 1 || count > 1_000)
    throw invalid('RedrivePolicy', 'maxReceiveCount must be a whole number from 1 to 1000.')
  const arn = typeof policy.deadLetterTargetArn === 'string' ? parseArn(policy.deadLetterTargetArn) : undefined
  if (arn?.service !== 'sqs') throw invalid('RedrivePolicy', 'deadLetterTargetArn must be the ARN of a queue.')
  if (arn.resource.endsWith('.fifo') !== fifo)
    throw invalid('RedrivePolicy', 'A dead-letter queue must be of the same type as its source.')
  return { deadLetterTargetArn: policy.deadLetterTargetArn as string, maxReceiveCount: count }
}

function redriveAllowPolicy(text: string): string {
  const policy = parse('RedriveAllowPolicy', text)
  const permission = policy.redrivePermission
  if (permission !== 'allowAll' && permission !== 'denyAll' && permission !== 'byQueue') {
    throw invalid('RedriveAllowPolicy', 'redrivePermission must be allowAll, denyAll or byQueue.')
  }
  const arns = policy.sourceQueueArns
  if (permission === 'byQueue' && !(Array.isArray(arns) && arns.length >= 1 && arns.length <= 10)) {
    throw invalid('RedriveAllowPolicy', 'byQueue needs sourceQueueArns with 1 to 10 ARNs.')
  }
  if (permission !== 'byQueue' && arns !== undefined)
    throw invalid('RedriveAllowPolicy', 'sourceQueueArns goes with byQueue only.')
  return text
}

function invalid(name: string, reason: string): Error {
  return awsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: ${reason}`)
}
