import { parseArn } from '../../kernel/arn.ts'
import type { InputFor } from '../../kernel/operation.ts'
import { isPhoneNumber } from '../../outbox/opted-out.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import type { Protocol, Topic } from './state.ts'
import { isHttp, isMail } from './subscription-attributes.ts'

/** What a subscription is for. */
export interface Endpoint {
  readonly protocol: Protocol
  readonly endpoint: string
  /** Whose it is; nobody's that we know when it is a URL, an address or a phone number. */
  readonly account: string | undefined
  /** It is nobody's that we know, and gets messages all the same: phone numbers, which can opt out of them; and delivery streams, whose role says who may. */
  readonly unasked?: boolean
}

/** Throws InvalidParameter for what is malformed, unsupported, or not for a topic of this type. */
export function endpointOf(
  { Protocol: protocol, Endpoint = '' }: InputFor<Api, 'Subscribe'>,
  { fifo }: Pick<Topic, 'fifo'>,
): Endpoint {
  if (!isKnown(protocol)) throw invalid(`Does not support this protocol string: ${protocol.slice(0, 100)}`)
  const found = read(protocol, Endpoint)
  if (!fifo && protocol === 'sqs' && Endpoint.endsWith('.fifo')) {
    throw invalid('Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics')
  }
  if (fifo && protocol !== 'sqs') throw invalid('Endpoint Reason: Only queues can be subscribed to FIFO topics')
  return found
}

function read(protocol: Protocol, endpoint: string): Endpoint {
  if (isHttp(protocol)) {
    if (!endpoint.startsWith(`${protocol}://`)) throw invalid('Endpoint must match the specified protocol')
    if (!URL.canParse(endpoint) || endpoint.length > 2_048) throw invalid('HTTP(S) Endpoint')
    return { protocol, endpoint, account: undefined }
  }
  if (isMail(protocol)) {
    if (endpoint.length > 320 || !/^[^\s@<>,;:"()\p{Cc}]+@[^\s@<>,;:"()\p{Cc}]+$/u.test(endpoint))
      throw invalid('Email address')
    return { protocol, endpoint, account: undefined }
  }
  if (protocol === 'sms') {
    const number = endpoint.replace(/[ ().-]/g, '')
    if (!isPhoneNumber(number)) throw invalid(`Invalid SMS endpoint: ${endpoint.slice(0, 100)}`)
    return { protocol, endpoint: number, account: undefined, unasked: true }
  }
  const arn = parseArn(endpoint)
  const valid = /^\d{12}$/.test(arn?.account ?? '') && arn?.region !== '' && endpoint.length <= 2_048
  if (protocol === 'sqs' && (arn?.service !== 'sqs' || !valid)) throw invalid('SQS endpoint ARN')
  if (protocol === 'lambda' && (arn?.service !== 'lambda' || !valid || !arn.resource.startsWith('function:'))) {
    throw invalid('Lambda endpoint ARN')
  }
  if (
    protocol === 'firehose' &&
    (arn?.service !== 'firehose' || !valid || !arn.resource.startsWith('deliverystream/'))
  ) {
    throw invalid('Endpoint Reason: It must be the ARN of a Firehose delivery stream')
  }
  return { protocol, endpoint, account: arn?.account ?? '', ...(protocol === 'firehose' && { unasked: true }) }
}

const known: Readonly<Record<Protocol, true>> = {
  ...{ sqs: true, lambda: true, http: true, https: true },
  ...{ email: true, 'email-json': true, sms: true, firehose: true, application: true },
}

function isKnown(text: string): text is Protocol {
  return Object.hasOwn(known, text)
}
