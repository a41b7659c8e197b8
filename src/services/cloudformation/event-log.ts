import type { ServiceEvent } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import type { ResourceEvent } from '../../stacks/deployment.ts'
import { operationEvent } from './operation-log.ts'
import { event, type Stack, type StackEvent } from './state.ts'

type Line = Omit<ResourceEvent, 'status'> & { readonly status: string }

/** The request, and the operation on the stack, that it is a part of. */
interface Cause {
  readonly clientRequestToken?: string | undefined
  readonly operation?: string | undefined
}

/** Adds a line to a stack's events, and tells the default event bus of it. */
export async function addEvent(
  tx: Tx,
  of: Pick<Stack, 'uuid' | 'id'>,
  host: Host,
  line: Line,
  atMs: number,
  { clientRequestToken: token, operation }: Cause,
): Promise<void> {
  const value: StackEvent = { ...line, id: host.ids.uuid(), atMs, token, operation }
  tx.append(event.under(of.uuid), value)
  if (operation !== undefined) tx.append(operationEvent.under(of.uuid, operation), value)
  await host.announce(tx, statusChange(of.id, line, token))
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html, and of resources. */
function statusChange(stackId: string, line: Line, token: string | undefined): ServiceEvent {
  const ofStack = line.physicalId === stackId
  return {
    source: 'aws.cloudformation',
    detailType: `CloudFormation ${ofStack ? 'Stack' : 'Resource'} Status Change`,
    resources: [stackId],
    detail: {
      'stack-id': stackId,
      ...(!ofStack && {
        'logical-resource-id': line.logicalId,
        'physical-resource-id': line.physicalId ?? '',
        'resource-type': line.type,
      }),
      'status-details': { status: line.status, 'status-reason': line.reason ?? '' },
      ...(token !== undefined && { 'client-request-token': token }),
    },
  }
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
