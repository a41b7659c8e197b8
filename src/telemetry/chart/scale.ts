/** The values that an axis shows, and the ticks on it. */
export interface Scale {
  readonly min: number
  readonly max: number
  readonly ticks: readonly number[]
}

/**
 * About `count` ticks at round values that hold all values; a bound that is given is kept as it is. Without one,
 * values above zero stand on zero.
 */
export function valueScale(
  least: number,
  most: number,
  { min, max, count }: { readonly min?: number | undefined; readonly max?: number | undefined; readonly count: number },
): Scale {
  let low = min ?? Math.min(0, least)
  let high = max ?? Math.max(0, most)
  if (!(high > low)) [low, high] = max === undefined ? [low, low + 1] : [high - 1, high]
  const step = niceStep((high - low) / Math.max(1, count))
  if (min === undefined) low = Math.floor(low / step + 1e-9) * step
  if (max === undefined) high = Math.ceil(high / step - 1e-9) * step
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.length < 100; i++)
    ticks.push(i * step)
  return { min: low, max: high, ticks }
}

function niceStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const share = rough / power
  return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 2.5 ? 2.5 : share <= 5 ? 5 : 10)
}

const prefixes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** `12.5k`; as many digits as tell ticks apart that lie `step` from each other. */
export function tickText(value: number, step: number, largest: number): string {
  const [unit = 1, prefix = ''] = prefixes.find(([size]) => largest >= size * 10) ?? []
  const shown = value / unit
  const digits = Math.min(10, Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9)))
  if (largest < 1e-6) return value === 0 ? '0' : value.toExponential(1)
  const text = shown.toFixed(
    Number.isInteger(round(step / unit, digits)) ? digits : digits + extra(step / unit, digits),
  )
  return `${text.replace(/^-(0(?:\.0*)?)$/, '$1')}${value === 0 ? '' : prefix}`
}

const round = (value: number, digits: number) => Number((value * 10 ** digits).toFixed(6))
/** Steps of 2.5 need one digit more. */
const extra = (step: number, digits: number) => (Number.isInteger(round(step, digits)) ? 0 : 1)

/** A value by itself: three or four digits that say something, or all of them. */
export function valueText(value: number, full = false): string {
  if (full) return new Intl.NumberFormat('en-US', { maximumFractionDigits: 15 }).format(value)
  const size = Math.abs(value)
  for (const [unit, prefix] of prefixes)
    if (size >= unit * (unit === 1e3 ? 10 : 1)) return `${short(value / unit)}${prefix}`
  return size > 0 && size < 1e-4 ? value.toExponential(2) : short(value)
}

const short = (value: number) => new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 }).format(value)

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const timeSteps = [
  ...[1_000, 5_000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * dayMs),
]

/** Times at round steps of the local clock, no more than `count`. */
export function timeTicks(
  fromMs: number,
  toMs: number,
  count: number,
  offsetMs: number,
): { stepMs: number; ticks: number[] } {
  const stepMs = timeSteps.find((step) => (toMs - fromMs) / step <= count) ?? 364 * dayMs
  const ticks: number[] = []
  const first = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs
  for (let atMs = first; atMs <= toMs && ticks.length < 100; atMs += stepMs) ticks.push(atMs)
  return { stepMs, ticks }
}

/** `14:30`, or `11/22` of a tick at midnight. */
export function timeText(atMs: number, stepMs: number, offsetMs: number): string {
  const text = new Date(atMs + offsetMs).toISOString()
  const isMidnight = (atMs + offsetMs) % dayMs === 0
  if (stepMs >= 91 * dayMs) return text.slice(0, 7)
  if (isMidnight || stepMs >= dayMs) return text.slice(5, 10).replace('-', '/')
  return text.slice(11, stepMs < minuteMs ? 19 : 16)
}
