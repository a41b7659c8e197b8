import { parseArn } from '../../kernel/arn.ts'
import { passingRole } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import type { SubscriptionFilter } from '../../telemetry/log-state.ts'

const vendors = ['lambda', 'kinesis', 'firehose', 'logs']

/** What is said of a subscription filter, of a group or of the account. */
export interface GivenFilter {
  readonly name: string
  readonly pattern: string
  readonly destinationArn: string
  readonly roleArn?: string | undefined
  readonly distribution?: SubscriptionFilter['distribution'] | undefined
  readonly onTransformed?: boolean | undefined
}

/** A filter as it is kept. Throws InvalidParameterException for one that can't be. */
export function readFilter(given: GivenFilter, ctx: Ctx): SubscriptionFilter {
  const { destinationArn, roleArn } = given
  parseFilter(given.pattern)
  const to = parseArn(destinationArn)
  if (!to) throw invalid(`destinationArn is not an ARN: ${destinationArn}`)
  const { service } = to
  if (!vendors.includes(service) || (service === 'logs' && !to.resource.startsWith('destination:')))
    throw invalid(
      `Destinations of ${service} are not supported by Landfall: functions, Kinesis, Firehose and destinations of logs are.`,
    )
  // A destination has a role of its own.
  const needsRole = service === 'kinesis' || service === 'firehose'
  if (!needsRole && roleArn !== undefined)
    throw invalid(`destinationArn for vendor ${service} cannot be used with roleArn`)
  if (needsRole && roleArn === undefined)
    throw invalid(`destinationArn for vendor ${service} cannot be used without roleArn`)
  if (to.region !== ctx.region) throw invalid('The destination must be in the region of the log group.')
  return { ...given, createdAtMs: ctx.nowMs, roleArn, distribution: given.distribution ?? 'ByLogStream' }
}

/** The group that a function's own lines go to; of another destination none. */
export function ownGroupOf(destinationArn: string): string | undefined {
  const to = parseArn(destinationArn)
  return to?.service === 'lambda' ? `/aws/lambda/${to.resource.split(':')[1]}` : undefined
}

/** What may be asked of a filter's destination: one of logs has a policy that says who may subscribe groups to it. */
export function subscribing(destinationArn: string) {
  return parseArn(destinationArn)?.service === 'logs'
    ? [{ action: 'logs:PutSubscriptionFilter', resource: destinationArn }]
    : []
}

/** The permission to hand a role over to the service. */
export function passedRole(resource: string) {
  return passingRole(resource, 'logs.amazonaws.com')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
