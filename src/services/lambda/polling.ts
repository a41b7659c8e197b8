import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import { type Found, findVersion } from './find.ts'
import { refuseInactive } from './function-states.ts'
import { executionCredentials } from './role.ts'
import type { EventSourceMapping } from './state.ts'

/* What polling a queue and reading a stream have in common. */

/**
 * The version that this batch is for. Throws ResourceNotFoundException, or ResourceConflictException while it is in the
 * making: nothing is taken from the source that could not be given to it.
 */
export async function findTarget(
  host: Host,
  scope: Scope,
  { functionName, qualifier }: EventSourceMapping,
): Promise<Found> {
  const draw = Number.parseInt(host.ids.uuid().slice(0, 8), 16) / 0x1_0000_0000
  const found = await host.records.read(scope, (tx) => findVersion(tx, { scope, name: functionName, qualifier }, draw))
  refuseInactive(found.configuration)
  return found
}

/** Those of the function's execution role. */
export function credentials(host: Host, { name, record, configuration }: Found) {
  return executionCredentials(host, { scope: name.scope, name: record.name }, configuration.role)
}
