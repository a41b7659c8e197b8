import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import type { WireResponse } from '../kernel/http.ts'
import { gatewayCredentials } from './credentials.ts'
import type { Incoming } from './incoming.ts'
import { expand, requestValue } from './mapping.ts'
import type { Problem } from './problem.ts'
import type { ServiceCall } from './state.ts'

interface Subtype {
  readonly operation: string
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** What must be a number in the operation's input. */
  readonly numbers: readonly string[]
  answer(output: Readonly<Record<string, unknown>>, requestId: string): string
}

/**
 * The operations an HTTP API can call by itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
 */
export const subtypes: Readonly<Record<string, Subtype>> = {
  'SQS-SendMessage': {
    operation: 'sqs:SendMessage',
    required: ['QueueUrl', 'MessageBody'],
    optional: ['DelaySeconds', 'MessageDeduplicationId', 'MessageGroupId', 'Region'],
    numbers: ['DelaySeconds'],
    answer: ({ MessageId, MD5OfMessageBody, SequenceNumber }, requestId) =>
      answerXml('SendMessage', { MessageId, MD5OfMessageBody, SequenceNumber }, requestId),
  },
  'SQS-DeleteMessage': {
    operation: 'sqs:DeleteMessage',
    required: ['QueueUrl', 'ReceiptHandle'],
    optional: ['Region'],
    numbers: [],
    answer: (_, requestId) => answerXml('DeleteMessage', undefined, requestId),
  },
  'SQS-PurgeQueue': {
    operation: 'sqs:PurgeQueue',
    required: ['QueueUrl'],
    optional: ['Region'],
    numbers: [],
    answer: (_, requestId) => answerXml('PurgeQueue', undefined, requestId),
  },
}

/** Calls a service's operation as the integration's role, and answers what the service does. */
export async function callService(
  incoming: Incoming,
  integration: ServiceCall,
  host: Host,
  signal: AbortSignal,
): Promise<WireResponse | { readonly problem: Problem }> {
  const { stage, requestId } = incoming
  const subtype = subtypes[integration.subtype]
  if (!subtype) return { problem: { type: 'API_CONFIGURATION_ERROR' } }
  const input: Record<string, string | number> = {}
  for (const [name, expression] of Object.entries(integration.parameters)) {
    const value = expand(expression, (one) => requestValue(one, incoming))
    if (value === undefined || value === '') continue
    input[name] = subtype.numbers.includes(name) && /^\d+$/.test(value) ? Number(value) : value
  }
  const { Region: region = stage.region, ...given } = input
  try {
    const { principal } = await gatewayCredentials(host, integration.roleArn)
    const output = await host.invoke<Record<string, unknown>>(subtype.operation, given, {
      as: principal,
      scope: { account: stage.account, region: String(region) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(integration.timeoutMs)]),
    })
    return { status: 200, headers: { 'content-type': 'text/xml' }, body: subtype.answer(output, requestId) }
  } catch (error) {
    if (!isAwsError(error)) throw error
    const status = error.status ?? 400
    const body = `<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message><Detail/></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    return { status, headers: { 'content-type': 'text/xml' }, body }
  }
}

function answerXml(operation: string, result: Readonly<Record<string, unknown>> | undefined, requestId: string) {
  const members = Object.entries(result ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')
  const inner = result ? `<${operation}Result>${members}</${operation}Result>` : ''
  return `<?xml version="1.0"?><${operation}Response xmlns="http://queue.amazonaws.com/doc/2012-11-05/">${inner}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
