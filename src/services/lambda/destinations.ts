import { parseArn } from '../../kernel/arn.ts'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, isAwsError } from '../../kernel/errors.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { WaitingEvent } from './async-events.ts'
import { destinationTarget, destinationTargets } from './destination-targets.ts'
import { invalid, unsupported } from './errors.ts'
import type { Found } from './find.ts'
import { countEvent } from './metrics.ts'
import { type FunctionName, functionArn, nameOfArn, ownArn } from './names.ts'
import { executionCredentials } from './role.ts'
import type { EventInvokeConfig } from './state.ts'

/** How an asynchronous invocation ended. */
export interface EventEnd {
  readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency'
  readonly event: WaitingEvent
  /** Of the last attempt; absent when there was none. */
  readonly outcome?: Outcome | undefined
  /** Why the function was not called with it. */
  readonly refusal?: AwsError | undefined
  readonly attempts: number
  readonly nowMs: number
}

/** The status of an event that the function was not called with. */
const notCalled: Readonly<Record<EventEnd['condition'], string>> = {
  Success: '200',
  RetriesExhausted: '400',
  EventAgeExceeded: '504',
  ZeroReservedConcurrency: '429',
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
  if (destination !== undefined) {
    const told = { body: destinationRecord(found, end) }
    await send(host, found, destination, told, end, 'DestinationDeliveryFailures')
  }
  const { deadLetterArn } = found.configuration
  if (!succeeded && deadLetterArn !== undefined) {
    const attributes = {
      RequestID: end.event.requestId,
      ErrorCode: end.outcome ? '200' : notCalled[end.condition],
      ErrorMessage: (end.refusal?.message ?? errorMessage(end.outcome)).slice(0, 1024),
    }
    const letter = { body: Buffer.from(end.event.payload).toString('utf8'), attributes }
    await send(host, found, deadLetterArn, letter, end, 'DeadLetterErrors')
  }
}

async function send(
  host: Host,
  found: Found,
  arn: string,
  { body, attributes = {} }: { readonly body: string; readonly attributes?: Record<string, string> },
  { condition, nowMs }: EventEnd,
  failures: 'DeadLetterErrors' | 'DestinationDeliveryFailures',
): Promise<void> {
  const own = { scope: found.name.scope, name: found.record.name }
  try {
    const target = destinationTarget(parseArn(arn)?.service)
    if (!target) throw new Error('nothing here takes what it is told')
    const { principal } = await executionCredentials(host, own, found.configuration.role)
    const succeeded = condition === 'Success'
    await target.send({ host, own, functionArn: calledArn(found), arn, body, attributes, principal, succeeded, nowMs })
  } catch (error) {
    // As Lambda does: what can't be told is counted, and the event is gone.
    countEvent(host, found, failures)
    host.log.warn('lambda.event-end-not-delivered', {
      function: functionArn(own),
      arn,
      error: (error as Error).message,
    })
  }
}

/** With `$LATEST` where no version or alias was named. */
function calledArn({ name }: Found): string {
  return functionArn({ ...name, qualifier: name.qualifier ?? '$LATEST' })
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destinationRecord(found: Found, { condition, event, outcome, attempts, nowMs }: EventEnd): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: calledArn(found),
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
  await checkReach(ctx, name, role, destinationTargets[service].needs(deadLetterArn))
}

/** Throws unless `arn` can be a destination and the role may use it. */
export async function checkDestination(
  ctx: Ctx,
  name: FunctionName,
  role: string,
  arn: string,
  condition: 'OnSuccess' | 'OnFailure',
): Promise<void> {
  const service = parseArn(arn)?.service
  const target = destinationTarget(service)
  if (!target) {
    throw unsupported(`The destination ${arn}`, 'destinations are queues, topics, functions, event buses and buckets.')
  }
  if (service === 's3' && condition === 'OnSuccess') {
    throw unsupported(`The destination ${arn}`, 'a bucket is told of failures only.')
  }
  refuseFifo('The destination', arn)
  if (service === 'lambda') await checkFunction(ctx, name, arn)
  await checkReach(ctx, name, role, target.needs(arn))
}

/** Events have no message group. */
function refuseFifo(what: string, arn: string): void {
  if (arn.endsWith('.fifo')) throw unsupported(`${what} ${arn}`, 'it must be a standard queue or topic.')
}

async function checkFunction({ host }: Ctx, { scope, name }: FunctionName, arn: string): Promise<void> {
  const target = nameOfArn(arn)
  if (target && ownArn({ name: target }) === functionArn({ scope, name })) {
    throw invalid("You can't specify the function as a destination for itself.")
  }
  await host.functionTarget(arn).catch((error: unknown) => {
    throw isAwsError(error, 'ResourceNotFoundException') ? invalid(`The destination ARN ${arn} is invalid.`) : error
  })
}

async function checkReach(ctx: Ctx, name: FunctionName, role: string, needs: readonly AccessRequest[]): Promise<void> {
  const { principal } = await executionCredentials(ctx.host, name, role)
  for (const need of needs) {
    if (await ctx.read((tx) => ctx.host.isAllowed(principal, need, {}, tx))) continue
    const [service = '', operation = ''] = need.action.split(':')
    throw invalid(
      `The provided execution role does not have permissions to call ${operation} on ${service.toUpperCase()}`,
    )
  }
}
