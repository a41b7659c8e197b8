import type { Clock } from '../kernel/clock.ts'
import type { Deliveries } from '../kernel/delivery.ts'
import type { Ids } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Records } from '../kernel/records.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { InvocationSink, LogSink, MetricSink, UsageSink } from '../kernel/telemetry.ts'
import { createInvocationSink } from './invocation-sink.ts'
import { createLogSink } from './log-sink.ts'
import { createMetricSink } from './metric-sink.ts'
import { createUsageSink } from './usage-sink.ts'

export interface TelemetryOptions {
  readonly records: Records
  readonly clock: Clock
  readonly deliveries: Deliveries
  readonly ids: Ids
  readonly log: Log
  readonly sealing: Sealing
  /** Whether the last invocations of functions are kept. */
  readonly recordInvocations: boolean
}

export interface Telemetry extends AsyncDisposable {
  readonly logs: LogSink
  readonly metrics: MetricSink
  readonly usage: UsageSink
  readonly invocations: InvocationSink
}

/** Where functions and gateways leave their log lines and numbers. Closing writes what waits. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const logs = createLogSink(options)
  const metrics = createMetricSink(options)
  const usage = createUsageSink(options)
  const invocations = createInvocationSink({ ...options, enabled: options.recordInvocations })
  return {
    logs,
    metrics,
    usage,
    invocations,
    async [Symbol.asyncDispose]() {
      await logs[Symbol.asyncDispose]()
      await metrics[Symbol.asyncDispose]()
      await usage[Symbol.asyncDispose]()
      await invocations[Symbol.asyncDispose]()
    },
  }
}
