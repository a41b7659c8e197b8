import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { CallOptions, FunctionTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { groupArn } from './find.ts'

/**
 * A function that is to get a group's events, and as whom it is called. Its policy may name the service or the service
 * of this region, with the group's ARN as the source. Throws InvalidParameterException when neither is allowed.
 */
export async function subscriberFor(
  host: Host,
  scope: Scope,
  logGroupName: string,
  destinationArn: string,
): Promise<{ target: FunctionTarget; options: CallOptions }> {
  const refused = (cause?: unknown) =>
    awsError(
      'InvalidParameterException',
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      { cause },
    )
  const target = await host.functionTarget(destinationArn).catch((error: unknown) => {
    throw isAwsError(error) ? refused(error) : error
  })
  const sourceArn = `${groupArn(scope, logGroupName)}:*`
  const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': scope.account }
  const request = { action: 'lambda:InvokeFunction', resource: destinationArn }
  for (const name of ['logs.amazonaws.com', `logs.${scope.region}.amazonaws.com`]) {
    const principal = servicePrincipal(name)
    if (await host.records.read(scope, (tx) => host.isAllowed(principal, request, context, tx)))
      return { target, options: { principal, sourceArn, sourceAccount: scope.account } }
  }
  throw refused()
}
