import type { FunctionSpec, Outcome, RunRequest } from '../kernel/functions.ts'
import type { Failure } from './failure.ts'
import type { InvocationLog } from './invocation-log.ts'
import { type PlatformLines, platformLines, type Report } from './platform-lines.ts'

interface NotStarted {
  readonly failure: Failure
  readonly initMs: number
  readonly maxMemoryMb: number
  readonly logStream: string
}

/** The outcome of a request whose instance never got as far as the handler. */
export function notStarted(
  spec: FunctionSpec,
  request: RunRequest,
  { failure, initMs, maxMemoryMb, logStream }: NotStarted,
  log: InvocationLog,
  nowMs: () => number,
): Outcome {
  const lines = platformLines(spec.logFormat, spec.qualifier, nowMs, spec.systemLogLevel)
  const status = failure.errorType === 'Sandbox.Timedout' ? 'timeout' : 'error'
  for (const line of lines.initReport({ initMs, status, errorType: failure.errorType, phase: 'invoke' }))
    log.addPlatform(line)
  for (const line of lines.start(request.requestId)) log.addPlatform(line)
  const durationMs = initMs
  const report: Report = {
    durationMs,
    billedMs: Math.ceil(durationMs),
    memoryMb: spec.memoryMb,
    maxMemoryMb,
    status,
    errorType: failure.errorType,
  }
  return finish(lines, request, report, log, logStream, failure.document, failure)
}

/** Says how a request went, and closes its log: when its tail is asked for, else once the answer is on its way. */
export function finish(
  lines: PlatformLines,
  request: RunRequest,
  report: Report,
  log: InvocationLog,
  logStream: string,
  payload: Uint8Array,
  failure: Failure | undefined,
): Outcome {
  let closed = false
  const close = () => {
    if (closed) return
    closed = true
    for (const line of lines.end(request.requestId)) log.addPlatform(line)
    for (const line of lines.report(request.requestId, report)) log.addPlatform(line)
    log.flush()
  }
  setImmediate(close)
  return outcomeOf(report, logStream, payload, failure, () => {
    close()
    return log.tail()
  })
}

/** What the caller is told. */
export function outcomeOf(
  report: Report,
  logStream: string,
  payload: Uint8Array,
  failure: Failure | undefined,
  tail: () => string,
): Outcome {
  return {
    payload,
    ...(failure ? { error: 'Unhandled' as const } : {}),
    durationMs: report.durationMs,
    billedMs: report.billedMs,
    ...(report.initMs === undefined ? {} : { initMs: report.initMs }),
    maxMemoryMb: report.maxMemoryMb,
    logStream,
    get tail() {
      return tail()
    },
  }
}
