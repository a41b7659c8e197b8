import type { ReadTx } from '../kernel/records.ts'
import { sum } from './usage-sink.ts'
import { hourMs, type Usage, usageHour } from './usage-state.ts'

/** What a function used in one day (UTC). */
export interface UsageDay extends Usage {
  readonly day: string
  readonly region: string
  readonly functionName: string
  readonly architecture: string
}

/** What the functions of an account used since the hour that `sinceMs` is in, by day, in order of time. */
export async function listUsage(tx: ReadTx, sinceMs: number): Promise<UsageDay[]> {
  const days = new Map<string, UsageDay>()
  const fromMs = Math.floor(sinceMs / hourMs) * hourMs
  for await (const { key, value } of tx.range(usageHour.between([], { from: [fromMs] }))) {
    const [atMs, region, functionName, architecture] = key
    const day = new Date(atMs).toISOString().slice(0, 10)
    const name = `${day} ${region} ${functionName} ${architecture}`
    const before = days.get(name)
    days.set(name, { day, region, functionName, architecture, ...(before ? sum(before, value) : value) })
  }
  return [...days.values()]
}
