import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { AwsError } from '../../kernel/errors.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { WaitingEvent } from './async-events.ts'
import { invalid, unsupported } from './errors.ts'
import type { Found } from './find.ts'
import { countEvent } from './metrics.ts'
import { type FunctionName, functionArn, nameOfArn } from './names.ts'
import { executionCredentials } from './role.ts'
import type { EventInvokeConfig } from './state.ts'

/** How an asynchronous invocation ended. */
export interface EventEnd {
  readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded'
  readonly event: WaitingEvent
  /** Of the last attempt; absent when there was none. */
  readonly outcome?: Outcome | undefined
  /** Why the function was not called with it. */
  readonly refusal?: AwsError | undefined
  readonly attempts: number
  readonly nowMs: number
}

/** Tells the destination and the dead-letter queue of an ended invocation, with the execution role's permissions. */
export async function endEvent(
  host: Host,
  found: Found,
  config: EventInvokeConfig | undefined,
  end: EventEnd,
): Promise<void> {
  const succeeded = end.condition === 'Success'
  const destination = succeeded ? config?.onSuccess : config?.onFailure
  if (destination !== undefined) await send(host, found, destination, destinationRecord(found, end), 'destination')
  const { deadLetterArn } = found.configuration
  if (!succeeded && deadLetterArn !== undefined) {
    await send(host, found, deadLetterArn, Buffer.from(end.event.payload).toString('utf8'), 'dead-letter', {
      RequestID: end.event.requestId,
      ErrorCode: end.outcome ? '200' : end.refusal ? '400' : '504',
      ErrorMessage: (end.refusal?.message ?? errorMessage(end.outcome)).slice(0, 1024),
    })
  }
}

async function send(
  host: Host,
  found: Found,
  arn: string,
  body: string,
  kind: 'destination' | 'dead-letter',
  attributes: Record<string, string> = {},
): Promise<void> {
  const own = { scope: found.name.scope, name: found.record.name }
  try {
    const { principal } = await executionCredentials(host, own, found.configuration.role)
    if (parseArn(arn)?.service === 'lambda') {
      const target = await host.functionTarget(arn)
      await host.records.write(own.scope, (tx) => target.accept(tx, Buffer.from(body), { principal }))
      return
    }
    const target = await host.messageTarget(arn)
    const messageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { dataType: 'String', stringValue: value }]),
    )
    await host.records.write(own.scope, (tx) =>
      target.send(tx, { body, attributes: messageAttributes, sourceArn: functionArn(own) }, principal),
    )
  } catch (error) {
    // As Lambda does: what can't be told is counted, and the event is gone.
    countEvent(host, found, kind === 'dead-letter' ? 'DeadLetterErrors' : 'DestinationDeliveryFailures')
    host.log.warn('lambda.event-end-not-delivered', {
      function: functionArn(own),
      arn,
      error: (error as Error).message,
    })
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destinationRecord(found: Found, { condition, event, outcome, attempts, nowMs }: EventEnd): string {
  const qualified = { ...found.name, qualifier: found.name.qualifier ?? '$LATEST' }
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: functionArn(qualified),
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: parse(event.payload),
    ...(outcome
      ? {
          responseContext: {
            statusCode: 200,
            executedVersion: found.version,
            ...(outcome.error ? { functionError: outcome.error } : {}),
          },
          responsePayload: parse(outcome.payload),
        }
      : {}),
  })
}

/** The document, or the text of what is none (a stream of other bytes). */
function parse(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function errorMessage(outcome: Outcome | undefined): string {
  if (!outcome) return 'The event was not given to the function in time.'
  const document = parse(outcome.payload)
  return String((document as { errorMessage?: unknown } | null)?.errorMessage ?? '')
}

/** Throws unless the function's role may send to its dead-letter queue. */
export async function checkDeadLetter(
  ctx: Ctx,
  name: FunctionName,
  { deadLetterArn, role }: { deadLetterArn?: string | undefined; role: string },
): Promise<void> {
  if (deadLetterArn === undefined) return
  const service = parseArn(deadLetterArn)?.service
  if (service !== 'sqs' && service !== 'sns') {
    throw unsupported('DeadLetterConfig.TargetArn', 'it must be the ARN of a queue or a topic.')
  }
  refuseFifo('DeadLetterConfig.TargetArn', deadLetterArn)
  await checkReach(ctx, name, role, deadLetterArn, sending[service])
}

/** Throws unless `arn` can be a destination and the role may use it. */
export async function checkDestination(ctx: Ctx, name: FunctionName, role: string, arn: string): Promise<void> {
  const service = parseArn(arn)?.service
  if (service !== 'sqs' && service !== 'sns' && service !== 'lambda') {
    throw unsupported(`The destination ${arn}`, 'destinations are queues, topics and functions.')
  }
  refuseFifo('The destination', arn)
  const target = nameOfArn(arn)
  if (
    target &&
    functionArn({ ...target, qualifier: undefined }) === functionArn({ scope: name.scope, name: name.name })
  ) {
    throw invalid('You cannot have a function that is its own destination.')
  }
  await checkReach(ctx, name, role, arn, service === 'lambda' ? 'lambda:InvokeFunction' : sending[service])
}

const sending = { sqs: 'sqs:SendMessage', sns: 'sns:Publish' } as const

/** Events have no message group. */
function refuseFifo(what: string, arn: string): void {
  if (arn.endsWith('.fifo')) throw unsupported(`${what} ${arn}`, 'it must be a standard queue or topic.')
}

async function checkReach(ctx: Ctx, name: FunctionName, role: string, arn: string, action: string): Promise<void> {
  const { principal } = await executionCredentials(ctx.host, name, role)
  const allowed = await ctx.read((tx) => ctx.host.isAllowed(principal, { action, resource: arn }, {}, tx))
  if (!allowed) {
    const [service = '', operation = ''] = action.split(':')
    throw invalid(
      `The provided execution role does not have permissions to call ${operation} on ${service.toUpperCase()}`,
    )
  }
}
