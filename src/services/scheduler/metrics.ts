import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'

type Figure =
  | 'InvocationAttemptCount'
  | 'TargetErrorCount'
  | 'TargetErrorThrottledCount'
  | 'InvocationDroppedCount'
  | 'InvocationsSentToDeadLetterCount'
  | 'InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded'
  | 'InvocationsFailedToBeSentToDeadLetterCount'
  | `InvocationsFailedToBeSentToDeadLetterCount_${string}`

/** Counts one, of all schedules and of the group: https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
export function countFigure(host: Host, scope: Scope, group: string, name: Figure): void {
  const atMs = host.clock.nowMs()
  for (const dimensions of [{}, { ScheduleGroup: group }]) {
    host.metrics.put(scope, { namespace: 'AWS/Scheduler', name, dimensions, unit: 'Count', value: 1, atMs })
  }
}
