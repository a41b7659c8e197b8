import type { OutgoingMessage } from '../../kernel/events.ts'
import { subscriptionArn } from './names.ts'
import type { MessageAttribute, Published, Subscription } from './state.ts'

/** What a subscription with this protocol is told. */
export function textFor({ protocol }: Pick<Subscription, 'protocol'>, { message, byProtocol }: Published): string {
  return byProtocol && Object.hasOwn(byProtocol, protocol) ? (byProtocol[protocol] as string) : message
}

/**
 * A message as a queue gets it: itself with its attributes when raw, else in an envelope.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 */
export function forQueue(found: Subscription, published: Published): Pick<OutgoingMessage, 'body' | 'attributes'> {
  const { attributes } = published
  if (found.settings.raw) {
    return { body: textFor(found, published), ...(attributes && { attributes: rawAttributes(attributes) }) }
  }
  return { body: JSON.stringify(notification(found, published), undefined, 2) }
}

/**
 * A message as a Firehose gets it: itself when raw, else in an envelope, one to a line.
 * https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html
 */
export function forFirehose(found: Subscription, published: Published): Pick<OutgoingMessage, 'body'> {
  if (found.settings.raw) return { body: textFor(found, published) }
  return { body: `${JSON.stringify(notification(found, published))}\n` }
}

/** The envelope of a message, for whom it does not come raw. */
export function notification(found: Subscription, published: Published) {
  const { messageId, topicArn, subject, sequence, attributes, atMs } = published
  return {
    Type: 'Notification',
    MessageId: messageId,
    ...(sequence !== undefined && { SequenceNumber: sequence }),
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: textFor(found, published),
    Timestamp: new Date(atMs).toISOString(),
    ...(attributes && { MessageAttributes: described(attributes) }),
    ...(published.replayed && { Replayed: 'true' }),
  }
}

/** A message as a function gets it. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function forFunction(found: Subscription, published: Published): Uint8Array {
  const { messageId, topicArn, subject, attributes = {}, atMs } = published
  const Sns = {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    Subject: subject ?? null,
    Message: textFor(found, published),
    Timestamp: new Date(atMs).toISOString(),
    MessageAttributes: described(attributes),
  }
  return Buffer.from(JSON.stringify(record(subscriptionArn(found), Sns)))
}

function record(EventSubscriptionArn: string, Sns: object) {
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn, Sns }] }
}

export interface Confirmation {
  readonly messageId: string
  readonly topicArn: string
  readonly token: string
  readonly atMs: number
}

/** What asks an endpoint of another account to confirm its subscription, with the token that does. */
export function confirmation({ messageId, topicArn, token, atMs }: Confirmation) {
  return {
    Type: 'SubscriptionConfirmation',
    MessageId: messageId,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}. To confirm the subscription, call ConfirmSubscription with this token.`,
    Timestamp: new Date(atMs).toISOString(),
  }
}

export function confirmationEvent(subscription: string, given: Confirmation): Uint8Array {
  const { Token, ...Sns } = confirmation(given)
  return Buffer.from(JSON.stringify(record(subscription, { ...Sns, Token, Subject: null, MessageAttributes: {} })))
}

function described(attributes: Readonly<Record<string, MessageAttribute>>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      { Type: dataType, Value: stringValue ?? Buffer.from(binaryValue ?? []).toString('base64') },
    ]),
  )
}

function rawAttributes(attributes: Readonly<Record<string, MessageAttribute>>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      {
        dataType,
        ...(stringValue !== undefined && { stringValue }),
        ...(binaryValue !== undefined && { binaryValue }),
      },
    ]),
  )
}
