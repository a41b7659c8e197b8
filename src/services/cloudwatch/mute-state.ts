import { parseSchedule, type Schedule } from '../../delivery/schedule-expression.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Announcement } from './alarm-state.ts'

/** Times in which alarms change their state, but nobody is told. */
export interface MuteRule {
  readonly name: string
  readonly description?: string | undefined
  /** `cron(0 2 * * SUN)` or `at(2026-01-02T03:04)`, as it was given. */
  readonly expression: string
  /** ISO 8601, as it was given, and in milliseconds. */
  readonly duration: string
  readonly durationMs: number
  readonly timeZone?: string | undefined
  readonly alarms: readonly string[]
  readonly startsAtMs?: number | undefined
  readonly expiresAtMs?: number | undefined
  readonly updatedAtMs: number
  readonly tags: Readonly<Record<string, string>>
}

const cloudwatch = keyspace('cloudwatch')

export const muteRule = cloudwatch.record<MuteRule, [name: string]>('mute-rule')
export const muteOf = cloudwatch.record<true, [alarm: string, rule: string]>('mute-of')
/** The last change of an alarm's state of which nobody was told, while it is still that state. */
export const heldBack = cloudwatch.record<Announcement, [alarm: string]>('held-back')

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN']

/**
 * The schedule of an expression; undefined when it is none. Its cron has five fields, as that of Unix, in which weekdays
 * count from 0. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
 */
export function scheduleOf({ expression, timeZone = 'UTC' }: Pick<MuteRule, 'expression' | 'timeZone'>) {
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?\)$/.exec(expression)
  if (at) return parseSchedule(`at(${at[1]}${at[2] ?? ':00'})`, { timeZone, oneTime: true })
  const [, fields = ''] = /^cron\(([^()]*)\)$/.exec(expression) ?? []
  const [minute, hour, day = '', month, weekday = '', ...more] = fields.trim().split(/\s+/)
  if (more.length > 0) return undefined
  const named = weekday.replace(
    /(^|[,-])([0-7])(?![\d#L])/g,
    (_, before, digit) => `${before}${weekdays[Number(digit)]}`,
  )
  // What this parser takes wants one of the two days left open.
  const days = weekday === '*' || weekday === '?' ? [day, '?'] : [day === '*' ? '?' : day, named]
  return parseSchedule(`cron(${minute} ${hour} ${days[0]} ${month} ${days[1]} *)`, { timeZone })
}

/** When the window ends that is in force, or undefined; and whether another is to come. */
export function windowAt(rule: MuteRule, nowMs: number): { endsAtMs: number | undefined; comes: boolean } {
  const { durationMs, startsAtMs = 0, expiresAtMs = Number.POSITIVE_INFINITY } = rule
  const schedule: Schedule | undefined = scheduleOf(rule)
  if (!schedule || nowMs >= expiresAtMs) return { endsAtMs: undefined, comes: false }
  const next = schedule.next(Math.max(nowMs - durationMs, startsAtMs - 1), 0)
  if (next === undefined || next >= expiresAtMs) return { endsAtMs: undefined, comes: false }
  return { endsAtMs: next <= nowMs ? Math.min(next + durationMs, expiresAtMs) : undefined, comes: true }
}

/** Until when an alarm's actions are muted, by one rule at least; undefined when they are not. */
export async function mutedUntil(tx: ReadTx, alarm: string, nowMs: number): Promise<number | undefined> {
  let until: number | undefined
  for await (const [, name] of tx.keys(muteOf.under(alarm))) {
    const rule = await tx.get(muteRule(name))
    const { endsAtMs } = rule ? windowAt(rule, nowMs) : {}
    if (endsAtMs !== undefined) until = Math.max(until ?? 0, endsAtMs)
  }
  return until
}
