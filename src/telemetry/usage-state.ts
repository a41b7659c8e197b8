import { keyspace } from '../store/keyspace.ts'

/** What one function used of one architecture in one hour. */
export interface Usage {
  readonly requests: number
  readonly billedMs: number
  /** Of `billedMs`, what loading code took. */
  readonly initMs: number
  /** Billed milliseconds times megabytes of memory. */
  readonly memoryMbMs: number
  /** Billed milliseconds times megabytes of `/tmp`. */
  readonly storageMbMs: number
  /** What the function belonged to when it ran last. */
  readonly service?: string | undefined
}

export const hourMs = 3_600_000

/** Of an account, in order of time. */
export const usageHour = keyspace('usage').record<
  Usage,
  [hourAtMs: number, region: string, functionName: string, architecture: string]
>('hour', { scope: 'account' })
