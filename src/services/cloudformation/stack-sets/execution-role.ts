import { openSession } from '../../../authn/session.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Scope } from '../../../kernel/records.ts'
import { ResourceFailure } from '../../../kernel/resource.ts'
import type { SetOperation, StackSet } from './state.ts'

export const administrationRole = 'AWSCloudFormationStackSetAdministrationRole'
export const executionRole = 'AWSCloudFormationStackSetExecutionRole'

/** A role's session lasts as long as one that is led to by another may: an hour. */
const durationSec = 3_600

/**
 * Becomes the execution role of an account: CloudFormation assumes the administration role, and as that role this one.
 * Both trust policies have to say so. Throws ResourceFailure, in the service's words, where one does not, or where there
 * is no such account or role.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
 */
export async function assumeExecutionRole(
  host: Host,
  scope: Scope,
  set: StackSet,
  { administrationRoleArn, executionRoleName }: SetOperation,
  account: string,
): Promise<Principal> {
  const administrator = administrationRoleArn.slice(administrationRoleArn.lastIndexOf('/') + 1)
  const options = { service: 'cloudformation.amazonaws.com', sessionName: set.uuid, durationSec, sourceArn: set.arn }
  const admin = await host.assumeRole(administrationRoleArn, options).catch((error: unknown) => {
    throw refused(
      error,
      `Account ${scope.account} should have '${administrator}' role with trust relationship to CloudFormation service.`,
    )
  })
  const { Credentials } = await host
    .invoke<{ Credentials: { SessionToken: string } }>(
      'sts:AssumeRole',
      { RoleArn: `arn:aws:iam::${account}:role/${executionRoleName}`, RoleSessionName: set.uuid },
      { as: admin.principal, scope: { account: scope.account, region: scope.region } },
    )
    .catch((error: unknown) => {
      throw refused(
        error,
        `Account ${account} should have '${executionRoleName}' role with trust relationship to Role '${administrator}'.`,
      )
    })
  const session = openSession(host.sealing, Credentials.SessionToken)
  if (!session) throw new Error('credentials that were just made cannot be read')
  return session.principal
}

function refused(error: unknown, words: string): unknown {
  return isAwsError(error) ? new ResourceFailure(words) : error
}
