import type { ServiceEvent } from '../../kernel/events.ts'
import type { Scope } from '../../kernel/records.ts'
import { parameterArn } from './names.ts'
import type { Version } from './state.ts'

/** A change of a parameter as an event: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html */
export function parameterEvent(
  scope: Scope,
  name: string,
  operation: 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion',
  { type, description }: Pick<Version, 'type' | 'description'>,
): ServiceEvent {
  return {
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    resources: [parameterArn(scope, name)],
    detail: { operation, name, type, ...(description !== undefined && { description }) },
  }
}
