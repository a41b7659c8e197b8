import { enterTarget } from '../../delivery/target-gate.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import { awsError } from '../../kernel/errors.ts'
import { keepLetter } from '../../outbox/outbox.ts'
import { textFor } from './envelope.ts'
import { confirmLink, unsubscribeLink } from './links.ts'
import { type LocatedSubscription, lookUpSubscription, subscriptionArn } from './names.ts'
import { type Question, signedNotification, signedQuestion } from './signed-envelope.ts'
import type { Published } from './state.ts'

/** Connections to the mail server at once. */
const concurrency = 4

interface Written {
  readonly id: string
  readonly subject: string
  readonly text: string
  readonly confirmUrl?: string
}

/** Brings a message to an address. Throws MailRefused, which is final, and what another attempt may change. */
export async function mail(ctx: JobCtx, found: LocatedSubscription, published: Published): Promise<void> {
  const { host } = ctx
  const { subscription, topic } = found
  const { subject = 'AWS Notification Message', messageId } = published
  const ends = subscription.authenticated
    ? ''
    : `To end this subscription, visit:\n${unsubscribeLink(host, subscriptionArn(subscription))}\n`
  const text =
    subscription.protocol === 'email-json'
      ? await signedNotification(host, found, published)
      : `${textFor(subscription, published)}\n\n-- \nThis message was published to ${topic.settings.displayName || topic.name}.\n${ends}`
  await send(ctx, found, { id: `${messageId} ${subscription.id}`, subject, text })
}

/** Asks an address to confirm its subscription, or to renew the one it ended; nothing if that is done meanwhile. */
export async function askByMail(ctx: JobCtx, arn: string, question: Question): Promise<void> {
  const { host, scope } = ctx
  const found = await host.records.read(scope, (tx) => lookUpSubscription(tx, arn))
  if (!found || found.subscription.pending?.token !== question.token) return
  const confirmUrl = confirmLink(host, question.topicArn, question.token)
  const ended = question.type === 'UnsubscribeConfirmation'
  const subject = `AWS Notification - ${ended ? 'Unsubscribe' : 'Subscription'} Confirmation`
  const asked = ended
    ? `Your subscription to the topic ${question.topicArn} has ended. If that was not meant, visit this link to have it again:`
    : `Somebody wants the messages of the topic ${question.topicArn} to be sent to you. To agree, visit this link:`
  const text =
    found.subscription.protocol === 'email-json'
      ? await signedQuestion(host, found, question)
      : `${asked}\n${confirmUrl}\n\nIf you want nothing, do nothing.\n`
  await send(ctx, found, { id: question.messageId, subject, text, confirmUrl })
}

/** Through the mail server, or where there is none into the outbox. */
async function send(ctx: JobCtx, { arn, topic, subscription }: LocatedSubscription, written: Written): Promise<void> {
  const { host, scope, signal, createdAtMs: atMs } = ctx
  const { id, subject, text, confirmUrl } = written
  const to = subscription.endpoint
  const fromName = topic.settings.displayName || 'AWS Notifications'
  const { mailer } = host
  if (!mailer) {
    const letter = { channel: 'email' as const, to, from: fromName, subject, text, confirmUrl, source: arn }
    await host.records.write(scope, (tx) => keepLetter(tx, letter, { key: id, atMs }))
    return
  }
  const pass = enterTarget(host, 'mail server', { concurrency })
  const refusal = await mailer.send({ id, to, fromName, subject, text }, signal).catch((error: unknown) => {
    if (signal.aborted) pass.abandoned()
    else pass.failed()
    throw error
  })
  pass.answered()
  if (refusal) throw awsError('MailRefused', `The mail server refused the mail: ${refusal.refused}`)
}
