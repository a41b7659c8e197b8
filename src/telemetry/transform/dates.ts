import type { DateTimeConverter } from '@aws-sdk/client-cloudwatch-logs'
import { instantOf, wallTimeOf } from '../../kernel/time-zone.ts'

/** What is wrong with a pattern of dates. */
export class DatePatternError extends Error {
  override name = 'DatePatternError'
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October']
months.push('November', 'December')
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const defaultFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"

/** A part of a date as text: how it is read (a pattern with one group), what that sets, and how it is written. */
interface Part {
  readonly pattern: string
  read?(text: string, into: Read): void
  write(at: Wall): string
}

interface Read {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  ms: number
  afternoon?: boolean
  offsetMs?: number
}

interface Wall {
  /** As if it were UTC. */
  readonly date: Date
  readonly offsetMs: number
}

/** Reads a date by the first of the patterns that matches, and writes it as another. Throws DatePatternError. */
export function dateConverter(settings: DateTimeConverter): (text: string) => string | undefined {
  const { matchPatterns = [], targetFormat = defaultFormat, sourceTimezone = 'UTC', targetTimezone = 'UTC' } = settings
  const readers = matchPatterns.map(reader)
  const parts = partsOf(targetFormat)
  return (text) => {
    for (const read of readers) {
      const found = read(text.trim())
      if (!found) continue
      const { year, month, day, hour, minute, second, ms, afternoon, offsetMs } = found
      const hours = afternoon === undefined ? hour : (hour % 12) + (afternoon ? 12 : 0)
      const wallMs = Date.UTC(year, month - 1, day, hours, minute, second, ms)
      const atMs = offsetMs === undefined ? instantOf(sourceTimezone, wallMs, 'later') : wallMs - offsetMs
      if (atMs === undefined || Number.isNaN(atMs)) continue
      const there = wallTimeOf(targetTimezone, atMs)
      const wall = { date: new Date(there), offsetMs: there - atMs }
      return parts.map((part) => part.write(wall)).join('')
    }
    return undefined
  }
}

function reader(pattern: string): (text: string) => Read | undefined {
  const parts = partsOf(pattern)
  const regex = new RegExp(`^${parts.map((part) => part.pattern).join('')}$`, 'i')
  return (text) => {
    const match = regex.exec(text)
    if (!match) return undefined
    const found: Read = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0 }
    let group = 0
    for (const part of parts) if (part.read) part.read(match[++group] ?? '', found)
    return found.month >= 1 && found.month <= 12 && found.day >= 1 && found.day <= 31 ? found : undefined
  }
}

const pad = (value: number, width: number) => String(value).padStart(width, '0')

function number(width: number, set: (into: Read, value: number) => void, of: (date: Date) => number): Part {
  return {
    // With one letter any number of digits, else just as many.
    pattern: width === 1 ? '(\\d{1,4})' : `(\\d{${width}})`,
    read: (text, into) => set(into, Number(text)),
    write: ({ date }) => pad(of(date), width),
  }
}

function named(
  names: readonly string[],
  short: boolean,
  of: (date: Date) => number,
  set?: (into: Read, at: number) => void,
) {
  const shown = short ? names.map((name) => name.slice(0, 3)) : names
  return {
    pattern: `(${shown.join('|')})`,
    read: (text: string, into: Read) =>
      set?.(
        into,
        shown.findIndex((name) => name.toLowerCase() === text.toLowerCase()),
      ),
    write: ({ date }: Wall) => shown[of(date)] ?? '',
  }
}

function offset(colon: boolean, zulu: boolean): Part {
  return {
    pattern: '(Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)',
    read(text, into) {
      const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? []
      into.offsetMs =
        hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
    },
    write({ offsetMs }) {
      if (zulu && offsetMs === 0) return 'Z'
      const all = Math.abs(offsetMs) / 60_000
      return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(all / 60), 2)}${colon ? ':' : ''}${pad(all % 60, 2)}`
    },
  }
}

function literal(text: string): Part {
  return { pattern: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), write: () => text }
}

/** The parts of a pattern as Java's DateTimeFormatter has them. Throws DatePatternError for letters not known here. */
function partsOf(pattern: string): Part[] {
  const found: Part[] = []
  for (const [all, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'?|([A-Za-z])\2*|[^A-Za-z']+/g)) {
    if (quoted !== undefined) found.push(literal(quoted === '' ? "'" : quoted.replaceAll("''", "'")))
    else if (letters === undefined) found.push(literal(all))
    else found.push(partOf(letters, all.length))
  }
  return found
}

function partOf(letter: string, width: number): Part {
  switch (letter) {
    case 'y':
    case 'u':
      return width === 2
        ? number(
            2,
            (into, value) => (into.year = 2000 + value),
            (date) => date.getUTCFullYear() % 100,
          )
        : number(
            width === 1 ? 1 : 4,
            (into, value) => (into.year = value),
            (date) => date.getUTCFullYear(),
          )
    case 'M':
    case 'L':
      if (width >= 3)
        return named(
          months,
          width === 3,
          (date) => date.getUTCMonth(),
          (into, at) => (into.month = at + 1),
        )
      return number(
        width,
        (into, value) => (into.month = value),
        (date) => date.getUTCMonth() + 1,
      )
    case 'd':
      return number(
        width,
        (into, value) => (into.day = value),
        (date) => date.getUTCDate(),
      )
    case 'E':
      return named(days, width <= 3, (date) => date.getUTCDay())
    case 'H':
      return number(
        width,
        (into, value) => (into.hour = value),
        (date) => date.getUTCHours(),
      )
    case 'h':
      return number(
        width,
        (into, value) => (into.hour = value),
        (date) => date.getUTCHours() % 12 || 12,
      )
    case 'm':
      return number(
        width,
        (into, value) => (into.minute = value),
        (date) => date.getUTCMinutes(),
      )
    case 's':
      return number(
        width,
        (into, value) => (into.second = value),
        (date) => date.getUTCSeconds(),
      )
    case 'S':
      return {
        pattern: `(\\d{${width}})`,
        read: (text, into) => (into.ms = Math.floor(Number(`0.${text}`) * 1_000)),
        write: ({ date }) => pad(date.getUTCMilliseconds(), 3).padEnd(width, '0').slice(0, width),
      }
    case 'a':
      return {
        pattern: '(AM|PM)',
        read: (text, into) => (into.afternoon = text.toUpperCase() === 'PM'),
        write: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
      }
    case 'X':
      return offset(width >= 3, true)
    case 'Z':
    case 'x':
      return offset(letter === 'x' && width >= 3, false)
    default:
      throw new DatePatternError(`the letter ${letter} of dates is not supported by Landfall`)
  }
}
