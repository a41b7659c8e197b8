import type { RunRequest } from '../kernel/functions.ts'
import { parseJson } from './failure.ts'
import type { Report } from './platform-lines.ts'

/** What the node knows of an instance's extensions; the rest is its supervisor's (runtimes/supervisor.mjs). */
export interface Extensions {
  /** How long they need to end. */
  readonly shutdownMs: number
}

const mostShutdownMs = 2_500

/** What a program says when it has loaded its function: undefined when there are no extensions. */
export function readExtensions(payload: Buffer): Extensions | undefined {
  if (payload.length === 0) return undefined
  const parsed = parseJson(payload)
  const { shutdownMs } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>
  return typeof shutdownMs === 'number' ? { shutdownMs: Math.min(Math.max(0, shutdownMs), mostShutdownMs) } : undefined
}

/** The record of `platform.report`: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report */
export function reportRecord({ requestId }: RunRequest, report: Report): Buffer {
  const { durationMs, billedMs, memoryMb, maxMemoryMb, initMs, status, errorType } = report
  const record = {
    requestId,
    status,
    ...(errorType !== undefined && { errorType }),
    metrics: {
      durationMs,
      billedDurationMs: billedMs,
      memorySizeMB: memoryMb,
      maxMemoryUsedMB: maxMemoryMb,
      ...(initMs !== undefined && { initDurationMs: initMs }),
    },
  }
  return Buffer.from(JSON.stringify(record))
}
