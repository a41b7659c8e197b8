import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'

/** The name of the log group of an ARN, which may end in `:*`; undefined for what is none. */
export function logGroupOf(arn: string): string | undefined {
  const parsed = parseArn(arn)
  return parsed?.service === 'logs' ? /^log-group:([^:]+)(?::\*)?$/.exec(parsed.resource)?.[1] : undefined
}

export interface LogLine {
  readonly groupArn: string
  readonly payload: string
  readonly ruleArn: string
  readonly atMs: number
}

/**
 * Writes an event to a log group, which its account's resource policy has to permit: to a stream of the rule and the day,
 * so that a group does not fill with streams. A template may say `{"timestamp": …, "message": …}`, the time in
 * milliseconds. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
 */
export async function writeLine({ groupArn, payload, ruleArn, atMs }: LogLine, as: Principal, host: Host) {
  const { account = '', region = '' } = parseArn(groupArn) ?? {}
  const rule = ruleArn.slice(ruleArn.lastIndexOf('/') + 1)
  const stream = {
    logGroupName: logGroupOf(groupArn),
    logStreamName: `${rule}/${new Date(atMs).toISOString().slice(0, 10)}`,
  }
  const context = { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': parseArn(ruleArn)?.account ?? '' }
  const options = { as, scope: { account, region }, context }
  const logEvents = [lineOf(payload, atMs)]
  const put = () => host.invoke('logs:PutLogEvents', { ...stream, logEvents }, options)
  try {
    await put()
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
    await host.invoke('logs:CreateLogStream', stream, options).catch((failure: unknown) => {
      // Another event made it meanwhile.
      if (!isAwsError(failure, 'ResourceAlreadyExistsException')) throw failure
    })
    await put()
  }
}

function lineOf(payload: string, atMs: number): { timestamp: number; message: string } {
  const given = parse(payload)
  const { timestamp, message } = (given ?? {}) as { timestamp?: unknown; message?: unknown }
  return typeof timestamp === 'number' && typeof message === 'string'
    ? { timestamp, message }
    : { timestamp: atMs, message: payload }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
