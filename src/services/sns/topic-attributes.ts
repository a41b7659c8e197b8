import { validatePolicy } from '../../authz/validate.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { readArchivePolicy } from './archive.ts'
import { describeEffective, readTopicPolicy } from './delivery-policy.ts'
import { invalid } from './names.ts'
import type { Topic, TopicSettings } from './state.ts'

const mostPolicyBytes = 30_720

/** Attributes of what is not here: logs of deliveries. */
export const refusedTopicAttributes = [
  'DataProtectionPolicy',
  ...['SQS', 'Lambda', 'HTTP', 'Firehose', 'Application'].flatMap((protocol) =>
    ['SuccessFeedbackRoleArn', 'SuccessFeedbackSampleRate', 'FailureFeedbackRoleArn'].map((name) => protocol + name),
  ),
] as const

type Reader = (value: string, fifo: boolean) => Partial<TopicSettings>

const fifoOnly = (name: string, fifo: boolean) => {
  if (!fifo) throw invalid(`${name} Reason: The attribute is for FIFO topics.`)
}

const readers: Readonly<Record<string, Reader>> = {
  DisplayName(value) {
    if (value.length > 100) throw invalid('DisplayName Reason: It has at most 100 characters.')
    return { displayName: value }
  },
  Policy: (value) => ({ policy: value === '' ? undefined : readPolicy(value) }),
  ContentBasedDeduplication(value, fifo) {
    fifoOnly('ContentBasedDeduplication', fifo)
    return { contentBasedDeduplication: readBoolean('ContentBasedDeduplication', value) }
  },
  FifoThroughputScope(value, fifo) {
    fifoOnly('FifoThroughputScope', fifo)
    if (value !== 'Topic' && value !== 'MessageGroup') {
      throw invalid('FifoThroughputScope Reason: It is Topic or MessageGroup.')
    }
    return { throughputScope: value }
  },
  ArchivePolicy(value, fifo) {
    fifoOnly('ArchivePolicy', fifo)
    return { archiveDays: readArchivePolicy(value) }
  },
  DeliveryPolicy: (value) => ({ deliveryPolicy: value === '' ? undefined : readTopicPolicy(value) }),
  KmsMasterKeyId: (value) => ({ kmsKeyId: value === '' ? undefined : value }),
  SignatureVersion(value) {
    if (value !== '1' && value !== '2') throw invalid('SignatureVersion Reason: It is 1 or 2.')
    return { signatureVersion: value }
  },
  TracingConfig(value) {
    if (value !== 'PassThrough') throw invalid('TracingConfig Reason: Landfall supports PassThrough, not Active.')
    return { tracing: value }
  },
}

/** The settings with an attribute changed. Throws InvalidParameter for one that is unknown, unsupported or malformed. */
export function withAttribute(before: TopicSettings, name: string, value: string, fifo: boolean): TopicSettings {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (read) return { ...before, ...read(value, fifo) }
  if ((refusedTopicAttributes as readonly string[]).includes(name)) {
    throw invalid(`${name} Reason: The attribute is not supported by Landfall so far.`)
  }
  throw invalid('AttributeName')
}

export function readBoolean(name: string, value: string): boolean {
  if (!/^(?:true|false)$/i.test(value)) throw invalid(`${name} Reason: It is true or false.`)
  return value.toLowerCase() === 'true'
}

function readPolicy(text: string): string {
  if (Buffer.byteLength(text) > mostPolicyBytes) throw invalid('Policy Error: The policy is too long.')
  try {
    validatePolicy(text, 'resource')
    return text
  } catch (error) {
    if (!isAwsError(error, 'MalformedPolicyDocument')) throw error
    throw invalid(`Policy Error: ${error.message}`)
  }
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html: its owner's account, and who acts for it. */
export function policyOf({ settings }: Topic, arn: string, account: string): string {
  return settings.policy ?? defaultPolicy(arn, account)
}

function defaultPolicy(arn: string, account: string): string {
  const actions = ['Publish', 'RemovePermission', 'SetTopicAttributes', 'DeleteTopic', 'ListSubscriptionsByTopic']
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [...actions, 'GetTopicAttributes', 'AddPermission', 'Subscribe'].map((name) => `SNS:${name}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  })
}

/** The attributes as GetTopicAttributes answers them, without the counts. */
export function describeTopic(found: Topic, arn: string, account: string): Record<string, string> {
  const { displayName, contentBasedDeduplication, throughputScope, kmsKeyId, signatureVersion, tracing } =
    found.settings
  const { deliveryPolicy } = found.settings
  const given = {
    KmsMasterKeyId: kmsKeyId,
    SignatureVersion: signatureVersion,
    TracingConfig: tracing,
    DeliveryPolicy: deliveryPolicy,
    EffectiveDeliveryPolicy: describeEffective(deliveryPolicy),
    FifoTopic: found.fifo ? 'true' : undefined,
    ContentBasedDeduplication: found.fifo ? String(contentBasedDeduplication ?? false) : undefined,
    ArchivePolicy: found.settings.archiveDays && JSON.stringify({ MessageRetentionPeriod: found.settings.archiveDays }),
    FifoThroughputScope: found.fifo ? (throughputScope ?? 'Topic') : undefined,
  }
  return {
    TopicArn: arn,
    Owner: account,
    DisplayName: displayName,
    Policy: policyOf(found, arn, account),
    ...Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  }
}
