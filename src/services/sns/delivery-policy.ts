import { invalid } from './names.ts'

/** How often, how soon and how fast an HTTP endpoint gets messages. Delays in seconds. */
export interface DeliveryPolicy {
  readonly healthyRetryPolicy: RetryPolicy
  readonly throttlePolicy: { readonly maxReceivesPerSecond: number } | null
  readonly requestPolicy: { readonly headerContentType: string }
}

interface RetryPolicy {
  readonly minDelayTarget: number
  readonly maxDelayTarget: number
  /** All of them, those of the phases included. */
  readonly numRetries: number
  readonly numNoDelayRetries: number
  readonly numMinDelayRetries: number
  readonly numMaxDelayRetries: number
  readonly backoffFunction: string
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const unset: DeliveryPolicy = {
  healthyRetryPolicy: {
    ...{ minDelayTarget: 20, maxDelayTarget: 20, numRetries: 3 },
    ...{ numNoDelayRetries: 0, numMinDelayRetries: 0, numMaxDelayRetries: 0, backoffFunction: 'linear' },
  },
  throttlePolicy: null,
  requestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
}
/** All delays of a message together. */
export const longestSec = 3_600

/**
 * Where a retry of the backoff phase is between the shortest delay (0) and the longest (1), by how far the phase is.
 * The documentation names these functions and draws their curves; the formulas are ours.
 */
const curves: Readonly<Record<string, (x: number, ratio: number) => number>> = {
  linear: (x) => x,
  arithmetic: (x) => (x * (x + 1)) / 2,
  geometric: (x, ratio) => (ratio > 1 ? (ratio ** x - 1) / (ratio - 1) : x),
  exponential: (x) => (2 ** (10 * x) - 1) / (2 ** 10 - 1),
}

/** The policy that a subscription's messages go by: its own where the topic lets it, the topic's, and what is usual. */
export function effectivePolicy(ofTopic: string | undefined, ofSubscription?: string): DeliveryPolicy {
  const { http } = (ofTopic === undefined ? {} : JSON.parse(ofTopic)) as { http?: TopicPolicy }
  const own = (ofSubscription === undefined ? {} : JSON.parse(ofSubscription)) as Partial<DeliveryPolicy>
  const base: DeliveryPolicy = {
    healthyRetryPolicy: { ...unset.healthyRetryPolicy, ...http?.defaultHealthyRetryPolicy },
    throttlePolicy: http?.defaultThrottlePolicy ?? null,
    requestPolicy: { ...unset.requestPolicy, ...http?.defaultRequestPolicy },
  }
  if (http?.disableSubscriptionOverrides) return base
  return {
    healthyRetryPolicy: { ...base.healthyRetryPolicy, ...own.healthyRetryPolicy },
    throttlePolicy: own.throttlePolicy ?? base.throttlePolicy,
    requestPolicy: { ...base.requestPolicy, ...own.requestPolicy },
  }
}

interface TopicPolicy {
  readonly defaultHealthyRetryPolicy?: Partial<RetryPolicy>
  readonly disableSubscriptionOverrides?: boolean
  readonly defaultThrottlePolicy?: DeliveryPolicy['throttlePolicy']
  readonly defaultRequestPolicy?: Partial<DeliveryPolicy['requestPolicy']>
}

/** As a topic tells it. */
export function describeEffective(ofTopic: string | undefined): string {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = effectivePolicy(ofTopic)
  const { http } = (ofTopic === undefined ? {} : JSON.parse(ofTopic)) as { http?: TopicPolicy }
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: healthyRetryPolicy,
      disableSubscriptionOverrides: http?.disableSubscriptionOverrides ?? false,
      ...(throttlePolicy && { defaultThrottlePolicy: throttlePolicy }),
      defaultRequestPolicy: requestPolicy,
    },
  })
}

