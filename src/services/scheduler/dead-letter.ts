import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { countFigure } from './metrics.ts'
import { scheduleArn } from './names.ts'
import { requestOf, timeOf } from './request.ts'
import { principalOf } from './role.ts'
import type { Invocation } from './state.ts'

const mostBodyBytes = 262_144
const mostAttributeLength = 1_000

/**
 * Keeps in the dead-letter queue, if there is one that the role may send to, the call that failed, and why.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export async function bury(
  invocation: Invocation,
  error: unknown,
  condition: string | undefined,
  ctx: JobCtx,
): Promise<void> {
  const { host, scope } = ctx
  const { group, name, target } = invocation
  const arn = scheduleArn(scope, group, name)
  const known = isAwsError(error)
  const code = known ? error.code : 'AWS.Scheduler.InternalServerError'
  host.log.warn('an invocation of a schedule was given up', { schedule: arn, target: target.arn, error: code })
  if (target.deadLetterArn === undefined) return
  const { action, body } = requestText(invocation, ctx)
  const bytes = Buffer.from(body)
  const truncated = bytes.byteLength > mostBodyBytes
  const attributes = {
    ERROR_CODE: code,
    ERROR_MESSAGE: known ? error.message || code : 'Unexpected error occurred while processing the request',
    EXECUTION_ID: invocation.executionId,
    ...(condition !== undefined && { EXHAUSTED_RETRY_CONDITION: condition }),
    IS_PAYLOAD_TRUNCATED: String(truncated),
    RETRY_ATTEMPTS: String(ctx.attempt - 1),
    SCHEDULED_TIME: timeOf(invocation.scheduledAtMs),
    SCHEDULE_ARN: arn,
    TARGET_ARN: `arn:aws:scheduler:::aws-sdk:${action}`,
  }
  try {
    const queue = await host.messageTarget(target.deadLetterArn)
    const as = await principalOf(invocation, ctx)
    const message = {
      body: truncated ? bytes.subarray(0, mostBodyBytes).toString() : body,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, text]) => [key, attribute(text)])),
      sourceArn: arn,
    }
    await host.records.write(scope, (tx) => queue.send(tx, message, as))
    countFigure(host, scope, group, 'InvocationsSentToDeadLetterCount')
    if (truncated) {
      countFigure(host, scope, group, 'InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded')
    }
  } catch (failure) {
    if (!isAwsError(failure)) throw failure
    // A queue that is not there, or that the role may not send to: AWS loses it as well.
    host.log.warn('a dead-letter queue did not take an invocation', {
      queue: target.deadLetterArn,
      error: failure.code,
    })
    countFigure(host, scope, group, 'InvocationsFailedToBeSentToDeadLetterCount')
    countFigure(host, scope, group, `InvocationsFailedToBeSentToDeadLetterCount_${failure.code}`)
  }
}

/** The call that failed; the input alone when it did not come to one. */
function requestText(invocation: Invocation, { host, scope, attempt }: JobCtx): { action: string; body: string } {
  try {
    const { action, input } = requestOf(invocation, attempt, { scope, endpoint: host.endpoint })
    return { action, body: JSON.stringify(input) }
  } catch {
    const { arn, input = '{}' } = invocation.target
    return { action: arn.slice(arn.indexOf('aws-sdk:') + 'aws-sdk:'.length), body: input }
  }
}

const attribute = (text: string) => ({ dataType: 'String', stringValue: text.slice(0, mostAttributeLength) })
