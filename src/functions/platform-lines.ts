/** The lines that the platform adds to a function's log: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
export interface PlatformLines {
  start(requestId: string): string[]
  end(requestId: string): string[]
  report(requestId: string, report: Report): string[]
  /** The instance did not get as far as its handler. */
  initReport(report: {
    initMs: number
    status: 'error' | 'timeout'
    errorType?: string
    phase: 'init' | 'invoke'
  }): string[]
  timedOut(requestId: string, timeoutMs: number): string[]
  exited(requestId: string, message: string): string[]
}

export interface Report {
  readonly durationMs: number
  readonly billedMs: number
  readonly memoryMb: number
  readonly maxMemoryMb: number
  readonly initMs?: number | undefined
  readonly status: 'success' | 'failure' | 'error' | 'timeout'
  readonly errorType?: string | undefined
}

const ms = (value: number) => value.toFixed(2)
const iso = (atMs: number) => new Date(atMs).toISOString()

export function platformLines(
  format: 'Text' | 'JSON',
  version: string,
  nowMs: () => number,
  systemLevel: string | undefined,
): PlatformLines {
  return format === 'JSON' ? jsonLines(version, nowMs, systemLevel) : textLines(version, nowMs)
}

function textLines(version: string, nowMs: () => number): PlatformLines {
  return {
    start: (requestId) => [`START RequestId: ${requestId} Version: ${version}`],
    end: (requestId) => [`END RequestId: ${requestId}`],
    report(requestId, report) {
      const parts = [
        `REPORT RequestId: ${requestId}`,
        `Duration: ${ms(report.durationMs)} ms`,
        `Billed Duration: ${report.billedMs} ms`,
        `Memory Size: ${report.memoryMb} MB`,
        `Max Memory Used: ${report.maxMemoryMb} MB`,
      ]
      if (report.initMs !== undefined) parts.push(`Init Duration: ${ms(report.initMs)} ms`)
      if (report.status === 'timeout') parts.push('Status: timeout')
      if (report.status === 'error')
        parts.push('Status: error', `Error Type: ${report.errorType ?? 'Runtime.ExitError'}`)
      return [`${parts.join('\t')}\t`]
    },
    initReport({ initMs, status, errorType, phase }) {
      const parts = [`INIT_REPORT Init Duration: ${ms(initMs)} ms`, `Phase: ${phase}`, `Status: ${status}`]
      if (errorType) parts.push(`Error Type: ${errorType}`)
      return [parts.join('\t')]
    },
    timedOut: (requestId, timeoutMs) => [
      `${iso(nowMs())} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
    ],
    exited: (requestId, message) => [`RequestId: ${requestId} Error: ${message}`],
  }
}

function jsonLines(version: string, nowMs: () => number, systemLevel: string | undefined): PlatformLines {
  const event = (type: string, record: Record<string, unknown>, level = 1) => {
    const least = systemLevel === 'DEBUG' ? 0 : systemLevel === 'WARN' ? 2 : 1
    return level < least ? [] : [JSON.stringify({ time: iso(nowMs()), type, record })]
  }
  const level = (status: string) => (status === 'success' ? 1 : 2)
  return {
    start: (requestId) => event('platform.start', { requestId, functionVersion: version, version }),
    // JSON has runtimeDone instead, at DEBUG; the report says the same at INFO.
    end: (requestId) => event('platform.runtimeDone', { requestId }, 0),
    report: (requestId, report) =>
      event(
        'platform.report',
        {
          requestId,
          metrics: {
            durationMs: Number(ms(report.durationMs)),
            billedDurationMs: report.billedMs,
            memorySizeMB: report.memoryMb,
            maxMemoryUsedMB: report.maxMemoryMb,
            ...(report.initMs === undefined ? {} : { initDurationMs: Number(ms(report.initMs)) }),
          },
          status: report.status,
          ...(report.errorType ? { errorType: report.errorType } : {}),
        },
        level(report.status),
      ),
    initReport: ({ initMs, status, errorType, phase }) =>
      event(
        'platform.initReport',
        {
          initializationType: 'on-demand',
          phase,
          status,
          ...(errorType ? { errorType } : {}),
          metrics: { durationMs: Number(ms(initMs)) },
        },
        2,
      ),
    timedOut: () => [],
    exited: () => [],
  }
}
