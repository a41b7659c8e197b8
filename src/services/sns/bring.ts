import { backoffMs } from '../../delivery/backoff.ts'
import { parseArn } from '../../kernel/arn.ts'
import { type JobCtx, Retry } from '../../kernel/delivery.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { forFirehose, forFunction, forQueue, textFor } from './envelope.ts'
import { pushPublished } from './push.ts'
import type { Protocol, Published, Subscription } from './state.ts'
import { isMail } from './subscription-attributes.ts'
import { keepText } from './text-message.ts'

/** Who SNS is to those it brings messages. */
export const principal = servicePrincipal('sns.amazonaws.com')

/** A raw message has no more attributes than a queue takes. */
const mostRawAttributes = 10

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const forServices: Retries = {
  attempts: 100_015,
  immediate: 3,
  pauses: 5,
  pauseMs: 1_000,
  backingOff: 15,
  longestMs: 20_000,
}
/** For mail, text messages and notifications, over six hours. */
const forPeople: Retries = {
  attempts: 50,
  immediate: 0,
  pauses: 2,
  pauseMs: 10_000,
  backingOff: 12,
  longestMs: 600_000,
}

/** How often, and how many of those in which rhythm. */
interface Retries {
  readonly attempts: number
  /** Until that attempt: at once; then after `pauseMs`; then backing off; then each after `longestMs`. */
  readonly immediate: number
  readonly pauses: number
  readonly pauseMs: number
  readonly backingOff: number
  readonly longestMs: number
}

/** More than any has. */
export const mostAttempts = forServices.attempts + 1

export function retriesOf(protocol: Protocol): Retries {
  return isMail(protocol) || protocol === 'sms' || protocol === 'application' ? forPeople : forServices
}

/** Writes what an endpoint gets. */
export type Bringing = (tx: Tx) => Promise<void>

/**
 * Brings a message to a subscription's endpoint and, in the same transaction, writes what `within` does: it is there
 * once when `within` takes the message from where it waited.
 */
export async function bring(
  host: Host,
  scope: Scope,
  found: Subscription,
  published: Published,
  within: (tx: Tx) => void | Promise<void> = () => undefined,
): Promise<void> {
  const write = await bringing(host, found, published)
  await host.records.write(scope, async (tx) => {
    await write(tx)
    await within(tx)
  })
}

/**
 * What brings a message to an endpoint that the node itself has, or keeps messages for. Rejects when there is none, and
 * so does the writing when it does not let SNS in.
 */
export async function bringing(host: Host, found: Subscription, published: Published): Promise<Bringing> {
  const { endpoint, id, protocol, settings } = found
  const sourceArn = published.topicArn
  if (protocol === 'lambda') {
    const called = await host.functionTarget(endpoint)
    const payload = forFunction(found, published)
    return (tx) => called.accept(tx, payload, { principal, sourceArn })
  }
  if (protocol === 'sms') {
    const letter = { to: endpoint, text: textFor(found, published), source: sourceArn }
    return (tx) => keepText(tx, letter, published, id)
  }
  if (protocol === 'application') return (tx) => pushPublished(tx, found, published)
  if (protocol === 'firehose') {
    const stream = await host.messageTarget(endpoint)
    const options = { service: 'sns.amazonaws.com', sessionName: 'sns', durationSec: 900, sourceArn }
    const as = (await host.assumeRole(settings.roleArn ?? '', options)).principal
    return (tx) => stream.send(tx, { ...forFirehose(found, published), sourceArn }, as)
  }
  const message = forQueue(found, published)
  if (Object.keys(message.attributes ?? {}).length > mostRawAttributes) {
    throw awsError('InvalidParameterValue', `A raw message has at most ${mostRawAttributes} attributes.`)
  }
  const queue = await host.messageTarget(endpoint)
  return (tx) => queue.send(tx, { ...message, ...ordering(endpoint, published), sourceArn }, principal)
}

/** Standard queues keep a message's group, and have no deduplication. */
function ordering(queueArn: string, { groupId, deduplicationId }: Published) {
  const fifo = queueArn.endsWith('.fifo')
  return {
    ...(groupId !== undefined && { groupId }),
    ...(fifo && deduplicationId !== undefined && { deduplicationId }),
  }
}

/** What trying again would not change: the endpoint is gone, or does not let SNS in. */
export function isFinal(error: unknown): boolean {
  return (
    isAwsError(error) &&
    /AccessDenied|NotFound|DoesNotExist|NonExistentQueue|InvalidParameter|InvalidMessage|MissingParameter|TooLarge|OptedOut|EndpointDisabled|MailRefused/.test(
      error.code,
    )
  )
}

/** To be thrown for another attempt at a time of its own. */
export function again(error: unknown, { host, attempt }: JobCtx, protocol: Protocol): Retry {
  const { immediate, pauses, pauseMs, backingOff, longestMs } = retriesOf(protocol)
  const fraction = () => Number(host.ids.token(6, '0123456789')) / 1_000_000
  const waitMs =
    attempt < immediate
      ? 0
      : attempt < pauses
        ? pauseMs
        : attempt < backingOff
          ? backoffMs(attempt - pauses, pauseMs, longestMs, fraction)
          : longestMs
  return new Retry(host.clock.nowMs() + waitMs, 'the endpoint did not take the message', { cause: error })
}

/** Keeps in the dead-letter queue, if there is one that lets it, what could not be brought, and why. */
export async function bury(
  { host, scope }: JobCtx,
  found: Subscription,
  published: Published,
  error: unknown,
  within: (tx: Tx) => void | Promise<void> = () => undefined,
): Promise<void> {
  const { deadLetterArn } = found.settings
  const { code, message } = isAwsError(error) ? error : { code: 'InternalError', message: String(error) }
  host.log.warn('a message was given up', { topic: found.topicArn, endpoint: found.endpoint, error: code })
  if (deadLetterArn !== undefined && parseArn(deadLetterArn)) {
    const reason = {
      ErrorCode: { dataType: 'String', stringValue: code },
      ErrorMessage: { dataType: 'String', stringValue: (message || code).slice(0, 1_000) },
    }
    try {
      const queue = await host.messageTarget(deadLetterArn)
      const { body, attributes = {} } = forQueue(found, published)
      // What was published keeps its place among the ten attributes a message can have.
      const all = Object.fromEntries(Object.entries({ ...attributes, ...reason }).slice(0, mostRawAttributes))
      const dead = { body, attributes: all, ...ordering(deadLetterArn, published), sourceArn: published.topicArn }
      await host.records.write(scope, async (tx) => {
        await queue.send(tx, dead, principal)
        await within(tx)
      })
      return
    } catch (failure) {
      if (!isAwsError(failure)) throw failure
      // A queue that is not there, or does not let SNS in: the real service loses the message as well.
      host.log.warn('a dead-letter queue did not take a message', { queue: deadLetterArn, error: failure.code })
    }
  }
  await host.records.write(scope, within)
}
