import { TargetDown } from '../../delivery/target-gate.ts'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { bury } from './bring.ts'
import { delayAfter, effectivePolicy, longestSec } from './delivery-policy.ts'
import { textFor } from './envelope.ts'
import { type LocatedSubscription, lookUpSubscription, subscriptionArn } from './names.ts'
import { type Posting, post } from './post.ts'
import { type Question, signedNotification, signedQuestion } from './signed-envelope.ts'
import type { Published } from './state.ts'

/** Brings one message to one HTTP endpoint, until it took it or the delivery policy is used up. */
export const posting: Job<{ subscriptionArn: string; published: Published }> = {
  // The delivery policy says how often; this is more than one can say.
  retry: { attempts: 1_000, minMs: 1_000, maxMs: 20_000 },
  concurrency: 256,
  target: ({ subscriptionArn }) => subscriptionArn,
  async run({ subscriptionArn: arn, published }, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    const found = await host.records.read(scope, (tx) => lookUpSubscription(tx, arn))
    if (!found || found.subscription.pending) return
    const over = host.clock.nowMs() - ctx.createdAtMs > longestSec * 1_000
    const refusal = await post(host, await messageFor(host, found, published), signal).catch((error: unknown) => {
      // Of many messages for an endpoint that is down, most never get to try it.
      if (over && error instanceof TargetDown)
        return { error: awsError('ConnectionFailed', error.message), final: true }
      throw error
    })
    if (!refusal) return
    const delaySec = refusal.final || over ? undefined : delayAfter(ctx.attempt, policyOf(found).healthyRetryPolicy)
    if (delaySec === undefined) {
      await bury(ctx, found.subscription, published, refusal.error)
      return
    }
    throw new Retry(host.clock.nowMs() + delaySec * 1_000, 'the endpoint did not take the message', {
      cause: refusal.error,
    })
  },
}

function policyOf({ topic, subscription }: LocatedSubscription) {
  return effectivePolicy(topic.settings.deliveryPolicy, subscription.settings.deliveryPolicy)
}

/** https://docs.aws.amazon.com/sns/latest/dg/http-header.html */
function headersFor(type: string, messageId: string, { arn: topic, subscription }: LocatedSubscription) {
  return {
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topic,
    ...(!subscription.pending && { 'x-amz-sns-subscription-arn': subscriptionArn(subscription) }),
  }
}

async function messageFor(host: Host, found: LocatedSubscription, published: Published): Promise<Posting> {
  const { subscription } = found
  const { endpoint, settings } = subscription
  const { requestPolicy, throttlePolicy } = policyOf(found)
  const headers = {
    ...headersFor('Notification', published.messageId, found),
    'content-type': requestPolicy.headerContentType,
  }
  const perSec = throttlePolicy?.maxReceivesPerSecond
  if (settings.raw) {
    // Without the attributes: headers carry none of them in the real service either.
    const raw = { ...headers, 'x-amz-sns-rawdelivery': 'true' }
    return { endpoint, perSec, headers: raw, body: textFor(subscription, published) }
  }
  return { endpoint, perSec, headers, body: await signedNotification(host, found, published) }
}

/** Asks an HTTP endpoint to confirm its subscription, or to renew the one it ended; nothing if that is done meanwhile. */
export async function askEndpoint(
  { host, scope, signal }: JobCtx,
  arn: string,
  { type, ...given }: Question,
): Promise<void> {
  const found = await host.records.read(scope, (tx) => lookUpSubscription(tx, arn))
  if (found?.subscription.pending?.token !== given.token) return
  const refusal = await post(
    host,
    {
      endpoint: found.subscription.endpoint,
      headers: { ...headersFor(type, given.messageId, found), 'content-type': 'text/plain; charset=UTF-8' },
      body: await signedQuestion(host, found, { type, ...given }),
    },
    signal,
  )
  if (!refusal) return
  if (!refusal.final) throw refusal.error
  host.log.warn('an endpoint was asked to confirm and refused', {
    topic: given.topicArn,
    reason: refusal.error.message,
  })
}
