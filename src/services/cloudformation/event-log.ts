import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import type { ResourceEvent } from '../../stacks/deployment.ts'
import { event, type Stack, type StackEvent } from './state.ts'

/** Adds a line to a stack's events. */
export function addEvent(
  tx: Tx,
  uuid: string,
  host: Pick<Host, 'ids'>,
  line: Omit<ResourceEvent, 'status'> & { readonly status: string },
  atMs: number,
  token: string | undefined,
): void {
  const value: StackEvent = { ...line, id: host.ids.uuid(), atMs, ...(token === undefined ? {} : { token }) }
  tx.append(event.under(uuid), value)
}

/** The stack's own line in its events. */
export function stackLine(of: Stack): Omit<StackEvent, 'id' | 'atMs'> {
  return {
    logicalId: of.name,
    physicalId: of.id,
    type: 'AWS::CloudFormation::Stack',
    status: of.status,
    ...(of.reason === undefined ? {} : { reason: of.reason }),
  }
}
