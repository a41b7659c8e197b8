import type { Host } from '../../kernel/host.ts'
import { type Confirmation, confirmation, notification } from './envelope.ts'
import { confirmLink, unsubscribeLink } from './links.ts'
import { type LocatedSubscription, subscriptionArn } from './names.ts'
import { signed } from './signing.ts'
import type { Published } from './state.ts'

export type Asked = 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'

/** What an endpoint is asked: to confirm its subscription, or to renew the one it ended. */
export interface Question extends Confirmation {
  readonly type: Asked
}

/** A message as JSON, signed, with the link that ends the subscription unless that has to be asked for with a signature. */
export async function signedNotification(
  host: Host,
  { topic, subscription }: LocatedSubscription,
  published: Published,
): Promise<string> {
  const { MessageAttributes, ...message } = notification(subscription, published)
  const envelope = {
    ...(await signed(message, topic.settings.signatureVersion ?? '1', host)),
    ...(!subscription.authenticated && { UnsubscribeURL: unsubscribeLink(host, subscriptionArn(subscription)) }),
    ...(MessageAttributes && { MessageAttributes }),
  }
  return JSON.stringify(envelope, undefined, 2)
}

/** A question as JSON, signed, with the link that answers it. */
export async function signedQuestion(
  host: Host,
  { topic, subscription }: LocatedSubscription,
  { type, ...given }: Question,
): Promise<string> {
  const { Message, ...rest } = confirmation(given)
  const message = {
    ...rest,
    Type: type,
    Message: type === 'SubscriptionConfirmation' ? Message : endedText(subscriptionArn(subscription)),
    SubscribeURL: confirmLink(host, given.topicArn, given.token),
  }
  return JSON.stringify(await signed(message, topic.settings.signatureVersion ?? '1', host), undefined, 2)
}

function endedText(arn: string): string {
  return `You have chosen to end the subscription ${arn}. If that was not meant, visit the SubscribeURL of this message.`
}
