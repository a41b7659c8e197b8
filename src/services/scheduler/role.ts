import type { JobCtx } from '../../kernel/delivery.ts'
import type { Principal } from '../../kernel/principal.ts'
import { groupArn, principalName } from './names.ts'
import type { Schedule } from './state.ts'

/** The role, which has to trust Scheduler for the schedule's group: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
export async function principalOf(
  { group, target }: Pick<Schedule, 'group' | 'target'>,
  { host, scope }: Pick<JobCtx, 'host' | 'scope'>,
): Promise<Principal> {
  const sourceArn = groupArn(scope, group)
  const options = { service: principalName, sessionName: 'scheduler', durationSec: 900, sourceArn }
  return (await host.assumeRole(target.roleArn, options)).principal
}