/** How long to wait after so many attempts, in seconds; undefined when there is to be no other. */
export function delayAfter(attempts: number, policy: RetryPolicy): number | undefined {
  const { numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy
  const { minDelayTarget: least, maxDelayTarget: most, backoffFunction } = policy
  if (attempts > numRetries) return undefined
  if (attempts <= numNoDelayRetries) return 0
  const backingOff = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries
  const step = attempts - numNoDelayRetries - numMinDelayRetries
  if (step <= 0) return least
  if (step > backingOff) return most
  const x = backingOff === 1 ? 0 : (step - 1) / (backingOff - 1)
  return least + (most - least) * (curves[backoffFunction]?.(x, most / least) ?? x)
}

/** Throws InvalidParameter for what is no policy of a subscription. Answers it as it was given. */
export function readSubscriptionPolicy(text: string): string {
  const given = parse(text, ['healthyRetryPolicy', 'throttlePolicy', 'requestPolicy'])
  check(given.healthyRetryPolicy, given.throttlePolicy, given.requestPolicy)
  return text
}

/** Throws InvalidParameter for what is no policy of a topic. Answers it as it was given. */
export function readTopicPolicy(text: string): string {
  const { http } = parse(text, ['http'])
  const names = ['defaultHealthyRetryPolicy', 'defaultThrottlePolicy', 'defaultRequestPolicy']
  const given = members('http', http ?? {}, [...names, 'disableSubscriptionOverrides'])
  const overrides = given.disableSubscriptionOverrides
  if (overrides !== undefined && typeof overrides !== 'boolean') throw refuse('disableSubscriptionOverrides')
  check(given.defaultHealthyRetryPolicy, given.defaultThrottlePolicy, given.defaultRequestPolicy)
  return text
}

function parse(text: string, names: readonly string[]) {
  try {
    return members('the policy', JSON.parse(text), names)
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('failed to parse JSON.')
    throw error
  }
}

function members(where: string, value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${where} is no JSON object.`)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw refuse(`${where} has no member ${unknown.slice(0, 100)}.`)
  return { ...value }
}

const contentType =
  /^(?:application\/(?:atom\+xml|json|octet-stream|soap\+xml|x-www-form-urlencoded|xhtml\+xml|xml)|text\/(?:css|html|markdown|plain|xml))(?:; ?charset=[\w-]+)?$/i

function check(retry: unknown, throttle: unknown, request: unknown): void {
  const numbers = Object.keys(unset.healthyRetryPolicy)
  const policy = { ...unset.healthyRetryPolicy, ...members('healthyRetryPolicy', retry ?? {}, numbers) }
  const { minDelayTarget, maxDelayTarget, numRetries, backoffFunction, ...phases } = policy
  if (!Object.hasOwn(curves, String(backoffFunction))) throw refuse('backoffFunction')
  between('maxDelayTarget', maxDelayTarget, 1, longestSec)
  between('minDelayTarget', minDelayTarget, 1, maxDelayTarget)
  between('numRetries', numRetries, 0, 100)
  for (const [name, value] of Object.entries(phases)) between(name, value, 0, 100)
  const inPhases = Object.values(phases).reduce((sum, one) => sum + one, 0)
  if (inPhases > numRetries) throw refuse('numRetries is less than the retries of the phases together.')
  let totalSec = 0
  for (let attempts = 1; attempts <= numRetries; attempts++) totalSec += delayAfter(attempts, policy) ?? 0
  if (totalSec > longestSec) throw refuse(`All delays together are longer than ${longestSec} seconds.`)
  const { maxReceivesPerSecond } = members('throttlePolicy', throttle ?? {}, ['maxReceivesPerSecond'])
  if (maxReceivesPerSecond !== undefined) between('maxReceivesPerSecond', maxReceivesPerSecond, 1, 100_000)
  const { headerContentType } = members('requestPolicy', request ?? {}, ['headerContentType'])
  if (headerContentType !== undefined && !contentType.test(String(headerContentType))) throw refuse('headerContentType')
}

function between(name: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw refuse(`${name} is a whole number from ${least} to ${most}.`)
  }
}

function refuse(why: string) {
  return invalid(`DeliveryPolicy: ${why}`)
}
