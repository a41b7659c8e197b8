import type { TimestampFormat } from '../kernel/model.ts'

const longestMs = 8.64e15
// 2015-01-31T23:59:59.123Z, with an offset allowed. https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
// Sun, 02 Jan 2000 20:34:56 GMT, and the two older forms of RFC 9110 that servers have to take.
const http =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d(?:\.\d{1,3})? GMT|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/

/** The time that a number of seconds since the epoch means, to the millisecond; undefined when it means none. */
export function fromEpoch(seconds: unknown): Date | undefined {
  if (typeof seconds !== 'number') return undefined
  const ms = Math.round(seconds * 1000)
  return Math.abs(ms) <= longestMs ? new Date(ms) : undefined
}

/** The time that `text` means in this format; undefined when it means none. */
export function parseTimestamp(text: string, format: TimestampFormat): Date | undefined {
  if (format === 'epoch') return /^-?\d{1,13}(?:\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : undefined
  if (!(format === 'iso' ? iso : http).test(text)) return undefined
  // The third HTTP form has no zone but means GMT.
  const ms = Date.parse(format === 'http' && !text.endsWith('GMT') ? `${text} GMT` : text)
  return Number.isNaN(ms) ? undefined : new Date(ms)
}

/** The time in this format: seconds as a number for `epoch`, else text. Milliseconds are kept where the format can. */
export function formatTimestamp(time: Date, format: TimestampFormat): string {
  if (format === 'epoch') return String(time.getTime() / 1000)
  if (format === 'http') return time.toUTCString()
  const text = time.toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text
}
