import type { UsageDay } from '../control.ts'
import { lambdaPrices, type PriceTier } from './prices.ts'

/** What a function or service used, and what AWS's list price of that is. */
export interface CostLine {
  readonly name: string
  readonly requests: number
  readonly gbSeconds: number
  readonly initMs: number
  /** Of `/tmp`, beyond what the price of the duration includes. */
  readonly storageGbSeconds: number
  readonly listPriceUsd: number
}

export interface Cost {
  readonly lines: readonly CostLine[]
  readonly total: Omit<CostLine, 'name'>
  /** What the free tier takes off `total.listPriceUsd`; 0 unless asked for. */
  readonly freeTierUsd: number
}

type Architecture = keyof typeof lambdaPrices.duration

/** Functions that belong to no stack and have no service tag. */
export const noService = '(none)'

/**
 * Prices use by function or by service. Tiers are those of a month and an architecture, as AWS applies them; each line
 * has its share of the whole by what it used.
 */
export function costOf(
  usage: readonly UsageDay[],
  by: 'function' | 'service',
  options: { readonly freeTier: boolean },
): Cost {
  const lines = new Map<string, CostLine>()
  let freeTierUsd = 0
  for (const month of Map.groupBy(usage, ({ day }) => day.slice(0, 7)).values()) {
    const rates = ratesOf(month)
    for (const day of month) {
      const name = by === 'function' ? day.functionName : (day.service ?? noService)
      lines.set(name, plus(lines.get(name), { name, ...priced(day, rates) }))
    }
    if (options.freeTier) freeTierUsd += free(month)
  }
  const sorted = [...lines.values()].sort((a, b) => b.listPriceUsd - a.listPriceUsd || (a.name < b.name ? -1 : 1))
  const { name: _name, ...total } = sorted.reduce<CostLine>((sum, line) => plus(sum, line), nothing)
  return { lines: sorted, total, freeTierUsd }
}

const nothing: CostLine = { name: '', requests: 0, gbSeconds: 0, initMs: 0, storageGbSeconds: 0, listPriceUsd: 0 }

function plus(a: CostLine = nothing, b: CostLine): CostLine {
  return {
    name: b.name,
    requests: a.requests + b.requests,
    gbSeconds: a.gbSeconds + b.gbSeconds,
    initMs: a.initMs + b.initMs,
    storageGbSeconds: a.storageGbSeconds + b.storageGbSeconds,
    listPriceUsd: a.listPriceUsd + b.listPriceUsd,
  }
}

const gbSecondsOf = ({ memoryMbMs }: UsageDay) => memoryMbMs / 1024 / 1000

/** What a gigabyte-second of each architecture costs in this month, over all tiers that its use reaches. */
function ratesOf(month: readonly UsageDay[]): Record<Architecture, number> {
  const rate = (architecture: Architecture) => {
    const own = month.filter((day) => architectureOf(day) === architecture)
    const gbSeconds = own.reduce((sum, day) => sum + gbSecondsOf(day), 0)
    const tiers = lambdaPrices.duration[architecture]
    return gbSeconds === 0 ? tiers[0].perGbSecond : tiered(gbSeconds, tiers) / gbSeconds
  }
  return { x86_64: rate('x86_64'), arm64: rate('arm64') }
}

export function tiered(gbSeconds: number, tiers: readonly PriceTier[]): number {
  return tiers.reduce((sum, { from, perGbSecond }, index) => {
    const to = tiers[index + 1]?.from ?? Number.POSITIVE_INFINITY
    return sum + Math.max(0, Math.min(gbSeconds, to) - from) * perGbSecond
  }, 0)
}

function priced(day: UsageDay, rates: Record<Architecture, number>): Omit<CostLine, 'name'> {
  const { requests, billedMs, initMs, storageMbMs } = day
  const { perRequest, storage } = lambdaPrices
  const gbSeconds = gbSecondsOf(day)
  const storageGbSeconds = Math.max(0, storageMbMs - billedMs * storage.includedMb) / 1024 / 1000
  const listPriceUsd =
    requests * perRequest + gbSeconds * rates[architectureOf(day)] + storageGbSeconds * storage.perGbSecond
  return { requests, gbSeconds, initMs, storageGbSeconds, listPriceUsd }
}

/** What the free tier of one month is worth: of the durations the dearest first, as the one on the bill. */
function free(month: readonly UsageDay[]): number {
  const { freeTier, perRequest, duration } = lambdaPrices
  const requests = month.reduce((sum, day) => sum + day.requests, 0)
  let left = freeTier.gbSeconds
  let worth = Math.min(requests, freeTier.requests) * perRequest
  for (const architecture of ['x86_64', 'arm64'] as const) {
    const own = month.filter((day) => architectureOf(day) === architecture)
    const taken = Math.min(
      left,
      own.reduce((sum, day) => sum + gbSecondsOf(day), 0),
    )
    worth += taken * duration[architecture][0].perGbSecond
    left -= taken
  }
  return worth
}

function architectureOf({ architecture }: UsageDay): Architecture {
  return architecture === 'arm64' ? 'arm64' : 'x86_64'
}
