import type { Clock } from '../kernel/clock.ts'
import type { Ids } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Records } from '../kernel/records.ts'
import type { LogSink, MetricSink } from '../kernel/telemetry.ts'
import { createLogSink } from './log-sink.ts'
import { createMetricSink } from './metric-sink.ts'

export interface TelemetryOptions {
  readonly records: Records
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export interface Telemetry extends AsyncDisposable {
  readonly logs: LogSink
  readonly metrics: MetricSink
}

/** Where functions and gateways leave their log lines and numbers. Closing writes what waits. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const logs = createLogSink(options)
  const metrics = createMetricSink(options)
  return {
    logs,
    metrics,
    async [Symbol.asyncDispose]() {
      await logs[Symbol.asyncDispose]()
      await metrics[Symbol.asyncDispose]()
    },
  }
}
