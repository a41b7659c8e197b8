import { instantOf, isTimeZone, wallTimeOf } from '../kernel/time-zone.ts'

/** When a schedule fires. Times are epoch milliseconds. */
export interface Schedule {
  /**
   * The first time after `afterMs`, or undefined when there is none. A rate counts from `anchorMs`, which is its first
   * time.
   */
  next(afterMs: number, anchorMs: number): number | undefined
}

export interface ScheduleOptions {
  /** In which `cron` and `at` are read, an IANA name. Default UTC. */
  readonly timeZone?: string
  /** EventBridge's rules take `rate(1 hour)` and `rate(2 hours)` only, Scheduler any number with either. */
  readonly anyPlural?: boolean
  /** Takes `at(2026-01-02T03:04:05)` too: once, at that time. */
  readonly oneTime?: boolean
}

const minuteMs = 60_000
const units: Readonly<Record<string, number>> = { minute: minuteMs, hour: 60 * minuteMs, day: 24 * 60 * minuteMs }
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const firstYear = 1970
const lastYear = 2199

/**
 * Reads `rate(5 minutes)`, `cron(0 12 ? * MON-FRI *)` or, where it is asked for, `at(2026-01-02T03:04:05)`; undefined for
 * what is neither, or for a time zone that is none.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseSchedule(text: string, options: ScheduleOptions = {}): Schedule | undefined {
  const { timeZone = 'UTC', anyPlural = false, oneTime = false } = options
  if (!isTimeZone(timeZone)) return undefined
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(text)
  if (rate) {
    const [, count, unit = '', plural] = rate
    if (!anyPlural && (count === '1') !== (plural === '')) return undefined
    const everyMs = Number(count) * (units[unit] ?? 0)
    if (!Number.isSafeInteger(everyMs)) return undefined
    return {
      next: (afterMs, anchorMs) => anchorMs + Math.max(0, Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs,
    }
  }
  const cron = /^cron\(([^()]*)\)$/.exec(text)
  if (cron) return parseCron((cron[1] ?? '').trim().split(/\s+/), timeZone)
  return oneTime ? parseAt(text, timeZone) : undefined
}

function parseAt(text: string, timeZone: string): Schedule | undefined {
  const [, time] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(text) ?? []
  if (time === undefined) return undefined
  const wallMs = Date.parse(`${time}Z`)
  // Date takes the 30th of February for the 2nd of March.
  if (Number.isNaN(wallMs) || !new Date(wallMs).toISOString().startsWith(time)) return undefined
  const atMs = instantOf(timeZone, wallMs, 'later')
  return { next: (afterMs) => (atMs !== undefined && atMs > afterMs ? atMs : undefined) }
}

function parseCron(fields: readonly string[], timeZone: string): Schedule | undefined {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) return undefined
  const minutes = values(minute, 0, 59)
  const hours = values(hour, 0, 23)
  const months = values(month, 1, 12, monthNames)
  const years = values(year, firstYear, lastYear)
  const days = dayOfMonth === '?' ? weekdays(dayOfWeek) : monthDays(dayOfMonth)
  if (!minutes || !hours || !months || !years || !days) return undefined
  const cron = { minutes, hours, months, years, days }
  return {
    next(afterMs) {
      let wallMs: number | undefined = wallTimeOf(timeZone, afterMs)
      for (;;) {
        wallMs = nextWallTime(cron, wallMs)
        if (wallMs === undefined) return undefined
        // A time that daylight saving leaves out is left out; of one that it repeats only the first counts.
        const atMs = instantOf(timeZone, wallMs, 'none')
        if (atMs !== undefined && atMs > afterMs) return atMs
      }
    },
  }
}

/** The days of a month, ascending. */
type Days = (year: number, month: number) => readonly number[]

interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: readonly number[]
  readonly years: readonly number[]
  readonly days: Days
}

