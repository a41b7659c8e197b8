import { parseSchedule, type Schedule } from '../../delivery/schedule-expression.ts'
import { awsError } from '../../kernel/errors.ts'

/** When a secret is rotated, as it was asked for. */
export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined
  readonly Duration?: string | undefined
  readonly ScheduleExpression?: string | undefined
}

/** In which a secret is to be rotated; epoch milliseconds. */
export interface RotationWindow {
  readonly opensAtMs: number
  /** The last second of it. */
  readonly closesAtMs: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const leastHours = 4
const mostDays = 999
/** A cron expression repeats within a year; so many of its times are looked at for two that are too near. */
const timesCompared = 400

const dayOf = (atMs: number) => Math.floor(atMs / dayMs) * dayMs

/**
 * The next window after `afterMs`. What goes by days or by a rate counts from the day (UTC) of `fromMs`: that of the
 * last rotation, or of when the rate was set. Undefined when the rules name no time.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function nextWindow(rules: RotationRules, fromMs: number, afterMs: number): RotationWindow | undefined {
  const { AutomaticallyAfterDays, ScheduleExpression } = rules
  const opensAtMs =
    AutomaticallyAfterDays === undefined
      ? timesOf(ScheduleExpression)?.next(afterMs, dayOf(fromMs))
      : Math.max(dayOf(fromMs) + AutomaticallyAfterDays * dayMs, dayOf(afterMs) + dayMs)
  if (opensAtMs === undefined) return undefined
  return { opensAtMs, closesAtMs: opensAtMs + lengthMs(rules, opensAtMs) - 1_000 }
}

/** Throws InvalidParameterException for rules that say two things or none, too often, or with too long a window. */
export function checkRules(rules: RotationRules, nowMs: number): void {
  const { AutomaticallyAfterDays, ScheduleExpression } = rules
  if (AutomaticallyAfterDays !== undefined && ScheduleExpression !== undefined) {
    throw invalid("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
  }
  if (AutomaticallyAfterDays === undefined && ScheduleExpression === undefined) {
    throw invalid('RotationRules needs AutomaticallyAfterDays or ScheduleExpression.')
  }
  if (ScheduleExpression !== undefined) checkExpression(ScheduleExpression, nowMs)
  const first = nextWindow(rules, nowMs, nowMs)
  if (!first) throw invalid(`The ScheduleExpression ${ScheduleExpression} has no time to come.`)
  const windowMs = lengthMs(rules, first.opensAtMs)
  const second = nextWindow(rules, nowMs, first.opensAtMs)
  const nextDay = !inHours(ScheduleExpression) && first.opensAtMs + windowMs > dayOf(first.opensAtMs) + dayMs
  if (windowMs < hourMs || nextDay || (second && first.opensAtMs + windowMs > second.opensAtMs)) {
    throw invalid(
      'Duration is at least 1h, and the window must not extend into the next rotation window or the next UTC day.',
    )
  }
}

function checkExpression(text: string, nowMs: number): void {
  const times = timesOf(text)
  const rate = /^rate\((\d+) (hour|day)s?\)$/.exec(text)
  const cron = /^cron\(0 \S+ \S+ \S+ \S+ \*\)$/.test(text)
  if (!times || !(rate || cron)) {
    throw invalid(
      `The ScheduleExpression ${text} is not valid: rate() counts hours or days, and cron() has 0 for minutes and * for the year.`,
    )
  }
  if (rate?.[2] === 'day' && Number(rate[1]) > mostDays) throw invalid(`A rate can have at most ${mostDays} days.`)
  let at = times.next(nowMs, dayOf(nowMs))
  for (let n = 0; at !== undefined && n < timesCompared; n++) {
    const next = times.next(at, dayOf(nowMs))
    if (next !== undefined && next - at < leastHours * hourMs) {
      throw invalid(`A secret can be rotated at most every ${leastHours} hours, by its ScheduleExpression too.`)
    }
    at = next
  }
}

function timesOf(expression: string | undefined): Schedule | undefined {
  return expression === undefined ? undefined : parseSchedule(expression, { anyPlural: true })
}

/** Several times a day; else once a day or less. */
function inHours(expression = ''): boolean {
  const [, hours] = /^cron\(\S+ (\S+)/.exec(expression) ?? []
  return hours === undefined ? /hour/.test(expression) : !/^\d+$/.test(hours)
}

function lengthMs({ Duration, ScheduleExpression }: RotationRules, opensAtMs: number): number {
  if (Duration !== undefined) return Number.parseInt(Duration, 10) * hourMs
  return inHours(ScheduleExpression) ? hourMs : dayOf(opensAtMs) + dayMs - opensAtMs
}

function invalid(message: string): Error {
  return awsError('InvalidParameterException', message)
}
