import { isIP, isIPv4, isIPv6 } from 'node:net'
import { checkLength } from './limits.ts'
import type { Expression } from './query.ts'
import { compareValues, numberOf, textOf, type Value } from './values.ts'

interface Fn {
  /** How many values it takes: least and most. */
  readonly takes: readonly [number, number]
  of(values: readonly Value[], now: Context): Value
}

/** What functions know besides their values. */
export interface Context {
  readonly nowMs: number
  readonly atMs: number
}

const many = 100
const yes = (is: boolean) => (is ? 1 : 0)
const text = (value: Value) => textOf(value) ?? ''
const numeric = (of: (...numbers: number[]) => number, takes: readonly [number, number] = [1, 1]): Fn => ({
  takes,
  of(values) {
    const numbers = values.map(numberOf)
    return numbers.some((one) => one === undefined) ? undefined : of(...numbers.map(Number))
  },
})
const string = (of: (text: string, ...more: string[]) => Value, takes: readonly [number, number] = [1, 1]): Fn => ({
  takes,
  of: ([first, ...rest]) => (first === undefined ? undefined : of(text(first), ...rest.map(text))),
})
const time = (round: (ms: number, step: number) => number): Fn => ({
  takes: [2, 2],
  of([at, step]) {
    const [atMs, stepMs] = [numberOf(at), numberOf(step)]
    return atMs === undefined || !stepMs || stepMs < 1 ? undefined : timeOf(round(atMs, stepMs))
  },
})
const floor = (ms: number, step: number) => Math.floor(ms / step) * step

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
const functions: Readonly<Record<string, Fn>> = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  greatest: numeric(Math.max, [1, many]),
  least: numeric(Math.min, [1, many]),

  ispresent: { takes: [1, 1], of: ([value]) => yes(value !== undefined) },
  coalesce: { takes: [1, many], of: (values) => values.find((value) => value !== undefined) },
  isempty: { takes: [1, 1], of: ([value]) => yes(value === undefined || value === '') },
  isblank: { takes: [1, 1], of: ([value]) => yes(text(value).trim() === '') },
  concat: { takes: [1, many], of: (values) => joined(values.map(text)) },
  trim: string((all, which) => (which === undefined ? all.trim() : trimmed(all, which, true, true)), [1, 2]),
  ltrim: string((all, which) => (which === undefined ? all.trimStart() : trimmed(all, which, true, false)), [1, 2]),
  rtrim: string((all, which) => (which === undefined ? all.trimEnd() : trimmed(all, which, false, true)), [1, 2]),
  strlen: string((all) => [...all].length),
  toupper: string((all) => all.toUpperCase()),
  tolower: string((all) => all.toLowerCase()),
  strcontains: string((all, part = '') => yes(all.includes(part)), [2, 2]),
  replace: string((all, from = '', to = '') => (from === '' ? all : replaced(all, from, to)), [3, 3]),
  substr: string(
    (all, from, length) => {
      const start = Number(from)
      return [...all].slice(start, length === undefined ? undefined : start + Number(length)).join('')
    },
    [2, 3],
  ),

  bin: { takes: [1, 1], of: ([step], { atMs }) => time(floor).of([atMs, step], { atMs, nowMs: 0 }) },
  datefloor: time(floor),
  dateceil: time((ms, step) => Math.ceil(ms / step) * step),
  frommillis: { takes: [1, 1], of: ([ms]) => timeOf(numberOf(ms)) },
  tomillis: { takes: [1, 1], of: ([at]) => numberOf(at) },
  now: { takes: [0, 0], of: (_none, { nowMs }) => Math.floor(nowMs / 1000) },

  isvalidip: string((all) => yes(isIP(all) !== 0)),
  isvalidipv4: string((all) => yes(isIPv4(all))),
  isvalidipv6: string((all) => yes(isIPv6(all))),
}

/** The largest time that can be told. */
const lastMs = 8_640_000_000_000_000
const timeOf = (ms: number | undefined) => (ms === undefined || Math.abs(ms) > lastMs ? undefined : { atMs: ms })

function joined(texts: readonly string[]): string {
  checkLength(texts.reduce((chars, one) => chars + one.length, 0))
  return texts.join('')
}

function replaced(all: string, from: string, to: string): string {
  let times = 0
  for (let at = all.indexOf(from); at !== -1; at = all.indexOf(from, at + from.length)) times++
  checkLength(all.length + times * (to.length - from.length))
  return all.replaceAll(from, () => to)
}

function trimmed(all: string, which: string, left: boolean, right: boolean): string {
  const gone = new Set(which)
  let [from, to] = [0, all.length]
  while (left && from < to && gone.has(all[from]!)) from++
  while (right && from < to && gone.has(all[to - 1]!)) to--
  return all.slice(from, to)
}

/** What is wrong with a call, if anything. */
export function checkCall(name: string, of: readonly Expression[]): string | undefined {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!found) return 'there is no such function here'
  const [least, most] = found.takes
  return of.length < least || of.length > most ? `it takes ${least} to ${most} values` : undefined
}

export function call(name: string, values: readonly Value[], context: Context): Value {
  return functions[name]?.of(values, context)
}

/** What a comparison or calculation of two values gives; truth is 1 or 0. */
export function operate(sign: string, left: Value, right: Value): Value {
  if (sign === 'like') return yes(left !== undefined && text(left).includes(text(right)))
  if (sign === '=') return yes(left !== undefined && compareValues(left, right) === 0)
  if (sign === '!=') return yes(left === undefined || compareValues(left, right) !== 0)
  if (sign === '<' || sign === '<=' || sign === '>' || sign === '>=') {
    if (left === undefined || right === undefined) return 0
    const order = compareValues(left, right)
    return yes((order === 0 && sign.length === 2) || (sign[0] === '<' ? order < 0 : order > 0))
  }
  const [x, y] = [numberOf(left), numberOf(right)]
  if (x === undefined || y === undefined) return undefined
  const result = { '+': x + y, '-': x - y, '*': x * y, '/': x / y, '%': x % y, '^': x ** y }[sign]
  return Number.isFinite(result) ? result : undefined
}
