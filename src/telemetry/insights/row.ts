import { discover } from './discover.ts'
import { call, operate } from './functions.ts'
import type { Expression } from './query.ts'
import { numberOf, textOf, type Value } from './values.ts'

/** A log event as a query sees it. */
export interface QueryEvent {
  readonly log: string
  readonly stream: string
  readonly atMs: number
  readonly ingestedAtMs: number
  readonly message: string
  /** What the group's transformer made of it, whose fields are found then: JSON text. */
  readonly transformed?: string | undefined
  readonly ptr: string
}

/** An event, or a group of them, on its way through the commands. Plain data: it travels between threads. */
export interface Row {
  readonly event?: QueryEvent | undefined
  /** What commands have given names to. */
  readonly fields: Map<string, Value>
  /** Read when first asked for. */
  found?: Map<string, Value> | undefined
}

export function fieldOf(row: Row, name: string): Value {
  const { event } = row
  if (row.fields.has(name) || !event) return row.fields.get(name)
  switch (name) {
    case '@message':
      return event.message
    case '@timestamp':
      return { atMs: event.atMs }
    case '@ingestionTime':
      return { atMs: event.ingestedAtMs }
    case '@logStream':
      return event.stream
    case '@log':
      return event.log
    case '@ptr':
      return event.ptr
    default:
      row.found ??= discover(event.transformed ?? event.message)
      return row.found.get(name)
  }
}

/** Compiled once for each expression of a query. */
const compiled = new WeakMap<Expression, RegExp>()

/** What an expression comes to for a row. `aggregates` are the results of a group's functions. */
export function evaluate(expression: Expression, row: Row, nowMs: number, aggregates: readonly Value[] = []): Value {
  const of = (inner: Expression) => evaluate(inner, row, nowMs, aggregates)
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'field':
      return fieldOf(row, expression.name)
    case 'aggregate':
      return aggregates[expression.index]
    case 'call':
      return call(expression.name, expression.of.map(of), { nowMs, atMs: row.event?.atMs ?? 0 })
    case 'unary': {
      const value = of(expression.of)
      if (expression.sign === 'not') return isTrue(value) ? 0 : 1
      const number = numberOf(value)
      return number === undefined ? undefined : -number
    }
    case 'in': {
      const value = of(expression.of)
      return expression.list.some((one) => isTrue(operate('=', value, of(one)))) ? 1 : 0
    }
    case 'binary': {
      const { sign, left, right } = expression
      if (sign === 'and') return isTrue(of(left)) && isTrue(of(right)) ? 1 : 0
      if (sign === 'or') return isTrue(of(left)) || isTrue(of(right)) ? 1 : 0
      if (right.kind === 'regex' || sign === '=~') return matches(of(left), right) ? 1 : 0
      return operate(sign, of(left), of(right))
    }
    case 'regex':
      return undefined
  }
}

export function isTrue(value: Value): boolean {
  return value !== undefined && value !== '' && numberOf(value) !== 0
}

function matches(value: Value, pattern: Expression): boolean {
  if (value === undefined || pattern.kind === 'field') return false
  let regex = compiled.get(pattern)
  if (!regex) {
    const source = pattern.kind === 'regex' ? pattern.source : pattern.kind === 'value' ? String(pattern.value) : '(?!)'
    regex = new RegExp(source, pattern.kind === 'regex' ? pattern.flags : '')
    compiled.set(pattern, regex)
  }
  return regex.test(textOf(value) ?? '')
}
