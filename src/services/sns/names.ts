import { formatArn, parseArn } from '../../kernel/arn.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Subscription, subscription, type Topic, topic } from './state.ts'

/** A topic found, and where it lives, which for a cross-account call is not the caller's scope. */
export interface LocatedTopic {
  readonly topic: Topic
  readonly scope: Scope
  readonly arn: string
}

export interface LocatedSubscription extends LocatedTopic {
  readonly subscription: Subscription
}

export function topicArn({ region, account }: Scope, name: string): string {
  return formatArn('sns', region, account, name)
}

export function subscriptionArn({ topicArn: arn, id }: Pick<Subscription, 'topicArn' | 'id'>): string {
  return `${arn}:${id}`
}

/** Where a topic's ARN points, and its name. Throws InvalidParameter for what is none of the Region. */
export function parseTopicArn(text: string, region: string, parameter = 'TopicArn') {
  const arn = parseArn(text)
  if (arn?.service !== 'sns' || arn.region !== region || !/^[\w-]{1,256}(?:\.fifo)?$/.test(arn.resource)) {
    throw invalid(`${parameter} Reason: ${text.slice(0, 300)} is no topic of ${region}.`)
  }
  return { name: arn.resource, scope: { account: arn.account, region } }
}

/** Throws NotFound, or InvalidParameter for what is no ARN of a topic of the transaction's Region. */
export async function locateTopic(tx: ReadTx, text: string, parameter?: string): Promise<LocatedTopic> {
  const { name, scope } = parseTopicArn(text, tx.scope.region, parameter)
  const found = await tx.in(scope).get(topic(name))
  if (!found) throw notFound('Topic does not exist')
  return { topic: found, scope, arn: topicArn(scope, name) }
}

/** Throws NotFound, or InvalidParameter for what is no ARN of a subscription of the transaction's Region. */
export async function locateSubscription(tx: ReadTx, text: string): Promise<LocatedSubscription> {
  const found = await lookUpSubscription(tx, text)
  if (!found) throw notFound('Subscription does not exist')
  return found
}

export async function lookUpSubscription(tx: ReadTx, text: string): Promise<LocatedSubscription | undefined> {
  const end = text.lastIndexOf(':')
  const { name, scope } = parseTopicArn(text.slice(0, Math.max(end, 0)), tx.scope.region, 'SubscriptionArn')
  const home = tx.in(scope)
  const of = await home.get(topic(name))
  const found = of && (await home.get(subscription(of.generation, text.slice(end + 1))))
  return found && { topic: of, scope, arn: topicArn(scope, name), subscription: found }
}

export function notFound(message: string): AwsError {
  return awsError('NotFoundException', message)
}

export function invalid(what: string): AwsError {
  return awsError('InvalidParameterException', `Invalid parameter: ${what}`)
}
