import type { InspectorReport } from '../kernel/functions.ts'
import type { Hold } from './time-limit.ts'

/** How a process of some runtime is started; the same text starts interchangeable processes. */
export interface LaunchPlan {
  readonly key: string
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The size of `/tmp`, where that can be bounded. */
  readonly tmpMb: number
  /** What the program itself needs beside the function's memory. Absent: nothing that is not the function's. */
  readonly overheadMb?: number
  /** True for a program that opens an inspector when its last argument is `inspect`. */
  readonly inspectable?: boolean
  /** Present for a process with an inspector: it shares the host's network, and is never frozen. */
  readonly inspection?: { readonly hold: Hold; onReport(report: InspectorReport): void }
}
