import { wrong } from './widget-json.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `2018-04-25T12:00:00.000Z`, or `-PT3H` before now. */
export function momentOf(text: string, path: string, nowMs: number): number {
  const relative =
    /^-P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/.exec(
      text,
    )
  if (relative) {
    const [years, months, weeks, days, hours, minutes, seconds] = relative.slice(1).map((part) => Number(part ?? 0))
    const date = new Date(nowMs)
    date.setUTCMonth(date.getUTCMonth() - (years ?? 0) * 12 - (months ?? 0))
    const sinceMs = ((weeks ?? 0) * 7 + (days ?? 0)) * dayMs + (hours ?? 0) * hourMs + (minutes ?? 0) * minuteMs
    return date.getTime() - sinceMs - (seconds ?? 0) * 1_000
  }
  const atMs = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) throw wrong(path, 'must be a time of ISO 8601, or one before now such as -PT3H')
  return atMs
}

/** What `+0130` is ahead of UTC. */
export function offsetOf(text: string, path: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? []
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59)
    throw wrong(path, 'must be such as +0130 or -0600')
  return (Number(hours) * hourMs + Number(minutes) * minuteMs) * (sign === '-' ? -1 : 1)
}
