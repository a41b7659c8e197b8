import { hash } from 'node:crypto'
import { parseSchedule, type Schedule as Times } from '../../delivery/schedule-expression.ts'
import type { Scope } from '../../kernel/records.ts'
import { scheduleArn } from './names.ts'
import type { Schedule } from './state.ts'

type Timed = Pick<Schedule, 'expression' | 'timeZone' | 'startAtMs' | 'endAtMs' | 'anchorMs'>

/** The times of a schedule; undefined for an expression or a time zone that is none. */
export function timesOf({
  expression,
  timeZone = 'UTC',
}: Pick<Schedule, 'expression' | 'timeZone'>): Times | undefined {
  return parseSchedule(expression, { timeZone, anyPlural: true, oneTime: true })
}

export const isOneTime = ({ expression }: Pick<Schedule, 'expression'>): boolean => expression.startsWith('at(')

/** Its first time after `afterMs`, from its StartDate to its EndDate, which one-time schedules do not heed. */
export function nextTime(schedule: Timed, afterMs: number): number | undefined {
  const times = timesOf(schedule)
  const { startAtMs, endAtMs, anchorMs } = schedule
  if (isOneTime(schedule)) return times?.next(afterMs, anchorMs)
  const atMs = times?.next(Math.max(afterMs, (startAtMs ?? 0) - 1), startAtMs ?? anchorMs)
  return atMs === undefined || (endAtMs !== undefined && atMs > endAtMs) ? undefined : atMs
}

/**
 * When it fires for one of its times: somewhere in its flexible window, for the same schedule and time always at the
 * same place. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
 */
export function dueTime(
  scope: Scope,
  { group, name, windowMinutes }: Pick<Schedule, 'group' | 'name' | 'windowMinutes'>,
  atMs: number,
): number {
  if (windowMinutes === undefined) return atMs
  const draw = hash('sha256', `${scheduleArn(scope, group, name)} ${atMs}`, 'buffer').readUInt32BE() / 2 ** 32
  return atMs + Math.floor(draw * windowMinutes * 60_000)
}

/**
 * Where a schedule stands that was made or changed: what it counts from, and its next time. A rate begins at once, a
 * one-time schedule whose time has passed fires at once unless it has already; what else passed while it was not there,
 * or disabled, is not made up for.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/troubleshooting.html#troubleshooting-temp-universal-target-enable
 */
export function placeOf(
  next: Omit<Timed, 'anchorMs'> & Pick<Schedule, 'enabled'>,
  before: Schedule | undefined,
  nowMs: number,
): Pick<Schedule, 'anchorMs' | 'nextAtMs'> {
  const same =
    before?.expression === next.expression && before.timeZone === next.timeZone && before.startAtMs === next.startAtMs
  const anchorMs = same ? before.anchorMs : nowMs
  if (!next.enabled) return { anchorMs }
  const waiting = same && before.enabled ? before.nextAtMs : undefined
  const fired = same ? before.lastAtMs : undefined
  const afterMs = isOneTime(next) ? (fired ?? -1) : Math.max((waiting ?? nowMs) - 1, fired ?? -1)
  return { anchorMs, nextAtMs: nextTime({ ...next, anchorMs }, afterMs) }
}
