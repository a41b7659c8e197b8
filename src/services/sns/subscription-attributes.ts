import { parseArn } from '../../kernel/arn.ts'
import { effectivePolicy, readSubscriptionPolicy } from './delivery-policy.ts'
import { checkFilterPolicy } from './filter-policy.ts'
import { invalid } from './names.ts'
import { readReplayPolicy } from './replay.ts'
import type { Protocol, Subscription, SubscriptionSettings, Topic } from './state.ts'
import { readBoolean } from './topic-attributes.ts'

interface For {
  readonly protocol: Protocol
  readonly topicArn: string
}

type Reader = (value: string, of: For) => Partial<SubscriptionSettings>

const readers: Readonly<Record<string, Reader>> = {
  RawMessageDelivery(value, { protocol }) {
    const raw = readBoolean('RawMessageDelivery', value)
    if (raw && protocol !== 'sqs' && protocol !== 'firehose' && !isHttp(protocol)) {
      throw invalid(
        `Attributes Reason: RawMessageDelivery: Delivery protocol [${protocol}] does not support raw message delivery.`,
      )
    }
    return { raw }
  },
  FilterPolicy: (value) => ({ filterPolicy: /^\s*(?:\{\s*\})?\s*$/.test(value) ? undefined : value }),
  FilterPolicyScope(value) {
    if (value !== 'MessageAttributes' && value !== 'MessageBody') {
      throw invalid('FilterPolicyScope: Invalid value. Please use either MessageBody or MessageAttributes')
    }
    return { filterScope: value }
  },
  DeliveryPolicy(value, { protocol }) {
    if (!isHttp(protocol)) throw invalid('DeliveryPolicy Reason: It is for subscriptions of http and https.')
    return { deliveryPolicy: value === '' ? undefined : readSubscriptionPolicy(value) }
  },
  SubscriptionRoleArn(value, { protocol }) {
    if (protocol !== 'firehose') throw invalid('SubscriptionRoleArn Reason: It is for subscriptions of firehose.')
    if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(value)) throw invalid('SubscriptionRoleArn: Invalid role ARN')
    return { roleArn: value }
  },
  ReplayPolicy(value, { topicArn }) {
    if (!topicArn.endsWith('.fifo')) throw invalid('ReplayPolicy Reason: It is for subscriptions of FIFO topics.')
    return { replayPolicy: readReplayPolicy(value) && value }
  },
  RedrivePolicy: (value, of) => ({ deadLetterArn: value === '' ? undefined : deadLetterOf(value, of) }),
}

/** The settings with attributes changed. Throws InvalidParameter for what is unknown, unsupported or malformed. */
export function withAttributes(
  before: SubscriptionSettings,
  given: Readonly<Record<string, string>>,
  of: For,
): SubscriptionSettings {
  let next = before
  for (const [name, value] of Object.entries(given)) {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!read) throw invalid('AttributeName')
    next = { ...next, ...read(value, of) }
  }
  if (of.protocol === 'firehose' && next.roleArn === undefined) {
    throw invalid('SubscriptionRoleArn Reason: It is required for subscriptions of firehose.')
  }
  // Together, since the scope says what the policy may be.
  if (next.filterPolicy !== undefined) checkFilterPolicy(next.filterPolicy, next.filterScope ?? 'MessageAttributes')
  return next
}

function deadLetterOf(text: string, { topicArn }: For): string {
  const refuse = (why: string) => invalid(`RedrivePolicy: ${why}`)
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw refuse('failed to parse JSON.')
  }
  const { deadLetterTargetArn } = (policy ?? {}) as { deadLetterTargetArn?: unknown }
  const arn = typeof deadLetterTargetArn === 'string' ? parseArn(deadLetterTargetArn) : undefined
  if (arn?.service !== 'sqs') throw refuse('deadLetterTargetArn is an invalid arn')
  if (arn.region !== parseArn(topicArn)?.region) throw refuse('deadLetterTargetArn is in another Region')
  if (arn.resource.endsWith('.fifo') !== topicArn.endsWith('.fifo')) {
    throw refuse('The dead-letter queue of a FIFO topic is a FIFO queue, that of a standard topic a standard one')
  }
  return deadLetterTargetArn as string
}

export function isHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'https'
}

export function isMail(protocol: Protocol): boolean {
  return protocol === 'email' || protocol === 'email-json'
}

/** As GetSubscriptionAttributes answers them. */
export function describeSettings(found: Subscription, topic: Topic): Record<string, string> {
  const { raw, filterPolicy, filterScope, deadLetterArn, deliveryPolicy, roleArn, replayPolicy } = found.settings
  return {
    RawMessageDelivery: String(raw),
    ...(filterPolicy !== undefined && {
      FilterPolicy: filterPolicy,
      FilterPolicyScope: filterScope ?? 'MessageAttributes',
    }),
    ...(deliveryPolicy !== undefined && { DeliveryPolicy: deliveryPolicy }),
    ...(isHttp(found.protocol) && {
      EffectiveDeliveryPolicy: JSON.stringify(effectivePolicy(topic.settings.deliveryPolicy, deliveryPolicy)),
    }),
    ...(roleArn !== undefined && { SubscriptionRoleArn: roleArn }),
    ...(replayPolicy !== undefined && { ReplayPolicy: replayPolicy }),
    ...(found.replay && { ReplayStatus: found.replay.status }),
    ...(deadLetterArn !== undefined && { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn }) }),
  }
}
