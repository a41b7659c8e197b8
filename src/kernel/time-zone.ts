/**
 * Wall times of a time zone and the moments that they are. A wall time is written as epoch milliseconds as if it were
 * UTC, so that calendar arithmetic needs no zone. The zones are those of the ICU that Node was built with.
 */

const formats = new Map<string, Intl.DateTimeFormat>()
/** There are some 600 names; who makes up others is refused before they get here. */
const mostFormats = 1_000
const dayMs = 86_400_000

/** Whether it is a name of the time zone database (`Europe/Vienna`, `UTC`), not an offset. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** What the clock on the wall shows at a moment. */
export function wallTimeOf(zone: string, atMs: number): number {
  if (zone === 'UTC') return atMs
  const parts = new Map(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  const wallMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wallMs + (atMs - Math.floor(atMs / 1_000) * 1_000)
}

/**
 * The moment of a wall time: the first of the two when it is repeated. One that is left out as the clock goes forwards
 * has none, or with `later` is moved on by as much as the clock is.
 */
export function instantOf(zone: string, wallMs: number, leftOut: 'none' | 'later'): number | undefined {
  if (zone === 'UTC') return wallMs
  // The zone's offsets around it: no zone changes twice in two days.
  const before = wallTimeOf(zone, wallMs - dayMs) - (wallMs - dayMs)
  const after = wallTimeOf(zone, wallMs + dayMs) - (wallMs + dayMs)
  const found = [wallMs - before, wallMs - after].filter((atMs) => wallTimeOf(zone, atMs) === wallMs)
  if (found.length > 0) return Math.min(...found)
  return leftOut === 'later' ? wallMs - before : undefined
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    const numbers = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
    const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'gregory', ...numbers, ...time })
    if (formats.size >= mostFormats) formats.clear()
    formats.set(zone, format)
  }
  return format
}