/** The first after a time; both as the clock on the wall shows them, written as if that were UTC. */
function nextWallTime({ minutes, hours, months, years, days }: Cron, afterMs: number): number | undefined {
  const after = new Date(afterMs)
  for (const year of years) {
    if (year < after.getUTCFullYear()) continue
    for (const month of months) {
      if (year === after.getUTCFullYear() && month < after.getUTCMonth() + 1) continue
      for (const day of days(year, month)) {
        const midnightMs = Date.UTC(year, month - 1, day)
        if (midnightMs + units.day! <= afterMs) continue
        for (const hour of hours) {
          for (const minute of minutes) {
            const atMs = midnightMs + hour * units.hour! + minute * minuteMs
            if (atMs > afterMs) return atMs
          }
        }
      }
    }
  }
  return undefined
}

/** `*`, `5`, `1-5`, `0/15`, `1-30/2`, and lists of those; undefined when it is none. */
function values(field: string, low: number, high: number, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [range = '', step, ...more] = part.split('/')
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return undefined
    const bounds = range === '*' ? [low, high] : range.split('-').map((one) => numberOf(one, low, names))
    const [from, to = step === undefined ? from : high] = bounds
    if (bounds.length > 2 || from === undefined || to === undefined) return undefined
    if (!(from >= low && from <= high && to >= low && to <= high)) return undefined
    // A range may run over the end: FRI-MON.
    const span = to >= from ? to - from : names.length > 0 ? to - from + (high - low + 1) : -1
    if (span < 0) return undefined
    for (let at = 0; at <= span; at += Number(step ?? 1)) found.add(low + ((from - low + at) % (high - low + 1)))
  }
  return [...found].sort((a, b) => a - b)
}

function numberOf(text: string, low: number, names: readonly string[]): number {
  const named = names.indexOf(text.toUpperCase())
  if (named >= 0) return low + named
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
}

const lengthOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate()
/** 0 is Sunday. */
const weekdayOf = (year: number, month: number, day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay()

/** Days by number, `L` for the last, `15W` for the weekday nearest to the 15th of the same month. */
function monthDays(field: string): Days | undefined {
  if (field === 'L') return (year, month) => [lengthOf(year, month)]
  const near = /^(\d{1,2})W$/.exec(field)
  if (near) {
    const wanted = Number(near[1])
    if (wanted < 1 || wanted > 31) return undefined
    return (year, month) => (wanted > lengthOf(year, month) ? [] : [nearestWeekday(year, month, wanted)])
  }
  if (field === 'LW') return (year, month) => [nearestWeekday(year, month, lengthOf(year, month))]
  const wanted = values(field, 1, 31)
  return wanted && ((year, month) => wanted.filter((day) => day <= lengthOf(year, month)))
}

function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day)
  if (weekday === 6) return day > 1 ? day - 1 : day + 2
  if (weekday === 0) return day < lengthOf(year, month) ? day + 1 : day - 2
  return day
}

/** Days by weekday (1 is Sunday), `6L` for the last Friday, `3#2` for the second Tuesday. */
function weekdays(field: string): Days | undefined {
  if (field === 'L') return allOf([7])
  const last = /^([1-7]|[A-Za-z]{3})L$/.exec(field)
  if (last) {
    const weekday = numberOf(last[1] ?? '', 1, dayNames)
    if (Number.isNaN(weekday)) return undefined
    return (year, month) => allOf([weekday])(year, month).slice(-1)
  }
  const nth = /^([1-7]|[A-Za-z]{3})#([1-5])$/.exec(field)
  if (nth) {
    const weekday = numberOf(nth[1] ?? '', 1, dayNames)
    const which = Number(nth[2])
    if (Number.isNaN(weekday)) return undefined
    return (year, month) => allOf([weekday])(year, month).slice(which - 1, which)
  }
  const wanted = values(field, 1, 7, dayNames)
  return wanted && allOf(wanted)
}

function allOf(wanted: readonly number[]): Days {
  return (year, month) =>
    Array.from({ length: lengthOf(year, month) }, (_, index) => index + 1).filter((day) =>
      wanted.includes(weekdayOf(year, month, day) + 1),
    )
}
